"""How is anything trained? One loop, the rows it goes through, learning rates, seeds and progress."""

from qgen.training.loop import (
    CHECKPOINT,
    HISTORY,
    Callback,
    Loss,
    Objective,
    Row,
    Run,
    holdout,
    read_history,
    train,
)
from qgen.training.rows import Batch
from qgen.training.seeds import generator, seeded

__all__ = [
    "CHECKPOINT",
    "HISTORY",
    "Batch",
    "Callback",
    "Loss",
    "Objective",
    "Row",
    "Run",
    "generator",
    "holdout",
    "read_history",
    "seeded",
    "train",
]
