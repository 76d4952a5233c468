"""Rooms are opened once for a module of tests: starting one takes a second."""

import pytest
from classroom import write

from lossbook.exercises import FORBIDDEN, checker
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.secret import Secret
from lossbook.grading.marking.verify import Submitted
from lossbook.grading.sandbox.open_sandbox import open_room

SECRET = Secret(b"not a secret, but a test's")


@pytest.fixture(scope="module")
def room():
    """A room as `lossbook grade` opens it."""
    with open_room(forbidden=FORBIDDEN) as room:
        yield room


@pytest.fixture(scope="module")
def clerk():
    """A room in which derivations are read."""
    with open_room("clerk", chapter="02") as room:
        yield room


@pytest.fixture(scope="session")
def assignment():
    """Chapter 02, with one secret."""
    return Assignment("02", checker("02").exercises.values(), SECRET, FORBIDDEN)


@pytest.fixture
def hand_in(tmp_path):
    """Write a notebook and make a submission of it."""

    def made(notebook, student="ada"):
        write(notebook, tmp_path / f"{student}.ipynb")
        return Submitted(student, tmp_path / f"{student}.ipynb", f"{student}.ipynb")

    return made
