"""How is anything trained? One loop, the rows it goes through, learning rates, seeds and progress."""

from qgen.training.loop import Callback, Loss, Objective, Row, Run, TrainingError, holdout, train
from qgen.training.rows import Batch
from qgen.training.seeds import generator, seeded

__all__ = [
    "Batch",
    "Callback",
    "Loss",
    "Objective",
    "Row",
    "Run",
    "TrainingError",
    "generator",
    "holdout",
    "seeded",
    "train",
]
