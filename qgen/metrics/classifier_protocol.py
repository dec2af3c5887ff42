"""The classifier of CaloChallenge (2410.21611): a dense network that tells generated showers from reference ones.

Every repetition shuffles both samples anew, cuts them to equal size and splits each into 60 % / 20 % / 20 %:

1. training: binary cross-entropy, Adam, LeakyReLU between the layers, inputs as they are;
2. choice: the epoch with the best accuracy (the first of equals), then isotonic calibration of its output p;
3. test: AUC of the calibrated p, and JSD = 1 - BCE / log 2 with the cross-entropy BCE of the calibrated p.

This JSD is a lower bound of the Jensen-Shannon divergence in bits, which a perfect classifier reaches: 0 for equal
distributions (slightly negative on few showers), 1 for disjoint ones.

Settings: three hidden layers of 2048 as published. The public script counts one less: its flags n_layer = 2,
n_hidden = 512 (the defaults) build three hidden layers of 512. The rest are its defaults: Adam with 2e-4, batches of
1000, 50 epochs, no dropout, calibration within 1e-6..1 - 1e-6. It works in float64, this in float32.
Inputs come from `qgen.observables.classifier_inputs`.

Caveat: written for 1e5 showers. A few thousand are a few batches per epoch, and with inputs far below 1 the network
stays untrained: for independent pixels against 2000 CLIC images of 8x8 the published size gives AUC 0.500 +- 0.015 on
"low" (voxels / E_inc of about 1e-4) and 0.689 +- 0.007 on "high", where `classifier_auc` gives 0.911 and 0.893. Below
about 1e4 showers an AUC of 0.5 is no praise; read the light one beside it.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import log_loss, roc_auc_score
from torch import Tensor, nn
from torch.nn import functional

from qgen.files import InputError
from qgen.metrics.arrays import Floats, pair
from qgen.networks.mlp import mlp
from qgen.plugins.options import require_seed
from qgen.training import Batch, Loss, Row, Run, seeded, train

__all__ = ["classifier_protocol"]


SPLIT = (0.6, 0.8)
"""Where the second and the third split begin."""
CLIP = 1e-6
"""Calibrated probabilities stay so far from 0 and 1."""
LARGEST = 1e15
"""Of the inputs: gradients and their squares stay finite in float32."""
MIN_ROWS = 5
"""Fewer leave a split without showers."""


class ClassifierProtocol(NamedTuple):
    """Means over the repetitions, their spread (one standard deviation), and all values, shape (n_seeds,)."""

    auc: float
    auc_error: float
    jsd: float
    jsd_error: float
    auc_per_seed: Floats
    jsd_per_seed: Floats


def classifier_protocol(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    n_seeds: int = 5,
    n_layers: int = 3,
    n_hidden: int = 2048,
    n_epochs: int = 50,
    batch_size: int = 1000,
    learning_rate: float = 2e-4,
    seed: int = 0,
) -> ClassifierProtocol:
    """AUC and Jensen-Shannon divergence of the published classifier.

    Args:
        reference: inputs of GEANT4 showers, shape (n, d), n >= 5.
        generated: inputs of generated showers, shape (m, d), m >= 5.
        n_seeds: number of repetitions (split, initial weights, order), at least 2.
        n_layers: number of hidden layers.
        n_hidden: width of each.
        n_epochs: passes through the training split, at least 1.
        batch_size: showers per step, of both kinds together.
        learning_rate: of Adam.
        seed: of everything random; repetition i has the seed (seed, i).

    Returns:
        AUC (0.5 is indistinguishable) and JSD (0..1), each with its spread and its values.

    Raises:
        InputError: bad shapes or settings, too few rows, values that are not finite or beyond 1e15.
    """
    x, y = pair(reference, generated, min_rows=MIN_ROWS)
    largest = max(np.abs(x).max(), np.abs(y).max())
    if largest > LARGEST:
        raise InputError(f"classifier_protocol: expected inputs up to {LARGEST:g}, found {largest:.2g}")
    least = {"n_seeds": (n_seeds, 2), "n_layers": (n_layers, 1), "n_hidden": (n_hidden, 1), "n_epochs": (n_epochs, 1)}
    for name, (value, smallest) in least.items():
        if value < smallest:
            raise InputError(f"classifier_protocol: expected {name} >= {smallest}, found {value}")
    sizes = [x.shape[1], *[n_hidden] * n_layers, 1]
    repetitions = [np.random.SeedSequence([seed, i]).generate_state(1)[0] for i in range(n_seeds)]
    scores = [_repeat(x, y, sizes, n_epochs, batch_size, learning_rate, int(state)) for state in repetitions]
    auc, jsd = np.array(scores).T
    return ClassifierProtocol(
        float(auc.mean()), float(auc.std(ddof=1)), float(jsd.mean()), float(jsd.std(ddof=1)), auc, jsd
    )


def _repeat(
    x: Floats, y: Floats, sizes: list[int], n_epochs: int, batch_size: int, learning_rate: float, seed: int
) -> tuple[float, float]:
    """AUC and JSD of one repetition."""
    training, choice, test = _splits(x, y, np.random.default_rng(require_seed("classifier_protocol", seed)))
    with seeded(seed):
        classifier = _Classifier(sizes, learning_rate)
    best = _BestEpoch(classifier, choice)
    run = Run(seed, validation=0.0, callbacks=(best,), label="classifier")
    train(classifier, training, run, epochs=n_epochs, batch_size=batch_size, max_gradient=math.inf)
    classifier.load_state_dict(best.state)
    calibration = IsotonicRegression(out_of_bounds="clip", y_min=CLIP, y_max=1 - CLIP)
    calibration.fit(classifier.probability(choice), choice["label"].numpy())
    p, label = calibration.predict(classifier.probability(test)), test["label"].numpy()
    return float(roc_auc_score(label, p)), float(1 - log_loss(label, p) / math.log(2))


def _splits(x: Floats, y: Floats, rng: np.random.Generator) -> list[dict[str, Tensor]]:
    """The three splits; label 1 is the reference, as in the public script."""
    n = min(len(x), len(y))
    cuts = [int(fraction * n) for fraction in SPLIT]
    parts = [np.split(rows[rng.permutation(len(rows))[:n]], cuts) for rows in (x, y)]
    return [
        {
            "inputs": torch.as_tensor(np.concatenate([real, fake]), dtype=torch.float32),
            "label": torch.as_tensor(np.repeat([1.0, 0.0], len(real)), dtype=torch.float32),
        }
        for real, fake in zip(*parts, strict=True)
    ]


class _Classifier(nn.Module):
    """What `qgen.training.loop.train` minimises: the cross-entropy of a perceptron."""

    def __init__(self, sizes: list[int], learning_rate: float) -> None:
        super().__init__()
        self.net = mlp(sizes, activation="leaky_relu")
        self._adam = torch.optim.Adam(self.net.parameters(), lr=learning_rate)

    def losses(self) -> Mapping[str, Loss]:
        return {"cross_entropy": self._cross_entropy}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        return {"cross_entropy": self._adam}

    def begin_epoch(self, progress: float) -> None:
        """Nothing is annealed."""

    def score(self, data: Batch, rng: torch.Generator) -> float:
        """Share of wrong answers."""
        return float(np.mean((self.probability(data) > 0.5) != (data["label"].numpy() > 0.5)))

    def probability(self, data: Batch) -> Floats:
        """Of being a reference shower, before calibration."""
        with torch.no_grad():
            return torch.sigmoid(self.net(data["inputs"])[:, 0].double()).numpy()

    def _cross_entropy(self, batch: Batch, rng: torch.Generator) -> Tensor:
        return functional.binary_cross_entropy_with_logits(self.net(batch["inputs"])[:, 0], batch["label"])


class _BestEpoch:
    """A callback that keeps the weights with the fewest wrong answers in the second split."""

    def __init__(self, classifier: _Classifier, choice: Batch) -> None:
        self.classifier, self.choice = classifier, choice
        self.lowest, self.state = math.inf, classifier.state_dict()

    def __call__(self, epoch: int, row: Row) -> None:
        wrong = self.classifier.score(self.choice, torch.Generator())
        if wrong < self.lowest:
            self.lowest = wrong
            self.state = {name: value.clone() for name, value in self.classifier.state_dict().items()}
