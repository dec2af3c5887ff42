"""How far is a training, or anything that is counted?"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

logger = logging.getLogger("qgen.training.loop")
_quiet: ContextVar[bool] = ContextVar("_quiet", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Show no progress."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


@contextmanager
def progress(
    label: str, epochs: int, *, done: int, unit: str = "epoch"
) -> Iterator[Callable[[Mapping[str, float]], None]]:
    """A bar on standard error with the latest losses and the time left; log lines where that is no terminal.

    Args:
        label: what the bar calls the training.
        epochs: in all.
        done: of them already.
        unit: what log lines call an epoch, where something else is counted.

    Yields:
        What to call with the row of every epoch: "epoch", counted from 0, and named values.
    """
    console = Console(stderr=True, quiet=_quiet.get())
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[losses]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=epochs, completed=done, losses="")

        def advance(row: Mapping[str, float]) -> None:
            shown = {name: value for name, value in row.items() if name not in ("epoch", "scaled_gradients")}
            losses = " ".join(f"{name} {value:.4g}" for name, value in shown.items())
            bar.update(task, advance=1, losses=losses)
            epoch = int(row["epoch"]) + 1
            if not (console.is_terminal or console.quiet) and epoch % max(epochs // 10, 1) == 0:
                logger.info("%s: %s %d of %d, %s", label, unit, epoch, epochs, losses)

        yield advance
