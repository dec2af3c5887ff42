"""Distributions for figures agree with slow and obvious ones."""

import json

import numpy as np
import pytest

import qgen
from qgen.comparison.summary import summarise
from qgen.evaluation.ruler import Ruler
from qgen.showers import Showers


def parts(name: str, representation: str = "native") -> tuple[Showers, Showers]:
    showers = qgen.represent(qgen.load(name, stop=300), representation)
    return showers.select(slice(0, 150)), showers.select(slice(150, 300))


def test_layer_fractions_by_energy():
    test, train = parts("calogan/e+")
    ruler = Ruler.of(test, train)
    found = summarise(test, ruler)["layer_fractions"]
    assert found["parts"] == ["layer 0", "layer 1", "layer 2"]
    edges = ruler.energy_edges
    low, high = edges[1], np.sqrt(edges[1] * edges[2])
    inside = (test.incident_energy >= low) & (test.incident_energy < high)
    assert found["energy"][2] == pytest.approx(np.sqrt(low * high))
    shares = np.array([test.layer(1)[i].sum() / test.voxels[i].sum() for i in np.flatnonzero(inside)])
    assert found["mean"][1][2] == pytest.approx(shares.mean(), rel=1e-5)
    assert found["error"][1][2] == pytest.approx(shares.std(ddof=1) / np.sqrt(len(shares)), rel=1e-4)
    assert found["high"][1][2] == pytest.approx(np.quantile(shares, 0.84), rel=1e-5)
    np.testing.assert_allclose(np.sum(found["mean"], axis=0), 1, rtol=1e-6)


def test_many_layers_are_three_parts():
    test, train = parts("calochallenge/2")
    found = summarise(test, Ruler.of(test, train))["layer_fractions"]
    assert found["parts"] == ["layers 0 to 14", "layers 15 to 29", "layers 30 to 44"]
    assert len(found["mean"]) == 3


def test_events_are_the_nearest_showers_layer_by_layer():
    test, train = parts("calogan/e+")
    ruler = Ruler.of(test, train)
    found = summarise(test, ruler)["events"]
    assert [panel["label"] for panel in found["panels"]] == ["layer 0", "layer 1", "layer 2"]
    middle = (ruler.energy_edges[1] + ruler.energy_edges[2]) / 2
    nearest = min(range(len(test)), key=lambda i: abs(test.incident_energy[i] - middle))
    shower = found["showers"][1]
    assert shower["energy"] == test.incident_energy[nearest]
    for layer, cells in enumerate(shower["cells"]):
        np.testing.assert_allclose(cells, test.layer(layer)[nearest], rtol=1e-3)


def test_events_of_a_cylinder_are_seen_from_the_side():
    test, train = parts("calochallenge/2")
    found = summarise(test, Ruler.of(test, train))["events"]
    (panel,) = found["panels"]
    assert panel["axes"] == ["r", "depth"]
    assert [len(edges) for edges in panel["edges"]] == [10, 46]
    index = list(test.incident_energy).index(found["showers"][3]["energy"])
    expected = test.voxels[index].reshape(45, 16, 9).sum(axis=1).T
    np.testing.assert_allclose(found["showers"][3]["cells"][0], expected, rtol=1e-3)


@pytest.mark.parametrize(("representation", "shape"), [("image8x8", (8, 8)), ("profile8", None), ("depth3", None)])
def test_events_need_two_axes(representation, shape):
    test, train = parts("clic/e-", representation)
    found = summarise(test, Ruler.of(test, train)).get("events")
    assert (found and np.shape(found["showers"][0]["cells"][0])) == shape
    if shape:
        image = test.voxels[list(test.incident_energy).index(found["showers"][0]["energy"])].reshape(8, 8)
        np.testing.assert_allclose(found["showers"][0]["cells"][0], image, rtol=1e-3)


@pytest.mark.parametrize("name", ["calogan/e+", "calochallenge/2"])
def test_distributions_are_plain_data(name):
    """What a scoreboard keeps is the same after a trip through JSON."""
    test, train = parts(name)
    found = summarise(test, Ruler.of(test, train))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
