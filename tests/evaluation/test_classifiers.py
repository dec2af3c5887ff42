"""CaloChallenge's classifier beside the harness: the metric on the right inputs, with a floor of its own."""

import numpy as np
import pytest

from qgen import datasets, metrics
from qgen.evaluation import Evaluation
from qgen.evaluation.classifiers import published_classifier
from qgen.observables import classifier_inputs


def test_generated_and_floor_are_scored_alike(monkeypatch, tmp_path):
    protocol = metrics.classifier_protocol
    small = {"n_hidden": 8, "n_epochs": 2}
    monkeypatch.setattr(metrics, "classifier_protocol", lambda x, y, **options: protocol(x, y, **options, **small))
    showers = datasets.load("calogan/e+", stop=90)
    parts = [showers.select(slice(i, i + 30)) for i in (0, 30, 60)]
    options = {"representation": "native", "level": "low", "n_seeds": 2, "seed": 1}
    found = published_classifier(*parts, **options)
    x, y, z = (classifier_inputs(part, "low") for part in parts)
    for prefix, other in (("", y), ("floor_", z)):
        expected = protocol(x, other, n_seeds=2, seed=1, **small)
        assert found[f"{prefix}auc"] == expected.auc
        assert found[f"{prefix}jsd_error"] == expected.jsd_error
    alone = published_classifier(*parts[:2], None, **options)
    assert alone == {key: value for key, value in found.items() if not key.startswith("floor_")}
    result = Evaluation("calogan", "native", 30, 30, "none", {}, classifiers={"low": alone})
    assert f"2 seeds: AUC {alone['auc']:.3f} ± {alone['auc_error']:.3f} (floor not measured), JSD" in result.table()
    result.save(tmp_path / "evaluation.json")
    assert Evaluation.load(tmp_path / "evaluation.json").classifiers["low"] == pytest.approx(alone)
    assert np.isfinite(list(found.values())).all()
