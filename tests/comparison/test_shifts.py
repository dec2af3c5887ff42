"""Shifts of response and resolution against showers whose response is known."""

from dataclasses import replace

import numpy as np
import pytest

import qgen
from qgen.comparison.shifts import N_BINS, core_shift, energy_shifts, worst


def test_a_larger_response_is_a_shift_of_the_response_alone():
    showers = qgen.load("clic/e-", stop=800)
    brighter = replace(showers, voxels=showers.voxels * np.float32(1.25))
    bins = energy_shifts(showers, [brighter, brighter])
    assert len(bins) == N_BINS
    for one in bins:
        assert one["response"][0] == pytest.approx(0.25, abs=1e-5)
        assert one["resolution"][0] == pytest.approx(0, abs=0.01)  # n - 1 of twice as many
        assert one["core"][0] == pytest.approx(0, abs=0.01)
    assert bins[0]["from_mev"] == showers.incident_energy.min()
    assert [a["to_mev"] for a in bins[:-1]] == [b["from_mev"] for b in bins[1:]]


def test_the_core_of_normal_numbers():
    """Half the central 68 % is one standard deviation; its error is that of repeated samples."""
    rng = np.random.default_rng(0)
    samples = [rng.normal(100, 10 * 1.2, 2000) for _ in range(30)]
    reference = rng.normal(100, 10, 2000)
    shifts = np.array([core_shift(reference, one) for one in samples])
    assert shifts[:, 0].mean() == pytest.approx(0.2, abs=0.05)
    assert shifts[:, 1].mean() == pytest.approx(np.sqrt(2) * shifts[:, 0].std(), rel=0.4)  # and of the reference


def test_the_worst_bin_is_the_one_furthest_from_zero():
    def bin_of(*values):
        return dict(zip(("response", "resolution", "core"), ((v, 0.01) for v in values), strict=True))

    assert worst([bin_of(0.1, -0.02, 0), bin_of(-0.2, 0.01, 0)]) == ["-20.0 ± 1.0", "-2.0 ± 1.0", "+0.0 ± 1.0"]
