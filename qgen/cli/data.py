"""`qgen data`: look at showers and convert them."""

from pathlib import Path
from typing import Any

from jsonargparse.typing import NonNegativeInt

from qgen.cli.shown import shown
from qgen.cli.trust import with_trust
from qgen.files import require_new

HDF5 = (".hdf5", ".h5")
"""Suffixes of what is written."""


def list_samples() -> None:
    """List the embedded samples of GEANT4 showers, and the public datasets with where to get them."""
    from qgen import datasets

    print(datasets.catalogue())


@with_trust
def describe(source: str, layout: str | None = None, binning: Path | None = None, plot: Path | None = None) -> None:
    """Describe showers: geometry, energies, response, occupancy.

    Args:
        source: an embedded sample (see `qgen data list`) or an HDF5 file.
        layout: layout of the file, where it cannot be told from its content.
        binning: binning XML of CaloChallenge dataset 1.
        plot: write figures of the mean shower per layer and the energy histograms to this folder.
    """
    from qgen import datasets
    from qgen.report.figures import energies, mean_shower
    from qgen.report.plots import plot as drawn
    from qgen.report.plots import save

    showers = datasets.load(source, layout=layout, binning=binning)
    print(shown(datasets.describe(showers)))
    if plot is not None:
        for path in save(plot, drawn(mean_shower, showers), drawn(energies, showers)):
            print(path)


@with_trust
def convert(
    source: str,
    target: Path,
    layout: str | None = None,
    to: str | None = None,
    binning: Path | None = None,
    representation: str = "native",
    start: NonNegativeInt | None = None,
    stop: NonNegativeInt | None = None,
    force: bool = False,
) -> None:
    """Convert showers to another layout or representation.

    Args:
        source: an embedded sample or an HDF5 file.
        target: HDF5 file to write.
        layout: layout of the source, where it cannot be told from its content.
        to: layout of the target; by default the public layout of its geometry.
        binning: binning XML of CaloChallenge dataset 1.
        representation: native, image8x8, profile<n> or depth3.
        start: first shower.
        stop: shower after the last.
        force: overwrite a file that is there.
    """
    from qgen import datasets
    from qgen.representations import represent

    require_new(target, HDF5, force=force)
    showers = datasets.load(source, layout=layout, binning=binning, start=start, stop=stop)
    datasets.save(represent(showers, representation), target, layout=to)
    print(f"{target}: {len(showers)} showers")


VERBS: dict[str, Any] = {
    "list": list_samples,
    "describe": describe,
    "convert": convert,
    "_help": "Look at and convert data.",
}
