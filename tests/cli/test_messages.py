# ruff: noqa: E501
"""Plausible mistakes, and the whole message that each is answered with: the user's words, no parser's or Python's."""

import pytest

from qgen.cli import main

MISTAKES = {
    "evalute": "evalute: no such verb (did you mean 'evaluate'?); there are data, generators, fit, sample, evaluate, compare, report, circuits, completion",
    "fit": "fit: expected GENERATOR, found nothing; see qgen fit --help",
    "fit qgan --seed x": "--seed: expected a whole number >= 0, found 'x'",
    "fit qgan --seed -1": "--seed: expected a whole number >= 0, found '-1'",
    "fit qgan --seed 1.5": "--seed: expected a whole number >= 0, found '1.5'",
    "fit qgan --seeds 3": "--seeds: no such flag (did you mean '--seed'?); see qgen fit --help",
    "fit qgan qcbm": "qcbm: not expected here: a flag is missing before it; see qgen fit --help",
    "fit qgan --budget ful": "--budget: expected one of quick, standard, full, found 'ful' (did you mean 'full'?)",
    "fit qgan --stream maybe": "--stream: expected true or false, found 'maybe'",
    "fit qgan --out": "--out: expected a value after it, found nothing",
    "compare --generator qgan": "--generator: no such flag (did you mean '--generators'?); see qgen compare --help",
    "compare --generators": "--generators: expected a list of words after it, found nothing",
    "compare --budget ful": "--budget: expected one of quick, standard, full, found 'ful' (did you mean 'full'?)",
    "compare --seeds x": "--seeds: expected how many, as in 3, or which, as in 3,7,8, found 'x'",
    "compare --seeds 1.5": "--seeds: expected how many, as in 3, or which, as in 3,7,8, found '1.5'",
    "compare --seeds 3,3": "seeds: expected different ones >= 0, and no folds, found 3, 3",
    "data convert clic/e- x.hdf5 --stop -5": "--stop: expected a whole number >= 0, found '-5'",
    "data convert clic/e- x.json": "x.json: expected the name of a file that ends in .hdf5 or .h5",
    "completion fish": "SHELL: expected one of bash, zsh",
    "compare --controls maybe": "--controls: expected true or false, found 'maybe'",
    "compare --folds two": "--folds: expected a whole number, found 'two'",
    "compare --style atlass": "--style: expected one of plain, atlas, cms, found 'atlass' (did you mean 'atlas'?)",
    "compare --split_seed -1": "--split_seed: expected a whole number >= 0, found '-1'",
    "compare qgan": "qgan: not expected here: several words follow a flag, as in --generators qgan; see qgen compare --help",
    "sample": "sample: expected RUN, found nothing; see qgen sample --help",
    "sample nowhere --energies": "--energies: expected text after it, found nothing",
    "sample nowhere --energy abc": "--energy: expected a number, found 'abc'",
    "sample nowhere --stop -5": "--stop: no such flag; see qgen sample --help",
    "evaluate calogan/e+": "evaluate: expected GENERATED, found nothing; see qgen evaluate --help",
    "evaluate": "evaluate: expected REFERENCE and GENERATED, found nothing; see qgen evaluate --help",
    "evaluate calogan/e+ calogan/gamma --metric auc": "--metric: no such flag (did you mean '--metrics'?); see qgen evaluate --help",
    "evaluate calogan/e+ calogan/gamma --seed x": "--seed: expected a whole number >= 0, found 'x'",
    "report": "report: expected RUNS, found nothing; see qgen report --help",
    "report ev.json": "ev.json: expected the folder of a comparison or of a run of it, found nothing",
    "report a b": "report: expected one folder or --out, found 2 folders",
    "data": "data: expected one of list, describe, convert after it, found nothing",
    "data describ clic/e-": "describ: no such verb (did you mean 'describe'?); there are list, describe, convert",
    "data describe": "data describe: expected SOURCE, found nothing; see qgen data describe --help",
    "data convert clic/e-": "data convert: expected TARGET, found nothing; see qgen data convert --help",
    "data convert clic/e- x.hdf5 --stop x": "--stop: expected a whole number >= 0, found 'x'",
    "generators": "generators: expected one of list, show after it, found nothing",
    "generators lst": "lst: no such verb (did you mean 'list'?); there are list, show",
    "generators show": "generators show: expected GENERATOR, found nothing; see qgen generators show --help",
    "circuits": "circuits: expected one of list, show, cost, screen, export after it, found nothing",
    "circuits list --n_qubits x": "--n_qubits: expected a whole number, found 'x'",
    "circuits show": "circuits show: expected CIRCUIT, found nothing; see qgen circuits show --help",
    "circuits cost circuits/line --seeds -2": "--seeds: expected a whole number >= 0, found '-2'",
    "circuits screen --n_qubits a": "--n_qubits: expected a list of whole numbers, found 'a'",
    "circuits screen --loss z1": "--loss: expected one of z0, global, mmd, found 'z1'",
    "--verson": "--verson: no such flag (did you mean '--version'?); see qgen --help",
    "help": "help: no such verb; there are data, generators, fit, sample, evaluate, compare, report, circuits, completion",
    "list": "list: no such verb; there are data, generators, fit, sample, evaluate, compare, report, circuits, completion",
    "fit qvae:partitions=16,32": "qvae:partitions=16,32: expected options as name=value, found '32'; lists stand in brackets, as in name=[1,2]",
    "fit qgan:depth=0": "QGAN: expected depth to be a whole number >= 1, found 0",
    "fit qgan:depth=x": "QGAN: expected depth to be a whole number >= 1, found 'x'",
    "fit qgan:mode=stile": "QGAN: expected a mode of probability, style, ancilla, dual, angle, patch, perceptron, found 'stile' (did you mean 'style'?)",
    "sample nowhere": "nowhere: expected the folder of a saved generator, found no config.yaml in it",
    "data describe nowhere.hdf5": "nowhere.hdf5: no such file, and no such embedded sample (calogan/e+, calogan/gamma, calogan/pi+, calochallenge/2, clic/e-)",
    "compare --seeds 0": "expected seeds >= 1, found 0",
    "compare --representation image9x9 --generators classical/mean_image": "representation: expected one of depth3, image8x8, native, profile (profile<n> with n from 1 to 1000), found 'image9x9'",
    "compare --folds 3 --sealed true": "expected one of --test, --folds and --sealed, found --folds and --sealed",
    "fit qgan --sealed maybe": "--sealed: expected true or false, found 'maybe'",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_mistakes_are_told_in_the_users_words(typed, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(typed.split()) == 2
    assert capsys.readouterr().err == f"qgen: {MISTAKES[typed]}\n"
    assert not list(tmp_path.iterdir())


def test_a_missing_file_of_flags(capsys, tmp_path):
    assert main(["compare", "--config", str(tmp_path / "no.yaml")]) == 2
    assert capsys.readouterr().err == f"qgen: --config: {tmp_path}/no.yaml: no such file, or no YAML of flags\n"
