"""Functions that an exercise lends to an answer run apart from the grader, on numbers only."""

import numpy as np
import pytest

from lossbook.checking.calls import outcome
from lossbook.checking.spec import Case, Function
from lossbook.exercises import CHAPTERS, FORBIDDEN, checker
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.grader import grade
from lossbook.grading.marking.lender import Lender, check_size
from lossbook.grading.marking.proof_checker import ProofChecker
from lossbook.grading.sandbox import wire
from lossbook.grading.sandbox.open_sandbox import open_sandbox
from tests.helpers.classroom import solution, with_answers
from tests.sandbox.conftest import SECRET

resource = pytest.importorskip("resource", reason="Windows does not tell the memory of a process")
RISK = "bayes_risk"


@pytest.fixture(scope="module")
def chapter3():
    return Assignment("03", checker("03").exercises.values(), SECRET, FORBIDDEN)


@pytest.fixture(scope="module")
def proofs3():
    with open_sandbox(proofs=CHAPTERS["03"].source) as proofs:
        yield proofs


@pytest.fixture
def lent(chapter3, proofs3):
    """A function that calls the lent function of this name."""
    lender = Lender(chapter3, proofs3)
    functions = {one.__name__: one for one in chapter3.functions[RISK].lent}

    def call(name, *args, **kwargs):
        return lender(RISK, functions[name], args, kwargs, 20)

    yield call
    lender.close()


def test_each_lent_function_gives_what_it_gives_here(chapter3, lent):
    functions = {one.__name__: one for one in chapter3.functions[RISK].lent}
    assert len(functions) == 9
    for name, function in functions.items():
        shares = name.startswith(("log_loss", "brier"))
        args = (np.array([0.5, 0.5]) if shares else 1, np.array([0, 1]))
        head, value = lent(name, *args)
        assert head == {"op": "returned"}, name
        np.testing.assert_array_equal(value, outcome(function, args, {}).value, err_msg=name)


def test_a_lent_function_is_as_quiet_as_in_the_instant_check(lent):
    head, value = lent("log_loss", np.array([0.0, 1.0]), np.array([0]))
    assert (head, value.tolist()) == ({"op": "returned"}, [np.inf])


def test_an_error_of_a_lent_function_comes_back(lent):
    head, _ = lent("squared_error", np.zeros(3), np.zeros(2))
    assert (head["op"], head["error"]) == ("raised", "ValueError")
    assert lent("squared_error", 1.0, 3.0)[1] == 4.0  # the process goes on


@pytest.mark.parametrize("value", ["x", None, {"a": 1}, [1, "x"], np.array(["x"]), np.array(1j)])
def test_only_numbers_are_passed_on(lent, value):
    head, _ = lent("squared_error", value, 1.0)
    assert (head["op"], head["error"]) == ("raised", "TypeError")


def test_sizes_are_multiplied():
    most = wire.LARGEST // 8
    check_size([np.zeros((most // 4, 1)), [1, 2.0, True, np.float32(3)], 5.0])
    with pytest.raises(ValueError, match="ask for fewer"):
        check_size([np.zeros((most // 4, 1)), [1, 2, 3, [4, 5]]])


def test_the_process_of_a_lent_function_is_replaced_when_it_ends(lent, chapter3, proofs3):
    lender = Lender(chapter3, proofs3)
    function = chapter3.functions[RISK].lent[0]
    assert lender(RISK, function, (1.0, 3.0), {}, 20)[0]["op"] == "returned"
    proofs3.end(lender.process.number)
    head, _ = lender(RISK, function, (1.0, 3.0), {}, 20)
    assert (head["op"], head["error"]) == ("raised", "MemoryError")
    assert lender(RISK, function, (1.0, 3.0), {}, 20)[0]["op"] == "returned"
    lender.close()


def test_functions_made_by_a_draw_are_found_again(proofs3):
    """Closures over drawn numbers are numbered alike in the grader and in the process."""

    def cases(rng):
        k = float(rng.integers(2, 1 << 30))
        yield Case("times", (lambda x: k * x, rng.normal(size=3)))

    exercise = Function("apply", "Apply", 1, lambda f, x: f(x), cases, [])
    one = Assignment("03", [exercise], SECRET)
    again = Assignment("03", [exercise], SECRET)
    here, there = (a.functions["apply"].lent for a in (one, again))
    assert [f(1.0) for f in here] == [f(1.0) for f in there]
    assert len(here) == 4  # one of the public draw, and three of the secret one


ATTACKS = {
    "a text of two million letters": "loss('x' * 2_000_000, np.zeros(1500, np.uint8))",
    "a dict": "loss({str(k): k for k in range(1000)}, np.zeros(100_000, np.uint8))",
    "two long arrays": "loss(np.zeros(8_000_000, np.uint8), np.zeros((8_000_000, 1), np.uint8))",
    "a call in a call": "loss(loss, y)",
    "a hundred thousand small calls": "[loss(1.0, 2.0) for _ in range(100_000)][0]",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_no_call_of_a_lent_function_costs_the_grader_memory(
    name, chapter3, sandbox, proofs3, hand_in
):
    answer = f"def bayes_risk(loss, y, says):\n    return {ATTACKS[name]}"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    notebook = with_answers("03", {**dict.fromkeys(checker("03").exercises, ...), RISK: answer})
    result = grade(hand_in(notebook), chapter3, sandbox, ProofChecker(proofs3))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB
    earned = {one.name: one.earned for one in result.answers}
    assert earned.pop(RISK) == 0
    assert sum(earned.values()) == result.most - 4


def test_the_reference_is_right_with_lent_functions(chapter3, sandbox, proofs3, hand_in):
    result = grade(hand_in(solution("03")), chapter3, sandbox, ProofChecker(proofs3))
    assert result.score == result.most
