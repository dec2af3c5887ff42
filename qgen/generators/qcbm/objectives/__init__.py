"""What trains a conditional Born machine: one objective per file, each an `Objective`.

| loss | what it compares | needs |
|---|---|---|
| mmd | all pairs of states, through a mixture of Gaussian kernels | probabilities, or samples |
| kl | the probability of every training event | probabilities |
| sliced_wasserstein | distributions along random lines through the positions | probabilities |
| adversarial | what a discriminator tells apart | probabilities |
"""

from collections.abc import Mapping

from qgen.generators.qcbm.objectives._objective import SMOOTHING, Objective, Recipe, cross_entropy
from qgen.generators.qcbm.objectives.adversarial import Adversarial
from qgen.generators.qcbm.objectives.kl import KL
from qgen.generators.qcbm.objectives.mmd import MMD
from qgen.generators.qcbm.objectives.sliced_wasserstein import SlicedWasserstein

__all__ = ["OBJECTIVES", "SMOOTHING", "Objective", "Recipe", "cross_entropy"]

OBJECTIVES: Mapping[str, type[Objective]] = {
    "mmd": MMD,
    "kl": KL,
    "sliced_wasserstein": SlicedWasserstein,
    "adversarial": Adversarial,
}
