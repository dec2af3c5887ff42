"""Options are declared once; values of the wrong kind are one line, whatever YAML made of them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone

import qgen
from qgen.files import InputError
from qgen.generators.classical.mean_image import MeanImage
from qgen.graphs import build
from qgen.plugins import option, options_of
from qgen.plugins.options import Declared, check_options, plain_value, require_whole


class Me(Declared, BaseEstimator):
    """An object with options."""

    depth: int = option("blocks of the circuit", default=8, least=1)
    part: float = option("of the training", default=0.5, least=0, below=1)
    penalty: float | None = option("gamma", default=None, above=0)
    log: bool = option("whether logarithms are taken", default=True)
    loss: Literal["kl", "mmd"] = option("what is minimised", default="kl")
    start: Literal["small", "data"] | None = option("where it starts", default=None)
    kind: str = option("of the kernel", default="gauss", choices=("gauss", "cosine"))
    widths: Sequence[float] = option("of the kernel", default=(0.3, 1.0), above=0, most=100)
    sizes: Sequence[int] | None = option("of layers", default=None, least=1)
    given: Mapping[str, Any] | None = option("further settings", default=None)
    place: str | None = option("a folder", default=None)
    code: Any = option("of bits", default="codebook", plugin="codes", after_fit=True)


@pytest.mark.parametrize(
    ("name", "good", "bad", "message"),
    [
        ("depth", [1, 10**20, np.int64(2)], ["x", None, 1.5, True, 0, [2]], "depth to be a whole number >= 1"),
        (
            "part",
            [0, 0.99, np.float32(0.5)],
            ["x", None, -0.1, 1.0, float("nan"), True, [0.5]],
            "part to be a number >= 0 and < 1",
        ),
        ("penalty", [None, 0.1, 3], ["x", 0, float("inf"), False], "penalty to be a number > 0 or None"),
        ("log", [True, False], ["maybe", None, 1], "log to be true or false"),
        ("loss", ["kl"], ["x", None, 1, ["kl"], np.ones(2)], "a loss of kl, mmd"),
        ("start", ["data", None], ["x", 0], "a start of small, data"),
        ("kind", ["cosine"], ["x", None], "a kind of gauss, cosine"),
        (
            "widths",
            [[1], (2.0, 3), np.array([0.5])],
            ["12", 3, [], [0], [1, "x"], [101], {1: 2}, None, [True]],
            "widths to be a list of numbers > 0 and <= 100",
        ),
        ("sizes", [None, [1, 2]], [[], [0], [1.5], 3], "sizes to be a list of whole numbers >= 1 or None"),
        ("given", [None, {}, {"a": 1}], [3, "a", [1]], "given to be a mapping or None"),
        ("place", [None, "here"], [3, ["here"]], "place to be text or None"),
        ("code", [None, 3, "x"], [], ""),
    ],
)
def test_values(name: str, good: list[Any], bad: list[Any], message: str) -> None:
    for value in good:
        check_options(Me(**{name: value}))
    for value in bad:
        with pytest.raises(InputError, match=f"^Me: expected {message}, found "):
            check_options(Me(**{name: value}))


def test_a_near_miss_is_named() -> None:
    with pytest.raises(InputError, match=r"^Me: expected a loss of kl, mmd, found 'mdm' \(did you mean 'mmd'\?\)$"):
        check_options(Me(loss="mdm"))


def test_the_constructor_stores_and_nothing_else() -> None:
    widths = [3]
    me = Me(depth="x", widths=widths)
    assert (me.depth, me.part) == ("x", 0.5)
    assert clone(me).get_params() == me.get_params()
    assert me.widths is widths
    assert repr(Me(depth=3)) == "Me(depth=3)"
    assert Me().set_params(loss="mmd").loss == "mmd"
    assert me.get_params().keys() == inspect.signature(Me).parameters.keys()
    assert inspect.signature(Me).parameters["depth"].annotation is int
    with pytest.raises(TypeError, match=r"Me: unknown option 'dept' \(did you mean 'depth'\?\)"):
        Me(dept=3)
    with pytest.raises(TypeError):
        Me(3)


def test_the_docstring_lists_the_options() -> None:
    doc = inspect.getdoc(Me)
    assert doc.startswith("An object with options.\n\nArgs:\n    depth: blocks of the circuit. A whole number >= 1, ")
    assert "\n    loss: what is minimised. One of kl, mmd, default 'kl'.\n" in doc
    assert "\n    code: of bits. Default 'codebook'." in doc
    assert all(line.startswith("    ") for line in doc.split("Args:\n")[1].splitlines())


def test_a_subclass_adds_options_and_changes_defaults() -> None:
    class Deeper(Me):
        """Deeper."""

        depth = 20
        width: int = option("of layers", default=3)

    assert Deeper().depth == options_of(Deeper)["depth"].default == 20
    assert Me().depth == 8
    assert {**Me().get_params(), "depth": 20, "width": 3} == Deeper().get_params()
    assert "width: of layers. A whole number, default 3." in Deeper.__doc__
    with pytest.raises(InputError, match="Deeper: expected depth to be a whole number >= 1, found 0"):
        check_options(Deeper(depth=0))


class Own(Me):
    """With a constructor of its own.

    Args:
        depth: blocks.
        rate: of learning, which
            goes on.
        more: anything.
    """

    plugins: ClassVar = {"more": "circuits"}
    after_fit = ("rate",)

    def __init__(self, *, depth: int = 5, rate: float = 0.1, more: Unknown = 3, loss: str = "kl") -> None:  # noqa: F821
        super().__init__(depth=depth, part=0.25, loss=loss)
        self.rate, self.more = rate, more


def test_a_constructor_of_its_own_is_kept() -> None:
    me = Own(rate=0.3)
    assert me.get_params() == {"depth": 5, "rate": 0.3, "more": 3, "loss": "kl"}
    assert me.part == 0.25
    assert clone(me).get_params() == me.get_params()
    check_options(me)
    with pytest.raises(InputError, match="Own: expected depth to be a whole number >= 1, found 0"):
        check_options(Own(depth=0))
    found = options_of(Own)
    assert [(o.name, o.default, o.meaning) for o in found.values()] == [
        ("depth", 5, "blocks of the circuit"),
        ("rate", 0.1, "of learning, which goes on"),
        ("more", 3, "anything"),
        ("loss", "kl", "what is minimised"),
    ]
    assert (found["more"].plugin, found["rate"].after_fit) == ("circuits", True)


def test_a_class_without_declarations_is_described_by_its_signature() -> None:
    class Plain:
        """Nothing declared.

        Args:
            mode: of it.
        """

        def __init__(self, *, mode: Literal["a", "b"] = "a", n: int = 3, **further: Any) -> None: ...

    assert {name: (o.values, o.default, o.meaning) for name, o in options_of(Plain).items()} == {
        "mode": ("one of a, b", "a", "of it"),
        "n": ("a whole number", 3, ""),
    }


def test_declarations_that_cannot_be_are_told_at_once() -> None:
    with pytest.raises(TypeError, match=r"Untyped\.depth: expected a type, as in `depth: int = option"):

        class Untyped(Declared):
            depth = option("blocks", default=3)

    with pytest.raises(InputError, match="Bad: expected depth to be a whole number >= 4, found 3"):

        class Bad(Declared):
            depth: int = option("blocks", default=3, least=4)

    with pytest.raises(TypeError, match="Further: expected a constructor, since Own has one of its own"):

        class Further(Own):
            width: int = option("of layers", default=3)


@pytest.mark.parametrize("value", ["x", None, 1.5, True, 0, [2]])
def test_whole_numbers(value: Any) -> None:
    with pytest.raises(InputError, match="Me: expected depth to be a whole number >= 1, found"):
        require_whole("Me", {"depth": value}, {"depth": 1})
    require_whole("Me", {"depth": 1}, {"depth": 1})


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (qgen.QCBM(shape_bits="x"), "QCBM: expected shape_bits to be a whole number >= 1 or None, found 'x'"),
        (qgen.QCBM(code_options=3), "QCBM: expected code_options to be a mapping or None, found 3"),
        (
            qgen.QCBM(code_options={"shape_bit": 3}),
            r"CodebookCode: unknown option 'shape_bit', .*did you mean 'shape_bits'",
        ),
        (qgen.QCBM(code="nothing"), "codes/nothing: no such plug-in"),
        (qgen.QCBM(learning_rate="x"), "QCBM: expected learning_rate to be a number >= 0 and <= 10, found 'x'"),
        (qgen.QCBM(bandwidths=3), "QCBM: expected bandwidths to be a list of numbers > 0 and <= 1e\\+06, found 3"),
        (qgen.CaloQVAE(width="x"), "CaloQVAE: expected width to be a whole number >= 1, found 'x'"),
        (qgen.CaloQVAE(turns="maybe"), "CaloQVAE: expected turns to be true or false, found 'maybe'"),
        (qgen.CaloQVAE(tau_end="x"), "CaloQVAE: expected tau_end to be a number > 0 and <= 10, found 'x'"),
    ],
)
def test_generators_check_theirs(model: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        model.fit(qgen.load("clic/e-", stop=40), seed=0)


def test_numbers_of_numpy_are_pythons(tmp_path: Path) -> None:
    """Those of np.arange in a scan, say; what holds none is kept as it is, as sklearn's clone asks."""
    made = qgen.QCBM(depth=np.int64(2), epochs=np.array(3), bandwidths=np.array([1.0, 2.0]), reupload=np.bool_(False))
    assert (
        made.get_params() | {"depth": 2, "epochs": 3, "bandwidths": [1.0, 2.0], "reupload": False} == made.get_params()
    )
    assert [type(made.depth), type(made.epochs), type(made.reupload)] == [int, int, bool]
    made.set_params(learning_rate=np.float32(0.5), code_options={"shape_bits": np.int8(3), "response_bits": 2})
    made.fit(qgen.load("clic/e-", stop=60), seed=np.int64(1)).save(tmp_path)
    assert qgen.load_generator(tmp_path).get_params() == made.get_params()
    assert build("zephyr", (4,) * 4, {"m": np.int64(2)}).n_edges == build("zephyr", (4,) * 4, {"m": 2}).n_edges
    nested = {"a": [1, (2.0, "x")]}
    assert plain_value(nested) is nested
    assert plain_value({"a": (np.int64(1), [np.float32(0.5)])}) == {"a": (1, [0.5])}


@pytest.mark.parametrize("seed", [-1, None, 1.5, "0"])
def test_seeds_are_whole_numbers(seed: Any) -> None:
    showers = qgen.represent(qgen.load("clic/e-", stop=60), "image8x8")
    model = MeanImage().fit(showers, seed=0)
    for owner, call in {
        "fit": lambda: MeanImage().fit(showers, seed=seed),
        "sample": lambda: model.sample([3e4], seed=seed),
        "split": lambda: showers.split(0.5, seed=seed),
        "evaluate": lambda: qgen.evaluate(showers, showers, seed=seed),
        "random": lambda: build("random", (4, 4), {"n_edges": 3, "seed": seed}),
    }.items():
        with pytest.raises(InputError, match=f"{owner}: expected seed to be a whole number >= 0, found {seed!r}"):
            call()
