"""A sample of the mutants; `python -m tests.benchmarks.mutants` prints the whole table."""

import pytest

from tests.helpers.derive_corpus import CORPUS
from tests.helpers.derive_mutants import OPERATORS, judged

# Derivations of equations: here every slip makes a line false, but for those named below.
SAMPLE = {
    "02 One step of a linear model": {r"J(w + v) = \frac1n \lVert X w - y + X v \rVert^2",
                                      r"\nabla^2 J( v ) = \frac2n X^\top X"},
    "04 The second derivative is a variance": set(),
    "04 Squared error behind a softmax": set(),
    "05 Stationarity": set(),
    "06 One step of SMO": set(),
    "07 From the loss back to a filter": set(),
    "02 Least squares is maximum likelihood": set(),
    "02 The slope of the pinball loss": set(),
}  # fmt: skip


def test_there_are_enough_kinds_of_slips():
    assert len(OPERATORS) + 1 >= 15  # and the lost citation


@pytest.mark.parametrize("title", SAMPLE)
def test_every_false_mutant_is_caught(title):
    found = list(judged(title, CORPUS[title]))
    survivors = {" ".join(mutant.split()) for _, _, mutant, verdict in found if verdict.holds}
    assert len(found) > 15
    assert survivors == SAMPLE[title]
