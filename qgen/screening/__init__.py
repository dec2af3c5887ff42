"""Is a circuit worth training? What can be measured before it has learnt anything, one measure per file.

Expressibility and entangling capability of its states, variance of its gradients, cost on a device.
"""

from qgen.screening.cost import Logical, Transpiled, logical, to_qiskit, transpiled
from qgen.screening.devices import device
from qgen.screening.entanglement import entangling_capability, haar_entanglement, meyer_wallach
from qgen.screening.expressibility import Expressibility, expressibility
from qgen.screening.gradients import gradient_variance, gradients
from qgen.screening.losses import loss
from qgen.screening.objectives import codebook_states, objective_losses
from qgen.screening.screen import screen

__all__ = [
    "Expressibility",
    "Logical",
    "Transpiled",
    "codebook_states",
    "device",
    "entangling_capability",
    "expressibility",
    "gradient_variance",
    "gradients",
    "haar_entanglement",
    "logical",
    "loss",
    "meyer_wallach",
    "objective_losses",
    "screen",
    "to_qiskit",
    "transpiled",
]
