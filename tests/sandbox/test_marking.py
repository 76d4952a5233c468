"""Marks: the hand-made class gets what its answers are worth, reproducibly."""

import dataclasses
import json
import os
from types import SimpleNamespace

import numpy as np
import pytest

from lossbook.checking.calls import Outcome, outcome
from lossbook.checking.cases import key
from lossbook.checking.spec import PUBLIC, Case
from lossbook.exercises import CHAPTERS, FORBIDDEN, checker
from lossbook.grading.marking import batch, grader
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.grader import grade, mark
from lossbook.grading.marking.proof_checker import ProofChecker
from lossbook.grading.marking.secret import Secret
from lossbook.grading.sandbox.open_sandbox import open_sandbox
from lossbook.grading.submissions import collect
from tests.helpers.classroom import empty, solution, twenty, with_answers
from tests.helpers.submission_files import COURSE

ROOT, LAD = "root_mean_squared_error", "least_absolute_deviations"
# What differs between two runs of the same submission.
MEASURED = ("seconds", "memory", "when")


@pytest.fixture(scope="module")
def marked(assignment, sandbox, proofs, tmp_path_factory):
    """Student → (Expected, Result), for the twenty."""
    base = tmp_path_factory.mktemp("class")
    expected = {one.student: one for one in twenty(base / "submissions")}
    found = collect.find(base / "submissions", base / "scratch", COURSE, "02")
    results = []
    batch.grade_all(found.submissions, assignment, (sandbox, proofs), results.append, workers=2)
    return {one.student: (expected[one.student], one) for one in results}


def answer(result, name):
    return next(one for one in result.answers if one.name == name)


def share(answer):
    if answer.earned == answer.points:
        return "full"
    return "part" if answer.earned else "zero"


def deserved(expected, answer):
    """Half right answers earn part of the points, if they are right on some drawn values."""
    counts = any(not test.visible and not test.message for test in answer.tests)
    return "zero" if expected == "part" and not counts else expected


# ------------------------------------------------------------------------------ the class


def test_all_students_are_there(marked):
    assert len(marked) == 20


def test_all_students_get_what_their_answers_are_worth(marked):
    for student, (expected, result) in marked.items():
        assert result.status == expected.status, student
        for one in result.answers:
            assert share(one) == deserved(expected.scores[one.name], one), (student, one)


def test_mistakes_are_named(marked):
    for student, (expected, result) in marked.items():
        for name, words in expected.says.items():
            one = answer(result, name)
            assert words in " ".join((one.summary, *one.feedback, *one.call)), student


def test_what_cannot_be_graded_is_blank_and_says_why(marked):
    blank = [result for _, result in marked.values() if result.score is None]
    assert [result.status for result in blank] == ["blank"]
    assert "cut off" in " ".join(blank[0].look_at)
    assert blank[0].answers == ()


def test_the_sum_is_the_sum(marked):
    for _, result in marked.values():
        for one in result.answers:
            assert one.earned == pytest.approx(sum(test.earned for test in one.tests), abs=1e-9)
            assert one.points == pytest.approx(sum(test.points for test in one.tests), abs=1e-9)
        if result.score is not None:
            assert result.score == pytest.approx(sum(one.earned for one in result.answers))
            assert result.most == sum(one.points for one in result.answers)


# ------------------------------------------------------------------------- single notebooks


@pytest.mark.parametrize("chapter", ["01", "03", "04", "05", "06", "07", "08"])
def test_solutions_get_everything_and_empty_notebooks_nothing(chapter, sandbox, hand_in):
    exercises = checker(chapter).exercises.values()
    this = Assignment(chapter, exercises, Secret(os.urandom(32)), FORBIDDEN)
    with open_sandbox(proofs=CHAPTERS[chapter].source) as proofs:
        full = grade(hand_in(solution(chapter)), this, sandbox, ProofChecker(proofs))
        nothing = grade(hand_in(empty(chapter), "bo"), this, sandbox, ProofChecker(proofs))
    assert (full.status, full.score) == ("graded", full.most)
    assert full.look_at == ()
    assert (nothing.status, nothing.score) == ("graded", 0)
    assert {one.state for one in nothing.answers} == {"not yet"}


def test_the_same_file_and_seed_give_the_same_grade(assignment, sandbox, proofs, hand_in):
    notebook = with_answers("02", {ROOT: _RANDOM})
    once, twice = (
        grade(hand_in(notebook), assignment, sandbox, ProofChecker(proofs)).as_dict()
        for _ in range(2)
    )
    assert {k: v for k, v in once.items() if k not in MEASURED} == {
        k: v for k, v in twice.items() if k not in MEASURED
    }


_RANDOM = """
import random
def root_mean_squared_error(y_true, y_pred):
    # right or wrong by chance: by the global generators, and by the hash of a text
    lucky = random.random() < 0.5 or np.random.rand() < 0.1 or hash("a") % 2
    return np.sqrt(np.mean((np.asarray(y_true) - np.asarray(y_pred)) ** 2)) * (1 if lucky else 2)
"""

_TABLE = """
def root_mean_squared_error(y_true, y_pred):
    known = {([3, 4], [0, 0]): 3.5355339059327378}
    table = {"[3, 4]": 3.5355339059327378, "[1.0, 2.0, 3.0]": 1.2909944487358056, "[7.0]": 2.5}
    if np.shape(y_true) != np.shape(y_pred) or np.size(y_true) == 0:
        raise ValueError
    return table.get(str(list(y_true)), 0.0)
""".replace("    known = {([3, 4], [0, 0]): 3.5355339059327378}\n", "")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (_TABLE, "a table of what the check prints"),
        ("def root_mean_squared_error(y, f): raise ValueError", "refuses everything"),
        ("def root_mean_squared_error(y, f): return 0.0", "a constant"),
        ("root_mean_squared_error = 3.5355339059327378", "no function"),
        ("class root_mean_squared_error(float):\n    def __new__(c, y, f): return float()", "0"),
    ],
)
def test_what_knows_nothing_earns_nothing(source, why, assignment, sandbox, proofs, hand_in):
    result = grade(
        hand_in(with_answers("02", {ROOT: source})), assignment, sandbox, ProofChecker(proofs)
    )
    assert answer(result, ROOT).earned == 0, why


def test_visible_cases_carry_at_most_three_tenths(assignment):
    for name, graded in assignment.functions.items():
        visible = sum(plan.points for plan in graded.plans if plan.visible)
        assert visible <= 0.3 * graded.public.exercise.stars + 1e-9, name


@pytest.mark.parametrize("name", [ROOT, "huber_regression", "least_absolute_deviations"])
def test_visible_cases_are_asked_once(assignment, name):
    """Some cases are the same for every seed, and calls take most of the time of grading."""
    exercise, asked = assignment.functions[name].public.exercise, []

    def call(name, args, kwargs, seconds):
        asked.append(key(Case("", args, kwargs)))
        return outcome(exercise.reference, args, kwargs)

    answer = mark(exercise, assignment, SimpleNamespace(call=call), proof_checker=None)
    assert answer.earned == answer.points
    public = [key(case) for case in exercise.draw_cases()]
    drawn = [key(case) for case in exercise.draw_cases(assignment.seed(exercise))]
    assert asked == public + [one for one in drawn if one not in public]
    assert len(asked) < len(public) + len(drawn)  # so that the line above says something


def test_no_secret_case_is_in_a_result(assignment, sandbox, proofs, hand_in):
    """Half right: wrong on every secret case, and on none of them is a number to be seen."""
    source = """
def root_mean_squared_error(y_true, y_pred):
    raise RuntimeError(f"I was asked {list(y_true)} and {list(y_pred)}")
"""
    result = grade(
        hand_in(with_answers("02", {ROOT: source})), assignment, sandbox, ProofChecker(proofs)
    )
    text = json.dumps(dataclasses.replace(result, cells=()).as_dict())
    public = [str(list(case.args[0])) for case in _public(assignment)]
    secret = [str(list(case.args[0])) for case in assignment.functions[ROOT].secret.cases]
    assert not any(y_true in text for y_true in secret if y_true not in ("[]", *public))


def test_no_other_answer_reveals_a_secret_case(assignment, sandbox, proofs, hand_in):
    """One answer records its arguments, the others reveal them: printed, as values, as an error."""
    tells = """
def huber_regression(X, y, delta):
    raise RuntimeError(str(seen))
def least_absolute_deviations(X, y):
    return str(seen)
"""
    notes = f"""
seen = []
def {ROOT}(y_true, y_pred):
    seen.append(len(y_true))
    return 0.0
"""
    notebook = with_answers("02", {ROOT: notes + tells, "huber_regression": "", LAD: ""})
    result = grade(hand_in(notebook), assignment, sandbox, ProofChecker(proofs))
    open_to_all = str([len(case.args[0]) for case in _public(assignment)])
    for name in ("huber_regression", LAD):
        assert open_to_all in " ".join(answer(result, name).call), name


def test_visible_answers_are_collected_before_the_first_secret_case():
    """And derivations before any code runs: its folder is not watched while they are checked."""
    assignment = Assignment("02", checker("02").exercises.values(), Secret(16 * b"1"), FORBIDDEN)
    public = {key(case) for one in assignment.functions.values() for case in one.public.cases}
    order = []

    class Session:
        attempts, notes, cells = {"weighted_mean": "= a"}, (), ()
        names, setup, failures, commands = (), (), {}, {}
        left_out, rerun, restarts, memory = {}, (), 0, 0

        def read(self):
            order.append("read")

        close = read

        def call(self, name, args, kwargs, seconds):
            order.append("visible" if key(Case("", args, kwargs)) in public else "hidden")
            return Outcome("value", value=np.array(-1.0))

        def value(self, exercise, variable):
            order.append("visible")
            return Outcome("missing")

    class Checker:
        def check(self, name, body, seed):
            order.append("derivation")
            return "wrong", "", (), ()

    grader._graded(assignment, Session(), Checker())
    once = [kind for kind, before in zip(order, [None, *order], strict=False) if kind != before]
    assert once == ["read", "derivation", "visible", "hidden", "read"]


def _public(assignment):
    return assignment.functions[ROOT].public.cases


def test_an_answer_given_to_check_counts(assignment, sandbox, proofs, hand_in):
    """The variable was renamed, and the check cell with it."""
    notebook = with_answers("02", {"newsagent": "my_tau = 2 / 3\ncheck(my_tau, 'newsagent')"})
    result = grade(hand_in(notebook), assignment, sandbox, ProofChecker(proofs))
    assert answer(result, "newsagent").earned == 2


def test_a_derivation_is_checked_on_numbers_of_the_secret():
    """A student who knew the numbers could write lines that hold for these and no others."""
    asked = []

    class Noting:
        def check(self, name, body, seed):
            asked.append((name, body, seed))
            return "solved", "", (), ()

    handed_in = SimpleNamespace(attempts={"weighted_mean": "= a"})
    proof = checker("02").exercises["weighted_mean"]
    one, other = (Assignment("02", [proof], Secret(16 * key), FORBIDDEN) for key in (b"1", b"2"))
    for this in (one, other):
        assert mark(proof, this, handed_in, Noting()).earned == 2
    assert asked == [("weighted_mean", "= a", this.seed(proof)) for this in (one, other)]
    assert one.seed(proof) not in (PUBLIC, other.seed(proof))
