"""Numbers as text: values rounded to their errors, distances from the floor, probabilities, ranks with ties."""

import math
from collections.abc import Sequence


def number(value: float | None, error: float | None = None) -> str:
    """A value rounded to two significant digits of its error, e.g. "0.0123 ± 0.0012"; plain without an error."""
    if value is None or not math.isfinite(value):
        return "n/a"
    if error is None or not math.isfinite(error) or error <= 0:
        return f"{value:#.3g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    if digits > 5 and abs(value) < 1e-3:
        return f"{value:.2e} ± {error:.1e}"
    return f"{value:.{min(digits, 5)}f} ± {error:.{min(digits, 5)}f}"


def distance(z: float | None) -> str:
    """z with its sign, in whole numbers from 100 on and no further than 1000."""
    if z is None or math.isnan(z):
        return "n/a"
    if abs(z) >= 1000:
        return "> +1000" if z > 0 else "< -1000"
    return f"{z:+.0f}" if abs(z) >= 100 else f"{z:+.1f}"


def probability(p: float | None) -> str:
    """A p value: three decimals, and no smaller than 0.001."""
    if p is None or math.isnan(p):
        return "n/a"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def ranks(values: Sequence[int | None], among: Sequence[int | None] = ()) -> list[str]:
    """Ranks as text; one that several share (of all ranks, if these are only some) is a tie, as in "2="."""
    return ["n/a" if rank is None else f"{rank}{'=' * ((among or values).count(rank) > 1)}" for rank in values]
