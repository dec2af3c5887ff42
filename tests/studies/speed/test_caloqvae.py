"""Values and last line of the speed of a CaloQVAE."""

import json

import pytest

import qgen
from qgen.files import InputError


def test_speed_of_caloqvae(find, capsys, tmp_path):
    """The last line is JSON; the peers give the same, and a model that was trained elsewhere is taken as it is."""
    showers = qgen.load("calogan/e+", stop=60)
    model = qgen.CaloQVAE(representation="native", partitions=(4, 6, 6), width=8, epochs=1, n_chains=20)
    model.fit(showers, seed=0).save(tmp_path)
    find("speed/caloqvae")(tmp_path, quick=True, repetitions=2)
    *_, last = capsys.readouterr().out.splitlines()
    content = json.loads(last)
    prior, decoder = content["cases"]
    assert (content["layout"], content["nodes"], content["held"], content["couplings"]) == ("calogan", 16, 4, 84)
    assert content["converged"]
    # Couplings of an untrained prior are small: one sweep from random spins leaves next to nothing.
    assert content["sweeps"] == 1
    assert prior["largest_z"] < 5
    assert decoder["max_abs_difference"] < 1e-4
    for case in (prior, decoder):
        assert case["ratio"] == pytest.approx(case["peer_s"] / case["ours_s"])
    assert list(content["ms_per_shower"]) == ["end_to_end", "prior", "decoder"]
    assert list(content["ms_per_shower"]["prior"]) == ["1", "100", "1000"]


def test_speed_of_caloqvae_needs_a_boltzmann_prior(find, tmp_path):
    qgen.CaloQVAE(representation="native", prior="normal", partitions=(4, 6), width=8, epochs=1).fit(
        qgen.load("calogan/e+", stop=60), seed=0
    ).save(tmp_path)
    with pytest.raises(InputError, match="expected a CaloQVAE with a conditioned Boltzmann prior"):
        find("speed/caloqvae")(tmp_path)
    with pytest.raises(InputError, match="expected at least 1, found 0"):
        find("speed/caloqvae")(repetitions=0)
