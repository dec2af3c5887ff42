"""CaloChallenge's classifier on whole samples: long where the light AUC takes seconds, so only on demand."""

from __future__ import annotations

from qgen import metrics
from qgen.evaluation.source import Source, batches
from qgen.observables import classifier_inputs
from qgen.observables.classifier_inputs import Level
from qgen.showers import concatenate


def published_classifier(
    reference: Source, generated: Source, representation: str, level: Level, n_seeds: int, seed: int
) -> dict[str, float]:
    """AUC and Jensen-Shannon divergence by the published protocol (2410.21611), see `metrics.classifier_protocol`.

    Args:
        reference: GEANT4 showers; all of them are taken into memory.
        generated: showers to score.
        representation: of both.
        level: of the inputs: "low", "low_normalised" or "high".
        n_seeds: repetitions, at least 2.
        seed: of the first.

    Returns:
        "auc", "auc_error", "jsd", "jsd_error" and "n_seeds".
    """
    sides = (concatenate(list(batches(source, representation))) for source in (reference, generated))
    x, y = (classifier_inputs(showers, level) for showers in sides)
    found = metrics.classifier_protocol(x, y, n_seeds=n_seeds, seed=seed)._asdict()
    return {key: found[key] for key in ("auc", "auc_error", "jsd", "jsd_error")} | {"n_seeds": float(n_seeds)}
