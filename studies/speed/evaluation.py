"""What does a whole evaluation of dataset 2 take, in time and in memory?

Embedded CaloChallenge showers, drawn with replacement and with 14 % noise on every voxel, are written to three files
(reference, generated, and a reference for the floor) and scored twice, each time by a process of its own: streamed
from the files as `qgen evaluate` does, and, as the peer, with all showers in memory. Both must give the same scores.

    python studies/speed/evaluation.py                    # 10000 showers of 6480 voxels, about 5 minutes
    python studies/speed/evaluation.py --quick            # 1000, about 2 minutes
    python studies/speed/evaluation.py --n 100000 --floor false    # memory does not grow with the number of showers

The last line is JSON; `ours_gb` and `peer_gb` are peaks of resident memory.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

import qgen
from qgen.cli import run
from qgen.comparison.timing import case
from qgen.evaluation import Evaluation

CHUNK = 500
STREAMED = "from qgen.cli import main; import sys; sys.exit(main(['evaluate', *sys.argv[1:]]))"
IN_MEMORY = """
import sys, qgen
reference, generated, *rest = sys.argv[1:]
floor = qgen.load(rest[rest.index("--floor") + 1]) if "--floor" in rest else None
result = qgen.evaluate(qgen.load(reference), qgen.load(generated), floor_reference=floor)
result.save(rest[rest.index("--out") + 1])
"""


def evaluation(n: int = 10_000, floor: bool = True, quick: bool = False) -> None:
    """Time an evaluation of n showers of dataset 2, streamed and in memory.

    Args:
        n: showers in each file; a file takes 26 kB for each.
        floor: measure the floor with a third file, instead of halves of the reference.
        quick: 1000 showers.
    """
    n = 1000 if quick else n
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [folder / f"{part}.hdf5" for part in ("reference", "generated", *(["floor"] if floor else []))]
        for seed, path in enumerate(files):
            write(path, n, np.random.default_rng(seed))
        arguments = [str(files[0]), str(files[1]), *(["--floor", str(files[2])] if floor else [])]
        ours_s, ours_gb = process(STREAMED, [*arguments, "--out", str(folder / "ours.json")])
        peer_s, peer_gb = process(IN_MEMORY, [*arguments, "--out", str(folder / "peer.json")])
        ours, theirs = (Evaluation.load(folder / f"{side}.json").scores for side in ("ours", "peer"))
    difference = max(abs(ours[name].value - theirs[name].value) for name in ours)
    print(f"streamed:  {ours_s:7.1f} s  {ours_gb:5.2f} GB\nin memory: {peer_s:7.1f} s  {peer_gb:5.2f} GB")
    peer = f"qgen {qgen.__version__} with all showers in memory"
    measured = case(f"whole evaluation, {n} x 6480", peer, ours_s, peer_s, difference, ours_gb=ours_gb, peer_gb=peer_gb)
    print(json.dumps({"cases": [measured]}))


def write(path: Path, n: int, rng: np.random.Generator) -> None:
    """A file in CaloChallenge's layout."""
    embedded = qgen.load("calochallenge/2")
    with h5py.File(path, "w") as file:
        energies = file.create_dataset("incident_energies", (n, 1))
        showers = file.create_dataset(
            "showers", (n, embedded.geometry.n_voxels), chunks=(min(n, CHUNK), 6480), dtype="f4"
        )
        for start in range(0, n, CHUNK):
            chosen = embedded.select(rng.integers(len(embedded), size=min(CHUNK, n - start)))
            voxels = chosen.voxels * rng.gamma(50, 1 / 50, chosen.voxels.shape)
            voxels[voxels <= embedded.geometry.thresholds] = 0.0
            rows = slice(start, start + len(chosen))
            energies[rows, 0], showers[rows] = chosen.incident_energy, voxels


def process(code: str, arguments: list[str]) -> tuple[float, float]:
    """Seconds and peak memory [GB] of a Python process."""
    began = time.perf_counter()
    pid = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", code, *arguments])
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(os.waitstatus_to_exitcode(status))
    return time.perf_counter() - began, usage.ru_maxrss / 1e6


if __name__ == "__main__":
    raise SystemExit(run(evaluation))
