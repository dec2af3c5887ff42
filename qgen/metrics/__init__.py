"""Metrics: (reference, generated) -> a value, with an error where the metric has its own. One metric per file.

A file also declares how the harness scores its metric (`scored`); the folder is the registry of what is scored.
"""

from qgen.metrics.classifier_auc import classifier_auc
from qgen.metrics.classifier_protocol import classifier_protocol
from qgen.metrics.correlation_distance import correlation_distance, correlation_matrix
from qgen.metrics.declaration import Description, Metric, scored
from qgen.metrics.fpd import fpd
from qgen.metrics.fpd_bootstrap import fpd_bootstrap
from qgen.metrics.frechet_distance import frechet_distance
from qgen.metrics.kpd import kpd
from qgen.metrics.mean_profile_mse import mean_profile_mse
from qgen.metrics.multiscale_mmd import multiscale_mmd
from qgen.metrics.nearest_neighbour_ratio import nearest_neighbour_ratio
from qgen.metrics.particle_cross_test import particle_cross_test
from qgen.metrics.precision_recall import precision_recall
from qgen.metrics.registry import built_in, find
from qgen.metrics.relative_entropy import relative_entropy
from qgen.metrics.resolution_shift import resolution_shift
from qgen.metrics.response_in_bins import response_in_bins
from qgen.metrics.response_shift import response_shift
from qgen.metrics.separation_power import quantile_edges, separation_power
from qgen.metrics.sliced_kolmogorov_smirnov import sliced_kolmogorov_smirnov
from qgen.metrics.sliced_wasserstein import sliced_wasserstein

__all__ = [
    "Description",
    "Metric",
    "built_in",
    "classifier_auc",
    "classifier_protocol",
    "correlation_distance",
    "correlation_matrix",
    "find",
    "fpd",
    "fpd_bootstrap",
    "frechet_distance",
    "kpd",
    "mean_profile_mse",
    "multiscale_mmd",
    "nearest_neighbour_ratio",
    "particle_cross_test",
    "precision_recall",
    "quantile_edges",
    "relative_entropy",
    "resolution_shift",
    "response_in_bins",
    "response_shift",
    "scored",
    "separation_power",
    "sliced_kolmogorov_smirnov",
    "sliced_wasserstein",
]
