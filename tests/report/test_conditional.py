"""The figure of discrete features says what it was given."""

import numpy as np
import pytest

from qgen.files import InputError
from qgen.report.figures import conditional

TRUTH = [[0.5, 0.25, 0.25, 0.0], [0.1, 0.2, 0.3, 0.4]]
MODEL = {"mean": [[0.25] * 4, [0.1, 0.2, 0.3, 0.4]]}
MODEL |= {"low": [[0.2] * 4, MODEL["mean"][1]], "high": [[0.3] * 4, MODEL["mean"][1]]}
DEPTH = {"truth": TRUTH, "error": [[0.01] * 4] * 2, "models": {"qcbm": MODEL}}


def test_steps_and_ratios() -> None:
    figure = conditional.draw({"depth": DEPTH}, [1e3, 1e4, 1e5])
    upper, other, lower, _ = figure.axes
    assert [ax.get_title() for ax in (upper, other)] == ["1 to 10 GeV", "10 to 100 GeV"]
    drawn = {
        patch.get_label(): patch.get_data().values for patch in upper.patches if patch.get_label() in ("GEANT4", "qcbm")
    }
    np.testing.assert_allclose(drawn["GEANT4"], TRUTH[0])
    np.testing.assert_allclose(drawn["qcbm"], 0.25)
    ratio = lower.containers[0].lines[0].get_ydata()
    np.testing.assert_allclose(ratio, [0.5, 1, 1, np.nan])
    (bars,) = lower.containers[0].lines[2]
    np.testing.assert_allclose(bars.get_segments()[0][:, 1], [0.4, 0.6])


def test_tables_of_another_length() -> None:
    with pytest.raises(InputError, match="conditional: expected 3 lines of 'depth', found 2"):
        conditional.draw({"depth": DEPTH}, [1e3, 1e4, 5e4, 1e5])
    with pytest.raises(InputError, match="expected at least one feature, found none"):
        conditional.draw({}, [1e3, 1e4])
