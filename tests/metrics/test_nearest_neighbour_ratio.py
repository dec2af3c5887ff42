import numpy as np
import pytest
from scipy.spatial.distance import cdist

import qgen
from qgen.files import InputError
from qgen.generators.classical.bootstrap import Bootstrap
from qgen.metrics import nearest_neighbour_ratio
from qgen.observables import features
from qgen.representations import represent


@pytest.fixture
def rng():
    return np.random.default_rng(31)


@pytest.mark.parametrize("d", [2, 40])  # a tree, and brute force
def test_against_all_distances(rng, d):
    scale = 10.0 ** np.arange(d)
    training, reference, generated = (rng.normal(size=(n, d)) * scale for n in (300, 150, 80))
    generated *= 1.3
    generated[:9] = training[4]  # copies
    spread = reference.std(axis=0)
    new, made = (cdist(z / spread, training / spread).min(axis=1) for z in (reference, generated))
    ratio, copied = nearest_neighbour_ratio(training, reference, generated)
    assert ratio == pytest.approx(np.median(made) / np.median(new), rel=1e-9)
    assert copied == np.mean(made <= np.quantile(new, 0.01))
    assert copied >= 9 / 80


def test_closed_cases(rng):
    training, reference = np.array([[0.0], [10.0]]), np.array([[1.0], [2.0], [9.0], [8.5], [12.0]])
    # distances of the reference: 1, 2, 1, 1.5, 2; of the generated: 3, 4.5, 0
    ratio, copied = nearest_neighbour_ratio(training, reference, [[3.0], [5.5], [10.0]])
    assert ratio == pytest.approx(3 / 1.5)
    assert copied == pytest.approx(1 / 3)
    assert nearest_neighbour_ratio(training, reference, reference).ratio == 1
    x = rng.normal(size=(900, 5))
    assert nearest_neighbour_ratio(x, rng.normal(size=(500, 5)), x[rng.integers(0, 900, 400)]) == (0, 1)
    new = nearest_neighbour_ratio(x, rng.normal(size=(4000, 5)), rng.normal(size=(1000, 5)))
    assert new.ratio == pytest.approx(1, abs=0.05)
    assert new.copied_fraction == pytest.approx(0.01, abs=0.01)


def test_replayed_showers_are_copies():
    train, test = represent(qgen.load("clic/e-", stop=600), "image8x8").split(0.7, seed=0)
    replayed = Bootstrap(representation="image8x8").fit(train, seed=0).sample(test.incident_energy, seed=1)
    # the bootstrap scales a replayed shower to the wanted energy, so its shape is the copy
    x, t, y = (s.voxels / s.total_energy[:, None] for s in (test, train, replayed))
    ratio, copied = nearest_neighbour_ratio(t, x, y)
    assert ratio < 1e-5
    assert copied == 1
    x, t = (features(s, "image")[0] for s in (test, train))
    assert nearest_neighbour_ratio(t, x, t[:200]) == (0, 1)


def test_bad_input(rng):
    x = rng.normal(size=(20, 2))
    with pytest.raises(InputError, match="reference: expected showers that were not trained on"):
        nearest_neighbour_ratio(x, x[:5], x)
    with pytest.raises(InputError, match="training: expected 2 columns as in the reference, found 1"):
        nearest_neighbour_ratio(x[:, :1], x, x)
    with pytest.raises(InputError, match="generated: expected finite values"):
        nearest_neighbour_ratio(x, x, x * np.inf)
