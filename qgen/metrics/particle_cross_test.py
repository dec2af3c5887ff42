"""Particle-identification cross-test: does a classifier learn the same from generated showers as from GEANT4?

The same light classifier tells particle a from particle b. It is trained on GEANT4 showers and on generated ones, and
each is tested on held-out GEANT4 and on held-out generated showers: four accuracies, "trained_to_tested". A good
generator has all four equal to reference_to_reference. A larger generated_to_generated means artefacts that separate
the particles, a smaller reference_to_generated a lack of what does.

All four samples are cut to the size of the smallest, at random, and cross-validated: each of n_splits parts is tested
by a classifier that was trained on the others, so every shower is tested once by each of the two.
Caveat: a shower that a generator repeats lies in the trained and in the tested part, and raises generated_to_generated.
Errors are half the 68 % interval of Wilson (1927) for 2n tested showers, which is not zero at an accuracy of 1.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from qgen.files import InputError
from qgen.metrics.arrays import Floats, Ints, tables
from qgen.metrics.classifier_auc import boosted_trees
from qgen.plugins.options import require_seed

__all__ = ["particle_cross_test"]


class CrossTest(NamedTuple):
    """Accuracies 0..1 (0.5 is guessing), trained_to_tested, and their 68 % errors."""

    reference_to_reference: float
    reference_to_generated: float
    generated_to_reference: float
    generated_to_generated: float
    reference_to_reference_error: float
    reference_to_generated_error: float
    generated_to_reference_error: float
    generated_to_generated_error: float


def particle_cross_test(
    reference_a: ArrayLike,
    reference_b: ArrayLike,
    generated_a: ArrayLike,
    generated_b: ArrayLike,
    *,
    n_splits: int = 5,
    seed: int = 0,
) -> CrossTest:
    """Accuracies of telling particle a from particle b, trained and tested on GEANT4 and on generated showers.

    Args:
        reference_a: features of GEANT4 showers of particle a, shape (n_1, d).
        reference_b: of particle b, shape (n_2, d).
        generated_a: features of generated showers of particle a, shape (n_3, d).
        generated_b: of particle b, shape (n_4, d).
        n_splits: number of parts of the cross-validation, at least 2.
        seed: of the choice of showers, of the parts and of the classifiers.

    Returns:
        the four accuracies and their errors.

    Raises:
        InputError: bad shapes, fewer than n_splits rows, values that are not finite.
    """
    if n_splits < 2:
        raise InputError(f"particle_cross_test: expected n_splits >= 2, found {n_splits}")
    samples_given = tables(
        n_splits,
        reference_a=reference_a,
        reference_b=reference_b,
        generated_a=generated_a,
        generated_b=generated_b,
    )
    n = min(map(len, samples_given))
    rng = np.random.default_rng(require_seed("particle_cross_test", seed))
    a, b, c, d = (rows[rng.permutation(len(rows))[:n]] for rows in samples_given)
    samples = {"reference": np.stack([a, b]), "generated": np.stack([c, d])}
    right = dict.fromkeys(CrossTest._fields[:4], 0)
    with threadpool_limits(1):  # fits this small only wait for each other's threads
        for train, test in KFold(n_splits).split(a):
            for trained, sample in samples.items():
                model = boosted_trees(seed).fit(*_labelled(sample[:, train]))
                for tested, other in samples.items():
                    features, labels = _labelled(other[:, test])
                    right[f"{trained}_to_{tested}"] += int((model.predict(features) == labels).sum())
    accuracies = [count / (2 * n) for count in right.values()]
    return CrossTest(*accuracies, *(_wilson(p, 2 * n) for p in accuracies))


def _labelled(sample: Floats) -> tuple[Floats, Ints]:
    """Features of both particles one after the other, and 0 or 1 for a or b."""
    return np.concatenate(list(sample)), np.repeat([0, 1], sample.shape[1])


def _wilson(p: float, n: int) -> float:
    """Half the 68 % (one standard deviation) score interval of a binomial share p of n."""
    return float(np.sqrt(p * (1 - p) / n + 1 / (4 * n**2)) / (1 + 1 / n))
