"""`.ci/quick.py` chooses the tests that are nearest to a change."""

import runpy
from pathlib import Path

import pytest

quick = runpy.run_path(str(Path(__file__).parents[2] / ".ci" / "quick.py"))


def nearest(*files: str) -> list[str]:
    return quick["nearest"]([Path(name) for name in files])


def test_the_mirror_is_first_and_importers_follow():
    tests = nearest("qgen/ising/loops.py")
    assert tests[0] == "tests/ising/test_loops.py"
    assert tests.index("tests/ising/test_kernel.py") < tests.index("tests/generators/qvae/test_generator.py")
    assert "tests/datasets/test_reader.py" not in tests


def test_a_test_that_changed_is_before_all_others():
    assert nearest("qgen/files.py", "tests/graphs/test_random.py")[:2] == [
        "tests/graphs/test_random.py",
        "tests/test_files.py",
    ]


@pytest.mark.parametrize(
    ("file", "test"),
    [
        ("qgen/report/page.css", "tests/report/test_page.py"),
        ("qgen/metrics/fpd.py", "tests/metrics/test_fpd_kpd.py"),
        ("tests/generators/qcbm/toy.py", "tests/generators/qcbm/test_generator.py"),
    ],
)
def test_a_file_without_a_test_of_its_name_has_those_of_its_folder(file, test):
    assert test in nearest(file)


def test_prose_reaches_no_test():
    assert nearest("docs/index.md", "pyproject.toml") == []


def test_the_core_is_there():
    assert all((quick["ROOT"] / "tests" / name).exists() for name in quick["CORE"])
