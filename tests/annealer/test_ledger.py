import pytest

from qgen.annealer.ledger import Ledger
from qgen.files import InputError

TIMING = {
    "qpu_programming_time": 1000.0,
    "qpu_anneal_time_per_sample": 20.0,
    "qpu_readout_time_per_sample": 50.0,
    "qpu_delay_time_per_sample": 30.0,
    "qpu_access_time": 2000.0,
}


def test_times_of_a_call() -> None:
    ledger = Ledger.from_timing(TIMING, 10)
    assert (ledger.programmings, ledger.reads, ledger.access_us) == (1, 10, 2000.0)
    assert (ledger.anneal_us, ledger.readout_us, ledger.delay_us) == (200.0, 500.0, 300.0)
    assert ledger.access_us == ledger.programming_us + ledger.anneal_us + ledger.readout_us + ledger.delay_us


def test_calls_add_up() -> None:
    both = Ledger.from_timing(TIMING, 10) + Ledger.from_timing(TIMING, 10)
    assert both == Ledger(2, 20, 0, 2000.0, 400.0, 1000.0, 600.0, 4000.0)


def test_cost_per_shower_alone_and_shared() -> None:
    """100 us a read, 1000 us a programming: 1100 us alone, 101 us among a thousand; twice that if half is discarded."""
    ledger = Ledger(kept=10) + Ledger.from_timing(TIMING, 10)
    assert ledger.as_dict()["access_us_per_shower_alone"] == 1100.0
    assert ledger.as_dict()["access_us_per_shower_shared"] == 101.0
    assert (Ledger(kept=5) + Ledger.from_timing(TIMING, 10)).per_shower(1) == 2200.0
    assert Ledger().per_shower(1) == 0.0


def test_a_missing_time_is_told() -> None:
    with pytest.raises(InputError, match="expected 'qpu_programming_time', found"):
        Ledger.from_timing({}, 1)
