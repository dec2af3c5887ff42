"""How long will a comparison take? From fits that are begun on this machine for ten seconds, and from those that end.

    seconds of a task = start of the fit + epochs x seconds of an epoch + scoring

The ten seconds are shared out among the generators of different names, quick ones first. What has no epochs, or whose
turn does not come, takes what it takes elsewhere (`typical_fit_s`), times how much slower the others are here. A
comparison of a minute is not worth the measurement. As tasks end, their times take the place of forecasts.
"""

import logging
import time
import warnings
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from qgen.comparison.task import Task
from qgen.generators.base import BaseGenerator
from qgen.showers import Showers
from qgen.training.progress import quiet

logger = logging.getLogger(__name__)

MEASURED_S = 10.0
"""How long fits are begun for, all together."""
WORTH_MEASURING_S = 60.0
SCORING_S, FLOOR_S = 4.0, 30.0
"""Scoring one generator, and measuring the truth floor, before anything is known; on images, with 2 cores."""


class Forecast:
    """What open tasks will take.

    Args:
        tasks: that are neither fitted nor scored yet.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.open = list(tasks)
        self.fit_s = {task.generator: task.typical_fit_s for task in tasks}
        self.scoring_s: list[float] = []
        self.here = False

    def measure(self, train: Showers) -> None:
        """Begin fits to showers like those of the tasks; only once, and only where it is worth it."""
        if self.here or self.seconds < WORTH_MEASURING_S:
            return
        self.here = True
        logger.info("beginning fits, to forecast how long they take here (about %.0f s)", MEASURED_S)
        first = {task.generator: task for task in reversed(self.open) if task.fitted == task}
        waiting = sorted(first.values(), key=lambda task: task.typical_fit_s)
        typical, here, end = 0.0, 0.0, time.perf_counter() + MEASURED_S
        for i, task in enumerate(waiting):
            share = (end - time.perf_counter()) / (len(waiting) - i)
            if share > 0 and (seconds := fit_seconds(task, train, share)) is not None:
                typical, here = typical + task.typical_fit_s, here + seconds
                self.fit_s[task.generator] = seconds
                del first[task.generator]
        for generator in first:
            self.fit_s[generator] *= here / typical if typical else 1.0

    def done(self, task: Task, fit_s: float | None = None, scoring_s: float = 0.0) -> None:
        """Tell that a task has ended, and what it took [s]: others of the generator will take as long.

        Args:
            task: that was open; others count for nothing.
            fit_s: None where it failed.
            scoring_s: all that is no fit; the others will take their mean.
        """
        if task in self.open:
            self.open.remove(task)
            if fit_s is not None:
                self.fit_s[task.generator] = fit_s
                self.scoring_s.append(max(scoring_s, 0.0))

    @property
    def seconds(self) -> float:
        """What is left [s]."""
        floor, scoring = (0.0, fmean(self.scoring_s)) if self.scoring_s else (FLOOR_S, SCORING_S)
        return floor + sum(scoring + self.fit_s[task.generator] for task in self.open)

    def __str__(self) -> str:
        minutes = max(1, round(self.seconds / 60))
        hours = f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else ""
        where = "on this machine" if self.here else "on 2 cores"
        return f"about {hours or f'{minutes} minute' + 's' * (minutes > 1)} {where}"


class _EnoughError(Exception):
    """What is known ends the fit."""


def fit_seconds(task: Task, train: Showers, share_s: float) -> float | None:
    """How long a fit will take, from its first epochs.

    Args:
        task: whose generator is fitted.
        train: to these showers.
        share_s: for so long [s], but for two epochs at least, the first of which has more to do.

    Returns:
        seconds; None where there are no epochs to go by, or where the fit fails, which it will tell in its turn.
    """
    model = task.create()
    epochs = getattr(model, "epochs", None)
    if not isinstance(model, BaseGenerator) or not isinstance(epochs, int):
        return None
    began, ends = time.perf_counter(), []

    def watch(epoch: int, row: Mapping[str, Any]) -> None:
        ends.append(time.perf_counter() - began)
        if len(ends) > 1 and ends[-1] > share_s:
            raise _EnoughError

    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(train, seed=task.stream("fit"), callbacks=(watch,))
    except _EnoughError:
        pass
    except Exception as error:  # whatever a user's plug-in raises
        logger.debug("%s: the fit that was begun fails", task.generator, exc_info=error)
        return None
    if not ends:
        return None
    pace = (ends[-1] - ends[0]) / (len(ends) - 1) if len(ends) > 1 else ends[0]
    return ends[-1] + (epochs - len(ends)) * pace
