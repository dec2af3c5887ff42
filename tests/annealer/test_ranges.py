from types import SimpleNamespace

import numpy as np
import pytest
from annealer.native import native
from dwave.system.coupling_groups import coupling_groups

from qgen.annealer.mock import processor
from qgen.annealer.programming import Programme, programmes
from qgen.annealer.ranges import Ranges, fit
from qgen.files import InputError


def asked(strength: float) -> list[Programme]:
    model = native(8, strength=strength)
    clamp = np.zeros((4, 8), dtype=np.int8)
    clamp[1, 0], clamp[2, 0], clamp[3, :2] = 1, -1, 1
    return list(programmes(model, clamp, 1.0, "fold"))


def test_clipping_counts_what_it_changes() -> None:
    ranges = Ranges((-4.0, 4.0), (-2.0, 1.0))
    before = asked(2.0)
    after = fit(before, ranges, "clip")
    h = np.concatenate([p.fields.ravel() for p in before])
    j = np.concatenate([p.model.couplings for p in before])
    bad_h, bad_j = np.abs(h) > 4, (j > 1) | (j < -2)
    assert 0 < bad_h.sum() < h.size
    assert after.clipped_h == pytest.approx(bad_h.mean())
    assert after.clipped_j == pytest.approx(bad_j.mean())
    assert after.clipped == pytest.approx((bad_h.sum() + bad_j.sum()) / (h.size + j.size))
    assert after.scale == 1.0
    for p, q in zip(before, after.programmes, strict=True):
        np.testing.assert_array_equal(q.fields, np.clip(p.fields, -4, 4))
        np.testing.assert_array_equal(q.model.couplings, np.clip(p.model.couplings, -2, 1))


def test_scaling_is_the_same_for_all_and_clips_nothing() -> None:
    ranges = Ranges((-4.0, 4.0), (-2.0, 1.0))
    before = asked(2.0)
    after = fit(before, ranges, "scale")
    worst = max(max(np.abs(p.fields).max() / 4, p.model.couplings.max(), -p.model.couplings.min() / 2) for p in before)
    assert after.scale == pytest.approx(1 / worst)
    assert after.clipped == 0.0
    for p, q in zip(before, after.programmes, strict=True):
        np.testing.assert_allclose(q.fields, p.fields / worst)
        np.testing.assert_allclose(q.model.couplings, p.model.couplings / worst)


def test_nothing_is_changed_inside_the_ranges() -> None:
    for how in ("clip", "scale"):
        after = fit(asked(0.1), Ranges((-4.0, 4.0), (-2.0, 1.0)), how)  # type: ignore[arg-type]
        assert (after.scale, after.clipped) == (1.0, 0.0)


def test_sums_of_couplings_per_qubit() -> None:
    (programme,) = programmes(native(8), np.zeros((1, 8), dtype=np.int8), 1.0, "fold")
    model = programme.model
    sums = [sum(j for e, j in zip(model.edges, model.couplings, strict=True) if i in e) for i in range(8)]
    limits = (-0.5 * max(np.abs(sums)), 0.5 * max(np.abs(sums)))
    ranges = Ranges((-4.0, 4.0), (-2.0, 2.0), limits)
    np.testing.assert_allclose(ranges.totals(model), sums)
    assert fit([programme], ranges, "scale").scale == pytest.approx(0.5)
    with pytest.raises(InputError, match='use out_of_range="scale"'):
        fit([programme], ranges, "clip")


def test_sums_of_couplings_per_group_on_zephyr() -> None:
    made = processor("zephyr", (2, 4))
    ranges = Ranges.of(made)
    assert (ranges.h, ranges.j, ranges.total, ranges.strongest) == ((-4, 4), (-2, 1), (-13, 10), 4)
    model = native(40)
    assert model.qubits is not None
    value = dict(zip(map(frozenset, model.qubits[model.edges].tolist()), model.couplings, strict=True))
    slow = [sum(value.get(frozenset(c), 0) for c in group) for group in coupling_groups(made.to_networkx_graph())]
    found = ranges.totals(model)
    assert np.count_nonzero(found) == np.count_nonzero(slow)
    np.testing.assert_allclose(np.sort(found[found != 0]), np.sort([x for x in slow if x]))


def test_a_solver_without_limits_on_sums() -> None:
    client = SimpleNamespace(properties={"h_range": [-2, 2], "j_range": [-1, 1]})
    assert Ranges.of(client) == Ranges((-2, 2), (-1, 1))
