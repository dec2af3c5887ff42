"""CaloChallenge's classifier on whole samples: long where the light AUC takes seconds, so only on demand."""

from qgen import metrics
from qgen.evaluation.source import Source, batches
from qgen.observables import classifier_inputs
from qgen.observables.classifier_inputs import Level
from qgen.showers import concatenate


def published_classifier(
    reference: Source,
    generated: Source,
    floor_reference: Source | None,
    *,
    representation: str,
    level: Level,
    n_seeds: int,
    seed: int,
) -> dict[str, float]:
    """AUC and Jensen-Shannon divergence by the published protocol (2410.21611), see `metrics.classifier_protocol`.

    Args:
        reference: GEANT4 showers; all showers are taken into memory.
        generated: showers to score.
        floor_reference: other GEANT4 showers, scored like the generated ones; None leaves the floor out.
        representation: of all.
        level: of the inputs: "low", "low_normalised" or "high".
        n_seeds: repetitions, at least 2.
        seed: of the first.

    Returns:
        "auc", "auc_error", "jsd", "jsd_error", the same with "floor_" before it, and "n_seeds".
    """
    sources = {"": generated} if floor_reference is None else {"": generated, "floor_": floor_reference}
    truth = classifier_inputs(concatenate(list(batches(reference, representation))), level)
    results = {"n_seeds": float(n_seeds)}
    for prefix, source in sources.items():
        other = classifier_inputs(concatenate(list(batches(source, representation))), level)
        scores = metrics.classifier_protocol(truth, other, n_seeds=n_seeds, seed=seed)._asdict()
        results |= {f"{prefix}{key}": scores[key] for key in ("auc", "auc_error", "jsd", "jsd_error")}
    return results
