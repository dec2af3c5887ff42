"""What a metric declares, and which metrics a name means."""

import sys

import numpy as np
import pytest

from qgen import metrics
from qgen.files import InputError
from qgen.metrics import Description, Metric, built_in, find, scored
from qgen.metrics.declaration import declarations
from qgen.plugins import plugins, resolve

KEYS = [
    "auc",
    "mmd",
    "sliced_wasserstein",
    "fpd",
    "separation",
    "kpd",
    "sliced_ks",
    "correlation",
    "profile_mse",
    "relative_entropy",
    "response",
    "resolution",
    "precision",
    "recall",
    "density",
    "coverage",
    "memorisation",
]
"""Of every scoreboard, in the order of its columns."""


def far(reference, generated):
    return abs(np.mean(generated) - np.mean(reference))


def test_the_built_in_metrics_are_those_of_the_scoreboard():
    assert [metric.key for metric in built_in()] == KEYS
    assert [metric.key for metric in built_in() if metric.primary] == ["auc", "mmd", "sliced_wasserstein"]
    assert [metric.describe(23).better for metric in built_in()] == [
        0.5,
        *["lower"] * 11,
        *["higher"] * 2,
        1.0,
        "higher",
        1.0,
    ]


def test_helpers_are_no_metrics():
    listed = {name.partition("/")[2] for name in plugins("metrics")}
    assert {resolve(f"metrics/{name}").__name__ for name in listed} <= set(metrics.__all__)
    assert not listed & {"arrays", "blocks", "declaration", "moments", "registry", "response_in_bins", "slices"}
    assert not any(declarations(getattr(metrics, name)) for name in ("quantile_edges", "correlation_matrix", "find"))


def test_a_declared_function_stays_what_it_is():
    declared = scored("distance", label="far", unit="MeV", better="higher", least=3, why="two are few")(far)
    assert declared is far
    assert far([0.0, 2.0], [4.0]) == 3
    (metric,) = declarations(far)
    assert (metric.key, metric.describe(5)) == ("distance", Description("far", "MeV", "higher", True, 3, "two are few"))
    del far.scored
    assert Metric(far).describe(5) == Description("far")


def test_several_values_of_one_function_keep_their_order():
    @scored("first", read=lambda both: both["a"])
    @scored("second", read=lambda both: both["b"], better=1)
    def both(reference, generated):
        return {"a": 1, "b": np.float32(2)}

    declared = declarations(both)
    assert [metric.key for metric in declared] == ["first", "second"]
    assert [metric.value(both(0, 0)) for metric in declared] == [1.0, 2.0]


def test_which_value_is_worse():
    for better, order in (("lower", [1, 2, 3]), ("higher", [3, 2, 1]), (2.2, [2, 3, 1])):
        assert sorted([1, 2, 3], key=Description("x", better=better).badness) == order


def test_showers_that_are_too_few_are_noted():
    (fpd,) = find(["fpd"])
    described = fpd.describe(23)
    assert described.note(114) == "114 showers are few for it: from 115 on (5 for each of the 23 features' covariances)"
    assert described.note(115) == ""
    assert Description("x", least=3).note(2) == "2 showers are few for it: from 3 on"


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"better": "smaller"}, "better to be 'lower', 'higher' or a number, found 'smaller'"),
        ({"better": True}, "better to be"),
        ({"better": float("nan")}, "better to be"),
        (
            {"training": True},
            r"expected a function of \(training, reference, generated\), found one of \(ref",
        ),
    ],
)
def test_declarations_that_make_no_sense(declared, told):
    with pytest.raises(InputError, match=told):
        scored(**declared)(far)


@pytest.mark.parametrize("result", [None, "much", [1.0, 2.0], {}, ()])
def test_what_is_no_number_is_told(result):
    with pytest.raises(InputError, match="far: expected a number, found"):
        Metric(far).value(result)


def test_metrics_by_name(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from qgen.metrics import scored\n\n\n"
        "@scored(label='mine', better='higher', primary=False)\n"
        "def declared(reference, generated):\n    return 1.0\n\n\n"
        "def plain(reference, generated):\n    return 1.0\n\n\n"
        "three = lambda a, b, c: 0\nnumber = 3\n"
    )
    path = f"{tmp_path / 'mine.py'}"
    found = find(["recall", f"{path}:declared", f"{path}:plain", far, "fpd_bootstrap", "metrics/frechet_distance"])
    keys = ["recall", "declared", "plain", "far", "fpd_bootstrap", "frechet_distance"]
    assert [metric.key for metric in found] == keys
    assert all(metric.primary for metric in found), "what is named is what generators are ranked by"
    assert [metric.better for metric in found[:3]] == ["higher", "higher", "lower"]
    assert [metric.key for metric in find(["precision_recall"])] == ["precision", "recall", "density", "coverage"]
    for names, told in {
        ("fdp",): r"metrics: no 'fdp' \(did you mean 'fpd'\?\); there are auc, mmd",
        ("fpd", "fpd"): "expected different metrics, found fpd twice",
        ("recall", "precision_recall"): "found recall twice",
        (): "expected a list of metrics",
        (f"{path}:plane",): "no 'plane' in it",
        (f"{path}:number",): r"expected a function of \(reference, generated\), found 3",
        (f"{path}:three",): r"expected a function of \(reference, generated\), found one of \(a, b, c\)",
        (
            "metrics/particle_cross_test",
        ): r"expected a function of \(reference, generated\), found one of \(reference_a",
        ("nosuch.py:far",): "no such file",
    }.items():
        with pytest.raises(InputError, match=told):
            find(list(names))
    with pytest.raises(InputError, match="expected a list of metrics, found 'fpd'"):
        find("fpd")


def test_a_metric_does_not_take_the_name_of_another():
    def fpd(reference, generated):
        return 0.0

    with pytest.raises(InputError, match="expected a name of its own, found 'fpd', which is one of qgen's"):
        find([fpd])
    assert [metric.key for metric in find([metrics.fpd])] == ["fpd"]


def test_a_new_file_in_the_folder_is_a_metric(tmp_path, monkeypatch):
    """With a declaration; without one it can be named, but is not scored by default."""
    text = "def {0}(reference, generated):\n    return 1.0\n\n\n__all__ = ['{0}']\n"
    declared = "from qgen.metrics.declaration import scored\n\n\n@scored(label='new', primary=False)\n"
    (tmp_path / "new_metric.py").write_text(declared + text.format("new_metric"))
    (tmp_path / "helping.py").write_text(text.format("helping"))
    monkeypatch.setattr(metrics, "__path__", [*metrics.__path__, str(tmp_path)])
    try:
        assert [metric.key for metric in built_in()] == [*KEYS, "new_metric"]
        assert [metric.key for metric in find(["helping"])] == ["helping"]
    finally:
        for name in ("new_metric", "helping"):
            sys.modules.pop(f"qgen.metrics.{name}", None)
            vars(metrics).pop(name, None)
