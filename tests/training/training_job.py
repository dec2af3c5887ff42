"""A small training that a test can run in a process of its own, to kill it: `python training_job.py FOLDER`."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from qgen.training import Batch, Callback, Loss, Row, Run, generator, seeded, train

EPOCHS = 60


class Noisy(nn.Module):
    """Least squares with noise on the targets, dropout-like, and a buffer: all that must survive an interruption."""

    def __init__(self) -> None:
        super().__init__()
        with seeded(3):
            self.net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
        self.register_buffer("steps", torch.zeros(()))
        self.progress: list[float] = []
        self.adam = torch.optim.Adam(self.net.parameters(), lr=0.01)

    def losses(self) -> Mapping[str, Loss]:
        return {"squared": self.squared}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        return {"squared": self.adam}

    def begin_epoch(self, progress: float) -> None:
        self.progress.append(progress)

    def squared(self, batch: Batch, rng: torch.Generator) -> torch.Tensor:
        self.steps += 1
        noise = torch.randn(len(batch["y"]), generator=rng)
        return (self.net(batch["x"])[:, 0] - batch["y"] - 0.1 * noise).square().mean()

    def score(self, data: Batch, rng: torch.Generator) -> float:
        with torch.no_grad():
            return float((self.net(data["x"])[:, 0] - data["y"]).square().mean())


def data() -> dict[str, torch.Tensor]:
    x = torch.randn(100, 2, generator=generator(1))
    return {"x": x, "y": x[:, 0] - x[:, 1] ** 2}


def fit(folder: Path | None, *callbacks: Callback, seed: int = 0, **settings: Any) -> tuple[Noisy, list[Row]]:
    objective = Noisy()
    run = Run(seed, checkpoint=folder, callbacks=callbacks, settings=settings)
    return objective, train(objective, data(), run, epochs=EPOCHS, batch_size=32, checkpoint_every_s=0.0)


if __name__ == "__main__":
    fit(Path(sys.argv[1]), lambda epoch, row: time.sleep(0.05))
