"""A sample of the mutants; `python -m tests.benchmarks.mutants` prints the whole table."""

import pytest
from tests.helpers.derive_true_mutants import TRUE_MUTANTS

from tests.helpers.derive_corpus import CORPUS
from tests.helpers.derive_mutants import OPERATORS, judged

SAMPLE = (
    "02 The mean minimises the sum of squares",
    "02 Least squares",
    "02 The residual is orthogonal to the columns",
    "02 Bias, variance and noise",
    "02 The Huber loss",
    "03 Gibbs' inequality",
    "06 One step of SMO",
    "08 Leftover risk",
)


def test_there_are_enough_kinds_of_slips():
    assert len(OPERATORS) + 1 >= 15  # and the lost citation


@pytest.mark.parametrize("title", SAMPLE)
def test_every_false_mutant_is_caught(title):
    found = list(judged(title, CORPUS[title]))
    survivors = {
        (title, label, " ".join(mutant.split())) for _, label, mutant, v in found if v.holds
    }
    assert len(found) > 15
    assert survivors <= TRUE_MUTANTS, survivors - TRUE_MUTANTS


def test_true_mutants_are_accepted():
    """A mutant that is a true statement must not be refused for another reason."""
    title = "08 Leftover risk"
    holding = {" ".join(m.split()) for _, _, m, v in judged(title, CORPUS[title]) if v.holds}
    listed = {formula for t, _, formula in TRUE_MUTANTS if t == title}
    assert listed == holding
