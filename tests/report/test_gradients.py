"""Every objective is a line in every panel, at its values."""

import numpy as np
import pytest

from qgen.files import InputError
from qgen.report.figures import gradients


def test_lines_are_the_rows():
    rows = [
        {"n_qubits": n, "start": start, "objective": name, "variance": [scale / 2**n, 0.01 / 2**n]}
        for start in ("uniform", "small")
        for name, scale in (("kl", 1.0), ("mmd 1", 0.1))
        for n in (2, 4, 6)
    ]
    panels = gradients.draw(rows).axes
    assert [ax.get_title() for ax in panels] == ["uniform angles", "small angles"]
    for ax in panels:
        assert ax.get_yscale() == "log"
        for container, scale in zip(ax.containers, (1.0, 0.1), strict=True):
            x, y = container.lines[0].get_data()
            np.testing.assert_allclose(x.astype(float), [2, 4, 6])
            np.testing.assert_allclose(y.astype(float), scale / 2.0 ** np.array([2, 4, 6]))
    with pytest.raises(InputError, match="at least one row"):
        gradients.draw([])
