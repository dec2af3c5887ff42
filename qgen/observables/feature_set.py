"""Which feature set showers are scored on: the geometry and the size of the reference decide.

`features.py` says what is in each set.
"""

from qgen.geometry import Geometry

__all__ = ["feature_set"]

ROWS_PER_FEATURE = 5
"""The published vector needs N >= 5 D showers for its D x D covariance."""


def feature_set(geometry: Geometry, *, n_reference: int) -> str:
    """The name of the feature set on which showers of a geometry are scored.

    Args:
        geometry: of the showers, in their representation.
        n_reference: number of reference showers N.

    Returns:
        "image", "calogan", "calochallenge", "groups" or "pixels", as `features.py` lists them.
    """
    if geometry.representation == "image8x8":
        return "image"
    if geometry.representation != "native":
        return "pixels"
    axes = geometry.layers[0].axes
    if axes == ("phi", "eta"):
        return "calogan"
    if axes == ("angle", "r") and n_reference >= ROWS_PER_FEATURE * _n_published(geometry):
        return "calochallenge"
    return "groups"


def _n_published(geometry: Geometry) -> int:
    """Length D of the published vector: E_inc, E_tot, four values per layer, four more if divided in angle."""
    divided = sum(layer.shape[0] > 1 for layer in geometry.layers)
    return 2 + 4 * len(geometry.layers) + 4 * divided
