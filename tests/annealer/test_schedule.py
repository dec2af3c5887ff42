from pathlib import Path

import numpy as np
import pytest
from dwave.system.temperatures import freezeout_effective_temperature

from qgen.annealer.schedule import FREEZE_FRACTION, GHZ_PER_MK, AnnealingSchedule
from qgen.files import InputError


def linear() -> AnnealingSchedule:
    s = np.linspace(0, 1, 11)
    return AnnealingSchedule(s, 5 * (1 - s), 10 * s, "linear")


def test_effective_temperature_is_the_vendors() -> None:
    """T_eff = 2 k_B T / B(s*), their function and their published example."""
    beta, _ = linear().fields(0.391, 15.4)
    assert 1 / beta == pytest.approx(freezeout_effective_temperature(freezeout_B=3.91, temperature=15.4), rel=1e-5)
    assert 1 / beta == pytest.approx(0.164, abs=5e-4)


def test_fields_are_energies_over_temperature() -> None:
    beta, gamma = linear().fields(0.25, 20.0)
    assert pytest.approx(20e-3 * 1.380649e-23 / 6.62607015e-34 / 1e9) == 20 * GHZ_PER_MK
    assert beta == pytest.approx(2.5 / (2 * 20 * GHZ_PER_MK))
    assert gamma == pytest.approx(3.75 / (2 * 20 * GHZ_PER_MK))


def test_freeze_out_is_where_the_transverse_term_is_a_fraction_of_the_temperature() -> None:
    """For A = 5 (1 - s): s* = 1 - fraction k_B T / 5."""
    level = FREEZE_FRACTION * GHZ_PER_MK * 20
    assert linear().freeze_out(20.0) == pytest.approx(1 - level / 5)
    assert linear().freeze_out(20.0, 5.0) == pytest.approx(1 - 5 * GHZ_PER_MK * 20 / 5)
    s = np.array([0.0, 1.0])
    assert AnnealingSchedule(s, np.array([5.0, 4.0]), s).freeze_out(20.0) == 1.0
    assert AnnealingSchedule(s, np.array([1e-3, 0.0]), s).freeze_out(20.0) == 0.0


def test_the_approximate_curve_has_the_published_numbers() -> None:
    """Advantage2_system1.7: A = B = 2.308 GHz; s* = 0.684 and mean single-qubit temperature 0.112 at 20 mK."""
    schedule = AnnealingSchedule.approximate()
    s = np.linspace(0, 1, 100001)
    a, b = schedule.at(s)
    crossing = np.argmin(np.abs(a - b))
    assert a[crossing] == pytest.approx(2.308, rel=2e-3)
    assert schedule.freeze_out(20.0) == pytest.approx(0.684, abs=2e-3)
    report = schedule.report(20.0, 0.684)
    assert report["beta_freeze"] == pytest.approx(1 / 0.112, rel=2e-3)
    assert report["residual_transverse"] == pytest.approx(report["gamma_freeze"] / report["beta_freeze"])
    assert schedule.report(20.0)["s_freeze"] == schedule.freeze_out(20.0)


def test_a_table_of_the_vendor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "processor.csv"
    path.write_text("\ufeffs,A(s) (GHz),B(s) (GHz),C (normalized)\n0,9.0,0.1,0\n0.5,1.0,4.0,0.6\n1,0.0,12.0,1\n")
    schedule = AnnealingSchedule.from_csv(path)
    assert schedule.name == "processor"
    a, b = schedule.at(0.25)
    assert (a, b) == (5.0, pytest.approx(2.05))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the columns s, A.s. .GHz., B.s. .GHz., found none"),
        ("s,B(s) (GHz),A(s) (GHz)\n0,1,2\n", "found s, B"),
        ("s,A(s) (GHz),B(s) (GHz)\n0,9,0\n1,x,2\n", "line 3: expected s, A, B as numbers"),
        ("s,A(s) (GHz),B(s) (GHz)\n0,9,0\n", "with n > 1"),
        ("s,A(s) (GHz),B(s) (GHz)\n0,9,0\n0.9,1,2\n", "rising from 0 to 1, found 0.0 to 0.9"),
        ("s,A(s) (GHz),B(s) (GHz)\n0,1,0\n1,9,2\n", "A >= 0 that does not rise"),
        ("s,A(s) (GHz),B(s) (GHz)\n0,nan,0\n1,9,2\n", "finite numbers"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        AnnealingSchedule.from_csv(path)


def test_bad_arguments() -> None:
    with pytest.raises(InputError, match=r"nothing\.csv"):
        AnnealingSchedule.from_csv("nothing.csv")
    with pytest.raises(InputError, match="temperature_mk: expected a finite temperature > 0, found 0"):
        linear().report(0.0)
    with pytest.raises(InputError, match="fraction: expected a number > 0"):
        linear().freeze_out(20.0, 0.0)
    with pytest.raises(InputError, match="s_freeze: expected 0 to 1, found 2"):
        linear().report(20.0, 2.0)
