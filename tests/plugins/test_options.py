"""Options of the wrong kind are one line, whatever YAML made of them."""

import pytest

import qgen
from qgen.files import InputError
from qgen.plugins.options import require_flags, require_real, require_whole


@pytest.mark.parametrize("value", ["x", None, 1.5, True, 0, [2]])
def test_whole_numbers(value):
    with pytest.raises(InputError, match="Me: expected depth to be a whole number >= 1, found"):
        require_whole("Me", {"depth": value}, {"depth": 1})
    require_whole("Me", {"depth": 1}, {"depth": 1})


@pytest.mark.parametrize("value", ["x", None, -0.1, 1.0, float("nan"), True, [0.5]])
def test_numbers(value):
    with pytest.raises(InputError, match="Me: expected part to be a number >= 0 and < 1, found"):
        require_real("Me", {"part": value}, {"part": 1})
    require_real("Me", {"part": 0}, {"part": 1})


@pytest.mark.parametrize("value", ["maybe", None, 1])
def test_flags(value):
    with pytest.raises(InputError, match="Me: expected log to be true or false, found"):
        require_flags("Me", {"log": value}, ["log"])
    require_flags("Me", {"log": False}, ["log"])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (qgen.QCBM(shape_bits="x"), "codebook: expected shape_bits to be a whole number >= 1, found 'x'"),
        (qgen.QCBM(code_options=3), "QCBM: expected code_options to be a mapping, found 3"),
        (
            qgen.QCBM(code_options={"shape_bit": 3}),
            r"CodebookCode: unknown option 'shape_bit', .*did you mean 'shape_bits'",
        ),
        (qgen.QCBM(code="nothing"), "codes/nothing: no such plug-in"),
        (qgen.QCBM(learning_rate="x"), "QCBM: expected learning_rate to be a number >= 0, found 'x'"),
        (qgen.QCBM(bandwidths=3), "QCBM: expected bandwidths as a list of numbers > 0, found 3"),
        (qgen.CaloQVAE(width="x"), "CaloQVAE: expected width to be a whole number >= 1, found 'x'"),
        (qgen.CaloQVAE(turns="maybe"), "CaloQVAE: expected turns to be true or false, found 'maybe'"),
        (qgen.CaloQVAE(tau_end="x"), "CaloQVAE: expected tau_end to be a number >= 0, found 'x'"),
    ],
)
def test_generators_check_theirs(model, message):
    with pytest.raises(InputError, match=message):
        model.fit(qgen.load("clic/e-", stop=40), seed=0)
