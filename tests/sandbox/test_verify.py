"""`lossbook verify` finds faults of the tests: each kind of fault, inserted on purpose."""

import dataclasses

import pytest

from lossbook.checking import Mistake
from lossbook.exercises import CHAPTERS, FORBIDDEN, checker
from lossbook.grading.marking import verify
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.proof_checker import ProofChecker
from lossbook.grading.marking.secret import Secret
from lossbook.grading.sandbox.open_sandbox import open_sandbox
from tests.helpers.classroom import empty, solution, write

ROOT = "root_mean_squared_error"
EXERCISES = checker("02").exercises
MODULE = CHAPTERS["02"].source


@pytest.fixture(scope="module")
def trusted():
    """A sandbox in which lossbook can be imported, for mistakes that are its functions."""
    with open_sandbox(forbidden=FORBIDDEN[1:]) as sandbox:
        yield sandbox


@pytest.fixture
def paths(tmp_path):
    write(solution("02"), tmp_path / "solution.ipynb")
    write(empty("02"), tmp_path / "empty.ipynb")
    return tmp_path / "solution.ipynb", tmp_path / "empty.ipynb"


def only(exercise):
    return Assignment("02", [exercise], Secret(b"sixteen bytes or more"), FORBIDDEN)


def test_the_notebooks_are_as_they_should_be(assignment, sandbox, proofs, paths):
    assert list(verify.verify_notebooks(assignment, sandbox, ProofChecker(proofs), *paths)) == []


def test_a_wrong_solution_is_found(assignment, sandbox, proofs, paths):
    found = list(
        verify.verify_notebooks(assignment, sandbox, ProofChecker(proofs), paths[1], paths[1])
    )
    assert len(found) == len(EXERCISES)
    assert "the solution gets 0 of 1 points" in found[0]


def test_an_empty_notebook_that_earns_is_found(assignment, sandbox, proofs, paths):
    found = list(
        verify.verify_notebooks(assignment, sandbox, ProofChecker(proofs), paths[0], paths[0])
    )
    assert len(found) == len(EXERCISES)
    assert "an empty notebook gets 1 points" in found[0]


@pytest.mark.parametrize("name", EXERCISES)
def test_every_known_mistake_loses_its_points(name, assignment, trusted, proofs):
    found = verify.verify_mistakes(
        EXERCISES[name], assignment, trusted, ProofChecker(proofs), MODULE
    )
    assert list(found) == []


def test_a_known_mistake_that_is_right_is_found(trusted, proofs):
    """The sandbox looks the mistake up by its number; this one is right, so it is not the same."""
    right = Mistake("It is right.", EXERCISES[ROOT].reference)
    exercise = dataclasses.replace(EXERCISES[ROOT], mistakes=[right])
    found = list(
        verify.verify_mistakes(exercise, only(exercise), trusted, ProofChecker(proofs), MODULE)
    )
    assert f"{ROOT}: 'It is right.' loses nothing" in found


def test_a_mistake_with_the_wrong_sentence_is_found(trusted, proofs):
    first, second = EXERCISES[ROOT].mistakes[:2]
    swapped = [Mistake("first", second.function), Mistake("second", first.function)]
    exercise = dataclasses.replace(EXERCISES[ROOT], mistakes=swapped)
    found = list(
        verify.verify_mistakes(exercise, only(exercise), trusted, ProofChecker(proofs), MODULE)
    )
    assert f"{ROOT}: 'first' is called 'second'" in found


def test_a_false_line_that_holds_is_found(assignment, trusted, proofs):
    proof = EXERCISES["weighted_mean"]
    exercise = dataclasses.replace(proof, false=[(proof.solution, 1)])
    found = list(
        verify.verify_mistakes(exercise, assignment, trusted, ProofChecker(proofs), MODULE)
    )
    assert found == ["weighted_mean: false line (1) is called 'solved'"]


def test_a_distractor_that_is_right_is_found(assignment, trusted, proofs):
    exercise = dataclasses.replace(EXERCISES["newsagent"], distractors=[(2 / 3, "no")])
    found = list(
        verify.verify_mistakes(exercise, assignment, trusted, ProofChecker(proofs), MODULE)
    )
    assert len(found) == 1
    assert "newsagent: 0.6666666666666666 gets 2 points" in found[0]
