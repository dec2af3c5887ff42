"""Showers matched in energy: the nearest, each once, rescaled."""

from dataclasses import replace

import numpy as np
import pytest

import qgen
from qgen.evaluation.matching import matched, nearest_once, rescaled
from qgen.files import InputError


def test_each_wanted_value_gets_the_nearest_that_is_left():
    given = [5.0, 1.0, 2.0, 9.0]
    assert nearest_once(given, [2.1, 2.2, 100.0, -3.0]).tolist() == [2, 1, 3, 0]


def test_matched_showers_are_others_at_the_wanted_energies():
    showers = qgen.load("calogan/e+", stop=900)
    test, others = showers.select(slice(300)), showers.select(slice(300, 900))
    twins = matched(others, test.incident_energy)
    np.testing.assert_array_equal(twins.incident_energy, test.incident_energy)
    index = nearest_once(np.log(others.incident_energy), np.log(test.incident_energy))
    assert len(set(index.tolist())) == len(test)
    ratio = test.incident_energy / others.incident_energy[index]
    np.testing.assert_allclose(twins.total_energy, others.total_energy[index] * ratio, rtol=1e-5)
    assert np.median(np.abs(np.log(ratio))) < 2e-3


def test_where_there_are_too_few_each_is_used_about_equally_often():
    assert np.bincount(nearest_once([1.0, 2.0], [1.0, 1.1, 2.0, 1.2])).tolist() == [2, 2]
    assert np.bincount(nearest_once([1.0, 2.0], [1.0, 1.1, 1.2])).tolist() == [2, 1]
    with pytest.raises(InputError, match="given: expected at least 1 rows, found 0"):
        nearest_once([], [1.0])


def test_what_32_bits_do_not_hold_is_told_and_no_warning():
    showers = qgen.load("clic/e-", stop=2)
    with pytest.raises(InputError, match=r"voxels: expected at most 3.4e\+38 MeV, rescaled .*, found .*e\+4\d MeV"):
        rescaled(replace(showers, voxels=showers.voxels * np.float32(1e33)), showers.incident_energy * 1e10)
