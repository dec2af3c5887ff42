"""Numbers as text."""

import math

import pytest

from qgen.report.numbers import distance, number, probability, ranks


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.49876, 0.0123, "0.499 ± 0.012"),
        (12.3456, 1.7, "12.3 ± 1.7"),
        (1234.5, 57.0, "1234 ± 57"),
        (1.234e-7, 5.6e-9, "1.23e-07 ± 5.6e-09"),
        (1.0, 0.0, "1.00"),
        (1.0, 3.1e-5, "1.00000 ± 0.00003"),
        (math.nan, 1.0, "n/a"),
        (None, None, "n/a"),
        (0.5, None, "0.500"),
    ],
)
def test_numbers_are_rounded_to_their_error(value, error, text):
    assert number(value, error) == text


@pytest.mark.parametrize(
    ("z", "text"),
    [(3.14, "+3.1"), (-0.04, "-0.0"), (123.4, "+123"), (5e6, "> +1000"), (-5e6, "< -1000"), (None, "n/a")],
)
def test_distances(z, text):
    assert distance(z) == text


@pytest.mark.parametrize(("p", "text"), [(0.04, "0.040"), (1e-4, "< 0.001"), (1.0, "1.000"), (None, "n/a")])
def test_probabilities(p, text):
    assert probability(p) == text


def test_ranks_that_are_shared_are_ties():
    assert ranks([1, 2, 2, 4, None]) == ["1", "2=", "2=", "4", "n/a"]


def test_a_tie_with_a_row_that_is_not_shown_stays_a_tie():
    assert ranks([1, 3], among=[1, 1, 3]) == ["1=", "3"]
