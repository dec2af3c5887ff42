"""Weighted blocks against the metrics themselves: unit weights, repeated showers, and a stream of a file."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from qgen import datasets, metrics
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.sharing import Shares
from qgen.evaluation.tally import n_blocks, tally
from qgen.files import InputError
from qgen.metrics import built_in
from qgen.metrics.classifier_auc import held_out_scores
from qgen.metrics.slices import N_SLICES
from qgen.metrics.weights import Pool, Weighings
from qgen.observables import features, response
from qgen.observables.views import correlated, grid
from qgen.representations import represent
from qgen.showers import Showers, concatenate

CASES = {"clic/e-": "image8x8", "calogan/e+": "native", "calochallenge/2": "native"}


@pytest.fixture(scope="module", params=CASES, ids=list(CASES))
def case(request) -> tuple[Showers, Showers, Ruler, str]:
    representation = CASES[request.param]
    showers = represent(datasets.load(request.param, stop=420), representation)
    reference, generated = showers.select(slice(0, 220)), showers.select(slice(220, None))
    generated = replace(generated, voxels=1.1 * generated.voxels**1.02)
    return reference, generated, Ruler.of(reference, showers), representation


def blocks_of(source, ruler: Ruler, representation: str, seed: int = 0):
    return tally([(source, Shares.of_sample(len(source), n_blocks(ruler), seed))], ruler, representation)


def separation(reference: Showers, generated: Showers, ruler: Ruler) -> float:
    """Mean over energy bins and features."""
    (x, energy), (y, other) = (
        (features(s, ruler.feature_set)[0], ruler.bin_within(s.incident_energy)) for s in (reference, generated)
    )
    return np.mean(
        [
            metrics.separation_power(x[energy == k, i], y[other == k, i], edges)
            for k, of_bin in enumerate(ruler.all_edges)
            for i, edges in enumerate(of_bin)
        ]
    )


def direct(reference: Showers, generated: Showers, ruler: Ruler) -> dict[str, float]:
    """The metrics of the two samples as `qgen.metrics` gives them."""
    x, y = (features(showers, ruler.feature_set)[0] for showers in (reference, generated))
    scale = np.abs(x).max(axis=0)
    scale[scale == 0] = 1
    cells = [correlated(s) for s in (reference, generated)]
    tables = [
        metrics.response_in_bins(response(s), s.incident_energy, ruler.energy_edges) for s in (reference, generated)
    ]
    profiles = (grid(s.geometry, s.voxels)[1] for s in (reference, generated))
    kernel = lambda p, q: np.mean((p / scale @ (q / scale).T / p.shape[1] + 1) ** 4)  # noqa: E731
    slices = {"rng": np.random.default_rng(0), "n_slices": N_SLICES}
    return {
        "fpd": metrics.frechet_distance(x / scale, y / scale),
        "separation": separation(reference, generated, ruler),
        "kpd": kernel(x, x) + kernel(y, y) - 2 * kernel(x, y),
        "mmd": metrics.multiscale_mmd(x, y),
        "sliced_wasserstein": metrics.sliced_wasserstein(x, y, **slices),
        "sliced_ks": metrics.sliced_kolmogorov_smirnov(x, y, **{**slices, "rng": np.random.default_rng(0)}),
        "correlation": metrics.correlation_distance(*cells),
        "profile_mse": metrics.mean_profile_mse(*profiles).mean(),
        "relative_entropy": metrics.relative_entropy(reference.voxels, generated.voxels),
        "response": np.mean(np.abs(tables[1].response / tables[0].response - 1)),
        "resolution": np.mean(np.abs(tables[1].resolution / tables[0].resolution - 1)),
    }


def sides(n_blocks: int) -> tuple[np.ndarray, np.ndarray]:
    first = np.repeat([[1.0, 0.0]], n_blocks, axis=1)
    return first, 1 - first


FORMS = {metric.key: metric.weighted for metric in built_in() if metric.weighted}


def test_unit_weights_give_the_metrics(case):
    reference, generated, ruler, representation = case
    x, y = (blocks_of(showers, ruler, representation) for showers in (reference, generated))
    whole, expected = Weighings(Pool(x, y, 0), *sides(x.n_blocks)), direct(reference, generated, ruler)
    assert FORMS.keys() == expected.keys() | {"auc"}
    for name, value in expected.items():
        found = FORMS[name].values(whole)
        assert found.shape == (1,)
        assert found[0] == pytest.approx(value, rel=1e-7, abs=1e-12), name


def test_weights_repeat_showers(case):
    """Blocks that count twice or not at all are showers that are there twice or not at all."""
    reference, generated, ruler, representation = case
    x, y = (blocks_of(showers, ruler, representation) for showers in (reference, generated))
    rng = np.random.default_rng(3)
    a, b = (rng.integers(0, 3, size=x.n_blocks).astype(float) for _ in range(2))
    none = np.zeros(x.n_blocks)
    weights = np.append(a, none), np.append(none, b)
    several = (np.vstack([one, two]) for one, two in zip(sides(x.n_blocks), weights, strict=True))
    weighings = Weighings(Pool(x, y, 0), *several)
    repeated = [
        s.select(np.repeat(np.arange(len(s)), w[t.row_blocks].astype(int)))
        for s, t, w in ((reference, x, a), (generated, y, b))
    ]
    expected = direct(*repeated, ruler)
    for name in ("separation", "correlation", "profile_mse", "relative_entropy", "response", "resolution"):
        assert FORMS[name].values(weighings)[1] == pytest.approx(expected[name], rel=1e-6), name


def test_a_stream_is_tallied_like_memory(tmp_path):
    showers = datasets.load("calogan/e+", stop=300)
    datasets.save(showers, tmp_path / "a.hdf5")
    ruler = Ruler.of(showers, showers)
    whole = blocks_of(datasets.load(tmp_path / "a.hdf5"), ruler, "native", 4)
    parts = blocks_of(datasets.stream(tmp_path / "a.hdf5", batch_size=70), ruler, "native", 4)
    np.testing.assert_array_equal(whole.row_blocks, parts.row_blocks)
    np.testing.assert_array_equal(whole.rows, parts.rows)
    np.testing.assert_array_equal(whole.features.counts, parts.features.counts)
    for name in ("sums", "products"):
        np.testing.assert_allclose(
            getattr(whole.features.moments, name), getattr(parts.features.moments, name), rtol=1e-9, atol=1e-6
        )
    np.testing.assert_allclose(whole.voxels, parts.voxels, rtol=1e-9)
    np.testing.assert_allclose(whole.responses, parts.responses, rtol=1e-9)
    assert whole.voxels.sum() == pytest.approx(showers.total_energy.sum(), rel=1e-7)


def test_rows_are_limited_and_random(monkeypatch):
    monkeypatch.setattr("qgen.evaluation.tally.N_KEPT", 50)
    showers = represent(datasets.load("clic/e-", stop=300), "image8x8")
    ruler = Ruler.of(showers, showers)
    blocks = blocks_of(showers, ruler, "image8x8")
    all_rows, _ = features(showers, ruler.feature_set)
    place = [int(np.flatnonzero((all_rows == row).all(axis=1))[0]) for row in blocks.rows]
    assert len(place) == 50
    assert place == sorted(place)
    assert max(np.diff(place)) > 1
    np.testing.assert_array_equal(blocks.row_energy, showers.incident_energy[place])
    assert len(blocks) == 300


def test_areas_of_resamples(case):
    """With unit weights the light classifier's AUC; with others what scikit-learn makes of them, fold by fold."""
    reference, generated, ruler, representation = case
    x, y = (blocks_of(showers, ruler, representation) for showers in (reference, generated))
    pool, areas = Pool(x, y, 0), FORMS["auc"].values
    given = x.row_numbers % 5, y.row_numbers % 5
    assert areas(Weighings(pool, *sides(x.n_blocks))) == pytest.approx(
        metrics.classifier_auc(x.rows, y.rows, folds=given)[0], rel=1e-12
    )
    scores, labels, folds = held_out_scores(x.rows, y.rows, folds=given)
    rng = np.random.default_rng(1)
    a, b = rng.random((2, x.n_blocks))
    weights = np.concatenate([a[x.row_blocks], b[y.row_blocks]])
    none = np.zeros(x.n_blocks)
    expected = [
        roc_auc_score(labels[folds == k], scores[folds == k], sample_weight=weights[folds == k]) for k in range(5)
    ]
    weighted = Weighings(pool, np.append(a, none)[None], np.append(none, b)[None])
    assert areas(weighted) == pytest.approx(np.mean(expected), rel=1e-12)
    chosen = np.arange(len(labels)) % 2 == 0
    pairs = [
        (p < q) + (p == q) / 2
        for k in range(5)
        for p in scores[chosen & (folds == k) & (labels == 0)]
        for q in scores[chosen & (folds == k) & (labels == 1)]
    ]
    assert areas(Weighings(pool.only(chosen), *sides(x.n_blocks))) == pytest.approx(np.mean(pairs), rel=1e-12)


def test_what_cannot_be_computed_has_a_reason():
    """A pair of samples alone says why; among several it is nan."""
    showers = represent(datasets.load("clic/e-", stop=120), "image8x8")
    empty = Showers(np.zeros_like(showers.voxels), showers.incident_energy, showers.geometry)
    ruler = Ruler.of(showers, showers)
    x, y = (blocks_of(s, ruler, "image8x8") for s in (showers, empty))
    pool, (first, second) = Pool(x, y, 0), sides(x.n_blocks)
    whole = Weighings(pool, first, second)
    with pytest.raises(InputError, match="generated"):
        FORMS["relative_entropy"].values(whole)
    twice = Weighings(pool, np.vstack([first, first]), np.vstack([second, first]))
    np.testing.assert_array_equal(FORMS["relative_entropy"].values(twice), [np.nan, 0])
    assert FORMS["response"].values(whole)[0] == pytest.approx(1)
    others = set(FORMS) - {"relative_entropy", "resolution"}
    assert np.isfinite([FORMS[name].values(whole) for name in others]).all()


def test_two_samples_side_by_side(case):
    reference, generated, ruler, representation = case
    x, y = (blocks_of(showers, ruler, representation) for showers in (reference, generated))
    both = Pool(x, y, 0).features.moments
    rows, _ = features(concatenate([reference, generated]), ruler.feature_set)
    mu, sigma = both.gaussian(np.ones(x.n_blocks + y.n_blocks))
    np.testing.assert_allclose(mu, rows.mean(axis=0), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sigma, np.cov(rows.T), rtol=1e-6, atol=1e-9)


def test_what_metrics_share_is_made_once(case):
    """For a pool and its energy bins together, and for weighings."""
    reference, generated, ruler, representation = case
    x, y = (blocks_of(showers, ruler, representation) for showers in (reference, generated))
    pool = Pool(x, y, 0)
    weighings = Weighings(pool, *sides(x.n_blocks))
    calls = []

    def make(given):
        calls.append(given)
        return len(calls)

    part = pool.only(np.ones(len(x.rows) + len(y.rows), dtype=bool))
    assert [shared.once(make) for shared in (pool, part, weighings, weighings)] == [1, 1, 2, 2]
