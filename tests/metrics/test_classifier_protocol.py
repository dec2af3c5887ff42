import logging

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

import qgen
from qgen.files import InputError
from qgen.metrics import classifier_protocol
from qgen.metrics.classifier_protocol import _BestEpoch, _Classifier, _splits
from qgen.observables import classifier_inputs
from qgen.representations import represent

SMALL = {"n_hidden": 32, "n_epochs": 12, "batch_size": 100, "learning_rate": 2e-3, "n_seeds": 3}


@pytest.fixture
def rng():
    return np.random.default_rng(53)


def divergence(shift):
    """Jensen-Shannon divergence of two unit Gaussians [bit], by quadrature."""

    def integrand(t):
        p, q = norm.pdf(t), norm.pdf(t - shift)
        return sum(f * np.log2(2 * f / (p + q)) / 2 for f in (p, q) if f > 0)

    return quad(integrand, -12, 12 + shift)[0]


def test_between_gaussians(rng):
    # Two unit Gaussians 1.5 apart: the best possible AUC is Phi(1.5 / sqrt 2) = 0.856, JSD 0.356.
    x, y = rng.normal(size=(3000, 2)), rng.normal([1.5, 0], 1, size=(3000, 2))
    found = classifier_protocol(x, y, **SMALL)
    assert found.auc == pytest.approx(norm.cdf(1.5 / np.sqrt(2)), abs=0.02)
    assert found.jsd == pytest.approx(divergence(1.5), abs=0.04)
    assert found.auc == pytest.approx(found.auc_per_seed.mean())
    assert found.jsd_error == pytest.approx(found.jsd_per_seed.std(ddof=1))
    assert found.auc_per_seed.shape == found.jsd_per_seed.shape == (3,)
    assert 0 < found.auc_error < 0.02


def test_extreme_cases(rng):
    x = rng.normal(size=(400, 3))
    apart = classifier_protocol(x, x + 50, **SMALL)
    np.testing.assert_array_equal(apart.auc_per_seed, 1)
    # at best that of probabilities clipped at 1e-6; a score in the gap between the classes is interpolated
    best = 1 + np.log2(1 - 1e-6)
    assert apart.jsd_per_seed.max() == pytest.approx(best, rel=1e-9)
    assert apart.jsd_per_seed.min() > 0.999
    same = classifier_protocol(rng.normal(size=(1000, 3)), rng.normal(size=(1000, 3)), **SMALL)
    assert same.auc == pytest.approx(0.5, abs=0.06)
    assert same.jsd == pytest.approx(0, abs=0.03)
    constant = classifier_protocol(np.ones((60, 2)), np.ones((60, 2)), **SMALL)
    assert constant[:4] == pytest.approx((0.5, 0, 0, 0), abs=1e-12)


def test_one_seed_gives_one_result(rng, caplog):
    x, y = rng.normal(size=(120, 2)), rng.normal(0.5, 1, size=(150, 2))
    before = torch.get_rng_state()
    with caplog.at_level(logging.INFO):
        first, again, other = (classifier_protocol(x, y, **SMALL, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(first.auc_per_seed, again.auc_per_seed)
    np.testing.assert_array_equal(first.jsd_per_seed, again.jsd_per_seed)
    assert len({*first.auc_per_seed, *other.auc_per_seed}) > 3


def test_splits(rng):
    x, y = np.arange(50.0)[:, None], 100 + np.arange(37.0)[:, None]
    parts = _splits(x, y, rng)
    assert [len(part["label"]) for part in parts] == [2 * 22, 2 * 7, 2 * 8]  # 60 and 80 % of the smaller sample
    values = torch.cat([part["inputs"] for part in parts])[:, 0].numpy()
    labels = torch.cat([part["label"] for part in parts]).numpy()
    np.testing.assert_array_equal(labels, values < 100)  # 1 is the reference
    assert len(set(values)) == 74  # no shower in two splits
    for part in parts:
        assert part["label"].mean() == 0.5


def test_the_best_epoch_is_the_first_of_the_best(rng):
    """An accuracy that rises, falls and comes back: the weights of the first best epoch are kept."""
    x, y = rng.normal(size=(60, 1)), rng.normal(0.5, 1, size=(60, 1))
    _, choice, _ = _splits(x, y, rng)
    classifier = _Classifier([1, 4, 1], 1e-3)
    keep = _BestEpoch(classifier, choice)
    wrong = iter([0.4, 0.2, 0.3, 0.2])
    classifier.score = lambda data, generator: next(wrong)
    for epoch in range(4):
        with torch.no_grad():
            classifier.net[-1].bias.fill_(epoch)
        keep(epoch, {})
    assert keep.state["net.2.bias"] == 1


def test_score_is_the_share_of_wrong_answers():
    classifier = _Classifier([1, 1], 1e-3)
    with torch.no_grad():
        classifier.net[0].weight.fill_(2.0)
        classifier.net[0].bias.fill_(0.0)
    data = {"inputs": torch.tensor([[1.0], [2.0], [-1.0], [3.0]]), "label": torch.tensor([1.0, 1.0, 1.0, 0.0])}
    assert classifier.score(data, torch.Generator()) == 0.5
    np.testing.assert_allclose(
        classifier.probability(data), 1 / (1 + np.exp(-2.0 * np.array([1, 2, -1, 3]))), rtol=1e-6
    )


@pytest.mark.slow
def test_published_size():
    """Three hidden layers of 2048 on the inputs of 8x8 showers: equal halves cannot be told, a wrong scale can."""
    showers = represent(qgen.load("clic/e-", stop=2000), "image8x8")
    first, second = showers.split(0.5, seed=0)
    for level in ("low", "low_normalised", "high"):
        x, y = (classifier_inputs(half, level) for half in (first, second))
        assert classifier_protocol(x, y, n_seeds=2, n_epochs=5).auc == pytest.approx(0.5, abs=0.08)
        assert classifier_protocol(x, 1.5 * y, n_seeds=2, n_epochs=5).auc > 0.9


def test_bad_input(rng):
    x = rng.normal(size=(20, 2))
    with pytest.raises(InputError, match="n_seeds >= 2, found 1"):
        classifier_protocol(x, x, n_seeds=1)
    with pytest.raises(InputError, match="n_epochs >= 1, found 0"):
        classifier_protocol(x, x, n_epochs=0)
    with pytest.raises(InputError, match="batch_size"):
        classifier_protocol(x, x, batch_size=0)
    with pytest.raises(InputError, match="generated: expected at least 5 rows, found 4"):
        classifier_protocol(x, x[:4])
