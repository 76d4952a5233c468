"""Every attack on this machine's sandbox, while an honest neighbour is graded beside it.

Another honest submission follows each attack: no marks of others may change, the attack gets
exactly what its honest part earned, and the teacher can read what happened.
"""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from lossbook.exercises import CHAPTERS, FORBIDDEN, checker
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.grader import grade
from lossbook.grading.marking.proof_checker import ProofChecker
from lossbook.grading.marking.secret import Secret
from lossbook.grading.marking.submission_session import Limits
from lossbook.grading.reports.student import student_page
from lossbook.grading.sandbox.open_sandbox import open_sandbox
from lossbook.grading.submissions.submission import Submission
from tests.attacks import ATTACKS, Canary
from tests.helpers.classroom import solution

pytestmark = pytest.mark.sandbox

_LARGEST_PAGE = 400_000  # characters
# What hangs on purpose need not hang for long.
_IMPATIENT = Limits(cell=3, submission=30, reading=15, call=0.5)


@pytest.fixture(scope="module")
def canary():
    with Canary() as canary:
        yield canary


@pytest.fixture(scope="module")
def sandbox(canary):
    with open_sandbox(forbidden=FORBIDDEN) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def graded(canary, sandbox):
    """A function that grades a submission to chapter 02."""
    secret = Secret(b"not a secret, but a test's")
    assignment = Assignment("02", checker("02").exercises.values(), secret, FORBIDDEN, _IMPATIENT)
    with open_sandbox(proofs=CHAPTERS["02"].source) as proofs:
        proof_checker = ProofChecker(proofs)
        yield lambda submission: grade(submission, assignment, sandbox, proof_checker)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_fails_and_changes_no_other_marks(attack, graded, sandbox, canary, tmp_path):
    if not attack.stopped_by(sandbox.layers):
        pytest.skip(f"tier {sandbox.tier} has no layer against it")
    honest = solution("02")
    (tmp_path / "ada.ipynb").write_text(json.dumps(honest), encoding="utf-8")
    ada = Submission("ada", tmp_path / "ada.ipynb", "ada.ipynb")
    (tmp_path / "mallory").mkdir()
    path = attack.write(tmp_path / "mallory", honest, canary.known())
    mallory = Submission("mallory", path, path.name)
    with ThreadPoolExecutor(2) as threads:
        beside = threads.submit(graded, ada)
        result = threads.submit(graded, mallory).result()
    after = graded(ada)
    assert [*attack.differences(result), *canary.breaches()] == []
    page = student_page(result)
    assert len(page) <= _LARGEST_PAGE
    assert [text for text in attack.never if text in page] == []
    for neighbour in (beside.result(), after):
        assert neighbour.score == neighbour.most, neighbour.notes
