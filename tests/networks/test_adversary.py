import torch
from torch import nn
from torch.nn.functional import softplus

from qgen.networks.adversary import Adversary


class Sum(nn.Module):
    """D = a (sum of features) + condition."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor(0.5))

    def forward(self, features, condition):
        return self.a * features.sum(1) + condition[:, 0]


def test_both_losses_in_closed_form():
    """|dD/dx|^2 = 2 a^2 for two features."""
    adversary = Adversary(Sum(), learning_rate=0.1, gradient_penalty=0.4)
    real, fake, condition = torch.rand(3, 5, 2)
    condition = condition[:, :1]
    d = [0.5 * x.sum(1) + condition[:, 0] for x in (real, fake)]
    expected = (softplus(-d[0]) + softplus(d[1])).mean() + 0.4 / 2 * 0.5
    found = adversary.against(real, fake, condition, torch.Generator())
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(adversary.judged(fake, condition), softplus(-d[1]).mean())


def test_weights_make_an_exact_expectation():
    """Every state once, weighted with its probability times the number of states."""
    adversary = Adversary(Sum(), learning_rate=0.1, gradient_penalty=0.0)
    states, condition, p = torch.rand(4, 2), torch.zeros(4, 1), torch.tensor([0.1, 0.2, 0.3, 0.4])
    found = adversary.judged(states, condition, 4 * p)
    torch.testing.assert_close(found, (p * softplus(-0.5 * states.sum(1))).sum())
