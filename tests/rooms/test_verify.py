"""Testing the tests finds what is wrong with them: each kind of flaw, put in on purpose."""

import dataclasses

import pytest
from classroom import empty, solution, write

from lossbook.checking import Mistake
from lossbook.exercises import FORBIDDEN, checker
from lossbook.grading.marking import verify
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.proof_checker import Clerks
from lossbook.grading.marking.secret import Secret
from lossbook.grading.sandbox.open_sandbox import open_room

ROOT = "root_mean_squared_error"
EXERCISES = checker("02").exercises


@pytest.fixture(scope="module")
def lending():
    """A room that lends lossbook, for mistakes that are functions of ours."""
    with open_room(forbidden=FORBIDDEN[1:]) as room:
        yield room


@pytest.fixture
def paths(tmp_path):
    write(solution("02"), tmp_path / "solution.ipynb")
    write(empty("02"), tmp_path / "empty.ipynb")
    return tmp_path / "solution.ipynb", tmp_path / "empty.ipynb"


def only(exercise):
    return Assignment("02", [exercise], Secret(b"sixteen bytes or more"), FORBIDDEN)


def test_the_notebooks_are_as_they_should_be(assignment, room, clerk, paths):
    assert list(verify.notebooks(assignment, room, Clerks(clerk), *paths)) == []


def test_a_solution_that_is_none_is_found(assignment, room, clerk, paths):
    found = list(verify.notebooks(assignment, room, Clerks(clerk), paths[1], paths[1]))
    assert len(found) == len(EXERCISES)
    assert "the solution gets 0 of 1 points" in found[0]


def test_an_empty_notebook_that_earns_is_found(assignment, room, clerk, paths):
    found = list(verify.notebooks(assignment, room, Clerks(clerk), paths[0], paths[0]))
    assert len(found) == len(EXERCISES)
    assert "an empty notebook gets 1 points" in found[0]


@pytest.mark.parametrize("name", EXERCISES)
def test_every_known_mistake_loses_its_points(name, assignment, lending, clerk):
    found = verify.mistakes(EXERCISES[name], assignment, lending, Clerks(clerk))
    assert list(found) == []


def test_a_mistake_that_is_none_is_found(lending, clerk):
    """The room asks for the mistake by its number; ours here is right, so it is not the same."""
    right = Mistake("It is right.", EXERCISES[ROOT].reference)
    exercise = dataclasses.replace(EXERCISES[ROOT], mistakes=[right])
    found = list(verify.mistakes(exercise, only(exercise), lending, Clerks(clerk)))
    assert f"{ROOT}: 'It is right.' loses nothing" in found


def test_a_mistake_with_the_wrong_sentence_is_found(lending, clerk):
    first, second = EXERCISES[ROOT].mistakes[:2]
    swapped = [Mistake("first", second.function), Mistake("second", first.function)]
    exercise = dataclasses.replace(EXERCISES[ROOT], mistakes=swapped)
    found = list(verify.mistakes(exercise, only(exercise), lending, Clerks(clerk)))
    assert f"{ROOT}: 'first' is called 'second'" in found


def test_a_false_line_that_holds_is_found(assignment, lending, clerk):
    proof = EXERCISES["weighted_mean"]
    exercise = dataclasses.replace(proof, false=[(proof.solution, 1)])
    found = list(verify.mistakes(exercise, assignment, lending, Clerks(clerk)))
    assert found == ["weighted_mean: false line (1) is called 'solved'"]


def test_a_tempting_number_that_is_right_is_found(assignment, lending, clerk):
    exercise = dataclasses.replace(EXERCISES["newsagent"], tempting=[(2 / 3, "no")])
    found = list(verify.mistakes(exercise, assignment, lending, Clerks(clerk)))
    assert len(found) == 1
    assert "newsagent: 0.6666666666666666 gets 2 points" in found[0]
