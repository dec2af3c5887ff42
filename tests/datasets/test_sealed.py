"""The sealed part of the embedded samples."""

import hashlib
import struct

import numpy as np
import pytest

import qgen
from qgen.datasets import SEALED, digests, is_embedded, open_part, sealed
from qgen.datasets.registry import SAMPLES


def test_a_shower_is_sealed_by_the_hash_of_its_bytes():
    """The slow twin: every number packed by hand."""
    few = qgen.load("clic/e-", stop=40)
    for digest, energy, row in zip(digests(few), few.incident_energy, few.voxels, strict=True):
        content = struct.pack(f"<{len(row)}f", *row) + struct.pack("<d", energy)
        assert int(digest) == int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
    np.testing.assert_array_equal(sealed(few), [int(d) / 2**64 < 0.15 for d in digests(few)])


@pytest.mark.parametrize("name", SAMPLES)
def test_15_percent_of_every_sample_whatever_its_order(name):
    """Within four standard deviations of a binomial; a shower stays on its side in any order, and alone."""
    showers = qgen.load(name)
    closed = sealed(showers)
    assert abs(closed.mean() - SEALED) < 4 * np.sqrt(SEALED * (1 - SEALED) / len(showers))
    order = np.random.default_rng(0).permutation(len(showers))
    np.testing.assert_array_equal(sealed(showers.select(order)), closed[order])
    np.testing.assert_array_equal(sealed(showers.select(slice(7, 8))), closed[7:8])
    assert not np.isin(digests(showers.select(closed)), digests(open_part(name))).any()
    assert len(open_part(name)) == np.count_nonzero(~closed)


def test_the_sealed_part_looks_like_the_rest():
    """Kolmogorov and Smirnov's distance of the energies and of the responses is that of a random part."""
    from scipy.stats import ks_2samp

    showers = qgen.load("calogan/e+")
    closed = sealed(showers)
    for values in (showers.incident_energy, showers.total_energy / showers.incident_energy):
        assert ks_2samp(values[closed], values[~closed]).pvalue > 0.01


def test_a_sample_is_known_by_its_path_and_a_file_of_ones_own_is_open(tmp_path):
    assert is_embedded("clic/e-")
    assert is_embedded(SAMPLES["clic/e-"])
    qgen.save(qgen.load("clic/e-", stop=100), tmp_path / "mine.hdf5")
    assert not is_embedded(tmp_path / "mine.hdf5")
    assert len(open_part(tmp_path / "mine.hdf5")) == 100
    assert len(open_part(SAMPLES["clic/e-"])) == len(open_part("clic/e-")) < len(qgen.load("clic/e-"))
