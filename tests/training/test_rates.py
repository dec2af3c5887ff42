"""Learning rates against PyTorch's own schedules."""

import pytest
import torch

from qgen.training.rates import LAST_RATE, cool, half_cosine, linear_decay

STEPS = 20


def test_is_the_cosine_of_torch():
    """`CosineAnnealingLR` by its recursion, ours in closed form."""
    theirs = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=0.3)
    ours = torch.optim.Adam([{"params": [torch.zeros(1)]}, {"params": [torch.zeros(1)]}], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, STEPS, eta_min=0.3 * LAST_RATE)
    for step in range(STEPS + 1):
        cool(ours, 0.3, step / STEPS)
        assert [group["lr"] for group in ours.param_groups] == pytest.approx([schedule.get_last_lr()[0]] * 2)
        theirs.step()
        schedule.step()


def test_linear_decay_is_that_of_torch():
    """`LinearLR` to zero, which begins at half of the training."""
    theirs = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    ours = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    schedule = torch.optim.lr_scheduler.LinearLR(theirs, 1.0, 0.0, total_iters=STEPS // 2)
    for step in range(STEPS + 1):
        cool(ours, 0.3, step / STEPS, linear_decay)
        assert ours.param_groups[0]["lr"] == pytest.approx(schedule.get_last_lr()[0], abs=1e-12)
        if step >= STEPS // 2:
            theirs.step()
            schedule.step()


def test_ends():
    assert [linear_decay(t) for t in (0, 0.5, 0.75, 1)] == pytest.approx([1, 1, 0.5, 0])
    assert [half_cosine(t) for t in (0, 0.5, 1)] == pytest.approx([1, 0.505, 0.01])
