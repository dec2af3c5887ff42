"""What trains the circuits of a QGAN: one objective per file, each an `ImageObjective`.

| loss | what judges the images |
|---|---|
| bce, wgan-gp | a discriminator, or a critic, that is trained against them (`adversarial`) |
| mmd | a distance to the training showers, without a second network (`matching`) |
"""

from qgen.generators.qgan.objectives._objective import ImageObjective, Ingredients
from qgen.generators.qgan.objectives.adversarial import Adversarial, penalty_of
from qgen.generators.qgan.objectives.matching import Matching

__all__ = ["Adversarial", "ImageObjective", "Ingredients", "Matching", "penalty_of"]
