"""The `qgen` command: thin verbs over the library.

Exit status 0 on success; 2 on bad usage or bad input, with one line on standard error; 1 where training failed.
"""

import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jsonargparse.typing import NonNegativeInt
from numpy.typing import NDArray
from rich.console import Console

from qgen import __version__
from qgen.cli import circuits, data, generators
from qgen.cli.console import run
from qgen.cli.splits import seeds_asked, with_split
from qgen.cli.trust import with_trust
from qgen.files import InputError, require_new

__all__ = ["compare", "main", "run", "with_split"]


@with_trust
@with_split
def fit(
    generator: str,
    out: Path = Path("runs/fit"),
    dataset: str = "clic/e-",
    representation: str = "image8x8",
    seed: NonNegativeInt = 0,
    budget: Literal["quick", "standard", "full"] = "standard",
    stream: bool = False,
    split: Any = None,
) -> None:
    """Train one generator on 70 % of the open showers of a dataset; the others are kept for scoring. Continues if
    interrupted.

    With --stream the file may be larger than memory, and all of it is learnt from: score against another one.

    Args:
        generator: a name of `qgen generators list`, with options after a colon (qgan:style,depth=4), which
            `qgen fit qgan --help` explains; or your own as module:Class or file.py:Class.
        out: run directory.
        dataset: an embedded sample or an HDF5 file.
        representation: what to learn: native, image8x8, profile<n> or depth3.
        seed: of training.
        budget: quick trains for minutes.
        stream: learn from the whole file, read in parts of 500 showers; for generators that can (qvae).
    """
    from qgen import datasets
    from qgen.comparison.split import TRAIN_FRACTION, USUAL, load_split
    from qgen.comparison.task import Task
    from qgen.comparison.task import fit as fit_task
    from qgen.showers import Showers

    if stream and split != USUAL:
        raise InputError("--stream: a whole file is learnt from; expected none of the flags of splits with it")
    if stream and datasets.is_embedded(dataset):
        raise InputError(f"--stream: expected a file, found the embedded sample {dataset}, part of which is sealed")
    fraction = 1.0 if stream else TRAIN_FRACTION
    task = Task(generator, dataset, representation, seed, budget, train_fraction=fraction, split=split)
    train: Showers | datasets.Stream = (
        datasets.stream(dataset, batch_size=500) if stream else load_split(dataset, representation, split)[0]
    )
    model = fit_task(task, train, out)
    following = f"sample {out}{' --energies FILE' if stream else ''}"
    if not getattr(model, "can_sample", True):  # a circuit too large for samples
        following = f"circuits export {out} ENERGY"
    print(f"{out}: {type(model).__name__} fitted to {len(train)} showers; next: qgen {following}")


@with_trust
def sample(
    run: Path,
    out: Path = Path("samples.hdf5"),
    energies: str | None = None,
    energy: float | None = None,
    n: int = 1000,
    seed: NonNegativeInt = 0,
    force: bool = False,
) -> None:
    """Generate showers with a fitted generator.

    Args:
        run: run directory of `qgen fit`.
        out: HDF5 file to write.
        energies: take the incident energies of this dataset or file; by default those of the showers that
            the run keeps for scoring.
        energy: generate at one incident energy [GeV] instead.
        n: number of showers, with `energy`.
        seed: of sampling.
        force: overwrite a file that is there.
    """
    from qgen import datasets
    from qgen.comparison.runs import task_of
    from qgen.comparison.split import Split, load_split
    from qgen.generators.saved import in_use, load_generator, read_config

    require_new(out, data.HDF5, force=force)
    model = load_generator(run)
    if n < 0:
        raise InputError(f"--n: expected a number of showers >= 0, found {n}")
    incident: NDArray[np.float64]
    if energy is not None:
        incident = np.full(n, energy * 1e3)
    elif energies is not None:
        incident = datasets.load(energies).incident_energy
    else:
        if "task" not in read_config(run):
            raise InputError(f"{run}/config.yaml: expected the entry 'task' of qgen fit; give --energies or --energy")
        task = task_of(run)
        if task.get("train_fraction") == 1.0:
            raise InputError(f"{run}: learnt from all showers of {task['dataset']}; give --energies or --energy")
        incident = load_split(task["dataset"], task["representation"], Split.of(task))[1].incident_energy
    with in_use(run):
        generated = model.sample(incident, seed=seed)
    datasets.save(generated, out)
    print(f"{out}: {len(generated)} showers")


@with_trust
def evaluate(
    reference: str,
    generated: str,
    floor: str | None = None,
    representation: str | None = None,
    metrics: list[str] | None = None,
    classifier: Literal["low", "low_normalised", "high"] | None = None,
    classifier_seeds: int = 5,
    layout: str | None = None,
    binning: Path | None = None,
    allow_different_energies: bool = False,
    out: Path | None = None,
    seed: NonNegativeInt = 0,
    force: bool = False,
) -> None:
    """Score generated showers against GEANT4, with errors, truth floor, z and p.

    Any two files of a public layout, from any generator. They are read in parts, so they may be larger than memory.

    Args:
        reference: GEANT4 showers: an embedded sample or a file.
        generated: generated showers, best for the same incident energies in the same order.
        floor: GEANT4 showers disjoint from the reference, best those that the generator learnt from, for the truth
            floor; else halves of the reference.
        representation: score in this representation, e.g. native, image8x8, depth3; by default that of the file that is
            projected already.
        metrics: which to score, e.g. auc fpd precision, or your own as file.py:function; by default all of qgen's.
        classifier: also run CaloChallenge's classifier (3 x 2048) on these inputs; takes long, and all in memory.
        classifier_seeds: repetitions of it.
        layout: layout of the files, where it cannot be told from their content.
        binning: binning XML of CaloChallenge dataset 1.
        allow_different_energies: score even if the incident energies of the files are not of one spectrum.
        out: JSON file to write.
        seed: of the random parts of the metrics.
        force: overwrite a file that is there.
    """
    from qgen import datasets
    from qgen.evaluation import evaluate as score
    from qgen.evaluation.classifiers import published_classifier

    if classifier is not None and classifier_seeds < 2:
        raise InputError(f"--classifier_seeds: expected at least 2, found {classifier_seeds}")
    if out is not None:
        require_new(out, (".json",), force=force)
    logging.getLogger("qgen.evaluation").setLevel(logging.DEBUG)
    files = {"reference": reference, "generated": generated, "floor": floor}
    sources = {
        name: datasets.stream(file, batch_size=2000, layout=layout, binning=binning)
        for name, file in files.items()
        if file is not None
    }
    ours, theirs = sources["reference"], sources["generated"]
    result = score(
        ours,
        theirs,
        floor_reference=sources.get("floor"),
        representation=representation,
        metrics=metrics,
        allow_different_energies=allow_different_energies,
        seed=seed,
    )
    print(result.table(), flush=True)
    if out is not None:
        result.save(out)
    if classifier is not None:
        of_classifier = published_classifier(
            ours,
            theirs,
            sources.get("floor"),
            representation=result.representation,
            level=classifier,
            n_seeds=classifier_seeds,
            seed=seed,
        )
        result = replace(result, classifiers={classifier: of_classifier})
        print(result.table().splitlines()[-1])
        if out is not None:
            result.save(out)


@with_trust
@with_split
def compare(
    out: Path = Path("runs/compare"),
    dataset: str = "clic/e-",
    generators: list[str] | None = None,
    representation: str = "image8x8",
    budget: Literal["quick", "standard", "full"] = "quick",
    seeds: int | str | None = None,
    metrics: list[str] | None = None,
    style: Literal["plain", "atlas", "cms"] = "plain",
    controls: bool = True,
    split: Any = None,
) -> None:
    """Train and score generators side by side; write scoreboard, figures and page. Continues if interrupted.

    Args:
        out: folder for everything; finished generators in it are not trained again.
        dataset: an embedded sample or an HDF5 file.
        generators: names with options as for `qgen fit`, e.g. qvae qgan:style,depth=4 classical/mean_image; by
            default the quantum families, their ablations and the classical references. What follows an @ is
            changed after the fit: "qvae:graph=zephyr@sampler=samplers/qpu_standin as stand-in"; "as" names the row.
        representation: what is learnt and scored.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's, or the seeds themselves (3,7,8); ranks and p-values
            take 3 or more.
        metrics: which to score and to rank by, e.g. auc fpd kpd, or your own as file.py:function; by default all of
            qgen's. A finished generator that lacks one is scored again, not trained.
        style: of the figures; atlas and cms look alike, without an experiment's label.
        controls: put the controls that must fail below a line of every table; false leaves them out, and is not for
            publication.
    """
    from qgen.comparison import compare as experiment
    from qgen.report.tables import terminal

    names = list(generators or experiment.DEFAULT)
    scoreboard = experiment.compare(
        dataset,
        names,
        out,
        budget=budget,
        seeds=seeds_asked(seeds),
        representation=representation,
        metrics=metrics,
        style=style,
        controls=controls,
        split=split,
    )
    Console(width=None if sys.stdout.isatty() else 160).print(terminal(scoreboard))
    print(f"Everything lies in {out}: report.html, scoreboard.md, scoreboard.tex, tables/, scoreboard.json, figures/")


@with_trust
def report(
    runs: list[Path],
    out: Path | None = None,
    style: Literal["plain", "atlas", "cms"] = "plain",
    figures: list[str] | None = None,
    generators: list[str] | None = None,
    metrics: list[str] | None = None,
) -> None:
    """Make tables, figures and page again, without training: qgen report runs/compare.

    Args:
        runs: a folder of `qgen compare`; several, or run directories, that were scored against the same showers become
            one scoreboard: qgen report runs/compare runs/mine/qgan/seed0 --out runs/talk. Comparisons of different
            datasets stand side by side, a column for each. A folder of `qgen fit` is scored first, as a comparison
            given beside it was, if it kept the same showers for that; the scores go into --out.
        out: folder to write; by default the only one given.
        style: of the figures; atlas and cms look alike, without an experiment's label.
        figures: which, by their names in figures/: --figures scores response. histogram is one of every observable,
            histogram_response that one; a file of yours is named by its path: --figures all my_figure.py. By default
            all; a name that is none lists them. Of several datasets: datasets_auc is that of one metric.
        generators: rows of tables, page and figures, by their names in the tables, where * stands for anything:
            --generators qvae qgan 'classical/*'. Ranks, paired differences and colours stay those of all rows, and
            scoreboard.json keeps all rows. By default all.
        metrics: those of tables, page and figures: --metrics auc mmd fpd. By default all.
    """
    from qgen.comparison.compare import write_report
    from qgen.comparison.fits import with_fits_scored
    from qgen.comparison.groups import grouped, write_side_by_side
    from qgen.report.plots import ALL

    if out is None and len(runs) != 1:
        raise InputError(f"report: expected one folder or --out, found {len(runs)} folders")
    target = runs[0] if out is None else out
    chosen: Any = (target, style, figures or [ALL], generators or [], metrics or [])
    try:
        scoreboards = grouped(with_fits_scored(runs, target))
        if len(scoreboards) == 1:
            write_report(scoreboards[0], *chosen)
        else:
            write_side_by_side(scoreboards, *chosen)
    except InputError:
        raise
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:  # files that do not fit together
        found = f"{type(error).__name__}: {error}"
        raise InputError(f"{runs[0]}: expected scores of this version of qgen, found damaged ones ({found})") from error
    kept = "scoreboard.json, " if len(scoreboards) == 1 else ""
    print(f"{target}: report.html, {kept}scoreboard.md, scoreboard.tex, tables/, figures/")


def completion(shell: Literal["bash", "zsh"]) -> None:
    """Print a script that completes verbs, flags and names: source <(qgen completion bash)

    Args:
        shell: bash or zsh.
    """
    from qgen.cli.completion import script
    from qgen.plugins.find import FAMILIES, described

    print(script(VERBS, shell, [*FAMILIES, *described("generators/classical", "classical")]), end="")


VERBS: dict[str, Any] = {
    "data": data.VERBS,
    "generators": generators.VERBS,
    "fit": fit,
    "sample": sample,
    "evaluate": evaluate,
    "compare": compare,
    "report": report,
    "circuits": circuits.VERBS,
    "completion": completion,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the `qgen` command; the exit status. `qgen fit NAME --help` also shows the options of that generator."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["fit"] and {"-h", "--help"} & set(words[2:]) and not words[1].startswith("-"):
        if (status := run(generators.show, [words[1]])) == 0:
            print("\nFlags of qgen fit: qgen fit --help")
        return status
    return run(VERBS, words, prog="qgen", description=__doc__, version=__version__)
