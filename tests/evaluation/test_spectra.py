"""Spectra that differ are told or refused, and one spectrum is not (fault: AUC 0.9998 without a word)."""

import warnings

import numpy as np
import pytest

import qgen
from qgen.evaluation import Evaluation, Spectra, SpectraWarning, evaluate
from qgen.evaluation.spectra import WARN
from qgen.files import InputError
from qgen.representations import represent


@pytest.fixture(scope="module")
def showers():
    return represent(qgen.load("clic/e-", stop=900), "image8x8")


def test_low_against_high_energies_are_refused(showers):
    by_energy = showers.select(np.argsort(showers.incident_energy))
    low, high = by_energy.select(slice(400)), by_energy.select(slice(500, 900))
    with pytest.raises(InputError, match=r"differ: 2.* MeV against .*distance 1.000 .*allow_different_energies"):
        evaluate(low, high, metrics=["fpd"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = evaluate(low, high, metrics=["fpd"], allow_different_energies=True)
    assert any(w.category is SpectraWarning for w in caught)
    assert "warning: incident energies of reference and generated showers differ" in result.table()
    assert Evaluation.from_dict(result.to_dict()) == result


def test_a_slight_difference_is_told(showers):
    low = showers.incident_energy < np.median(showers.incident_energy)
    tilted = showers.select(np.concatenate([np.flatnonzero(low)[:200], np.flatnonzero(~low)[:280]]))
    other = showers.select(np.concatenate([np.flatnonzero(low)[200:440], np.flatnonzero(~low)[280:440]]))
    with pytest.warns(SpectraWarning, match="Kolmogorov-Smirnov distance"):
        assert evaluate(tilted, other, metrics=["relative_entropy"]).spectra.note


def test_one_spectrum_is_nearly_never_called_different():
    rng = np.random.default_rng(0)
    samples = rng.uniform(1e3, 1e5, (2000, 2, 300))
    told = [bool(Spectra.of(*pair).note) for pair in samples]
    assert np.mean(told) <= 4 * WARN
