"""Opens sandboxes once per module: starting takes a second."""

from pathlib import Path

import pytest

from lossbook.exercises import CHAPTERS, FORBIDDEN, checker
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.released import Released
from lossbook.grading.marking.secret import Secret
from lossbook.grading.sandbox.open_sandbox import open_sandbox
from lossbook.grading.submissions.submission import Submission
from tests.helpers.classroom import write

COURSE = Path(__file__).parents[2] / "exercises"
SECRET = Secret(b"not a secret, but a test's")


@pytest.fixture(scope="module")
def sandbox():
    """A sandbox as `lossbook grade` opens it."""
    with open_sandbox(forbidden=FORBIDDEN) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def proofs():
    """A sandbox that checks derivations."""
    with open_sandbox(proofs=CHAPTERS["02"].source) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def assignment():
    """Chapter 02, with one secret."""
    (path,) = COURSE.glob("02_*.ipynb")
    exercises = checker("02").exercises.values()
    return Assignment(
        "02", exercises, SECRET, FORBIDDEN, released=Released.of(path.read_bytes(), path.name)
    )


@pytest.fixture
def hand_in(tmp_path):
    """Write a notebook and make a submission of it."""

    def made(notebook, student="ada"):
        write(notebook, tmp_path / f"{student}.ipynb")
        return Submission(student, tmp_path / f"{student}.ipynb", f"{student}.ipynb")

    return made
