"""Metrics: (reference, generated) -> a value, with an error where the metric has its own. One metric per file."""

from qgen.metrics.classifier_auc import classifier_auc
from qgen.metrics.correlation_distance import correlation_distance
from qgen.metrics.fpd import fpd
from qgen.metrics.frechet_distance import frechet_distance
from qgen.metrics.kpd import kpd
from qgen.metrics.mean_profile_mse import mean_profile_mse
from qgen.metrics.quantile_edges import quantile_edges
from qgen.metrics.relative_entropy import relative_entropy
from qgen.metrics.resolution_shift import resolution_shift
from qgen.metrics.response_in_bins import response_in_bins
from qgen.metrics.response_shift import response_shift
from qgen.metrics.separation_power import separation_power
from qgen.metrics.sliced_wasserstein import sliced_wasserstein

__all__ = [
    "classifier_auc",
    "correlation_distance",
    "fpd",
    "frechet_distance",
    "kpd",
    "mean_profile_mse",
    "quantile_edges",
    "relative_entropy",
    "resolution_shift",
    "response_in_bins",
    "response_shift",
    "separation_power",
    "sliced_wasserstein",
]
