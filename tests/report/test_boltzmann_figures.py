"""Figures of a Boltzmann machine show the numbers that they are given."""

from typing import Any

import numpy as np
import pytest

from qgen.files import InputError
from qgen.report.figures import likelihood, temperature, training


def test_temperature() -> None:
    maps = {"delta = 1": [(4.5, 0.0), (3.4, 0.1), (3.3, 0.05)], "delta = 2": [(4.5, 0.0), (2.7, 0.2)]}
    (ax,) = temperature.draw(maps, pseudo_likelihood=(3.32, 0.02), truth=3.3).axes
    bars = {bar.get_label(): bar for bar in ax.containers}
    assert list(bars) == list(maps)
    for label, steps in maps.items():
        x, y = bars[label].lines[0].get_data()
        np.testing.assert_array_equal(x, range(len(steps)))
        np.testing.assert_array_equal(y, [beta for beta, _ in steps])
        low_high = [segment[:, 1].tolist() for segment in bars[label].lines[2][0].get_segments()]
        np.testing.assert_allclose(low_high, [[beta - error, beta + error] for beta, error in steps])
    lines = {line.get_label(): line.get_ydata()[0] for line in ax.lines if not line.get_label().startswith("_")}
    assert lines == {"pseudo-likelihood": 3.32, "truth": 3.3}
    band = ax.patches[0]
    assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((3.30, 3.34))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [*lines, *maps]


@pytest.mark.parametrize("maps", [{}, {"empty": []}])
def test_temperature_without_steps(maps: dict[str, list[tuple[float, float]]]) -> None:
    with pytest.raises(InputError, match="at least one map with a step"):
        temperature.draw(maps)


def test_a_scoreboard_gives_the_log_likelihood_of_every_prior(full: dict[str, Any]) -> None:
    """It has a figure of its own, and no line among the objectives, whose scale it does not share."""
    assert likelihood.needs(full) == "a generator whose prior is a Boltzmann machine (`log_prior`)"
    row = next(row for row in full["rows"] if row["history"])
    curve = {"mean": [None, -8.0, -6.0], "low": [None, -9.0, -6.5], "high": [None, -8.0, -5.5]}
    row["history"]["curves"]["log_prior"] = curve
    assert likelihood.needs(full) == ""
    (ax,) = likelihood.draw(full).axes
    (line,) = ax.lines
    assert line.get_label() == "qgan line"
    np.testing.assert_array_equal(line.get_data(), [[1, 2], [-8, -6]])
    band = ax.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (-8.5, -5.5)
    assert "nat" in ax.get_ylabel()
    labels = {line.get_label() for ax in training.draw(full).axes for line in ax.lines}
    assert "log_prior" not in labels
    assert "ln p(z | c)" in likelihood.caption(full)[0]


def test_temperature_of_conditions_and_anneals() -> None:
    conditions = {"pseudo-likelihood": [(3.2, 0.1), (3.4, 0.2)], "map": [(3.3, 0.1), (3.1, 0.1)]}
    told = {
        "temperature_mk": [10.0, 20.0],
        "predicted": {"end": [30.0, 15.0]},
        "measured": {"slow": [(29.0, 1.0), (14, 1)]},
    }
    first, second, third = temperature.draw(
        {"delta = 1": [(4.5, 0.0)]}, truth=3.3, conditions=conditions, anneals=told
    ).axes
    assert first.get_xlabel() == "step of the map"
    bars = {bar.get_label(): bar.lines[0].get_data() for bar in second.containers}
    np.testing.assert_array_equal(bars["map"][1], [3.3, 3.1])
    # Estimators stand on either side of the pattern's number.
    np.testing.assert_allclose(np.mean([x for x, _ in bars.values()], axis=0).astype(float), [1, 2])
    (line,) = [line for line in third.lines if line.get_label() == "end"]
    np.testing.assert_array_equal(line.get_data(), [[10, 20], [30, 15]])
    np.testing.assert_array_equal(third.containers[0].lines[0].get_ydata(), [29, 14])
    assert third.get_yscale() == "log"
    (_, alone) = temperature.draw({"delta = 1": [(4.5, 0.0)]}, anneals=told).axes
    assert alone.get_xlabel() == "physical temperature [mK]"
