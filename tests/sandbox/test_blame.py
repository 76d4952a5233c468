"""A cell is blamed for what it breaks, and no submission for what happened to it from outside."""

import os
import signal
import sys
import time

import pytest

from lossbook.exercises import checker
from lossbook.grading.marking.grader import grade
from lossbook.grading.marking.proof_checker import ProofChecker
from tests.helpers.classroom import solution
from tests.helpers.processes import tree

# The cell itself is answered; the process ends at the next request.
BREAKS = "import os, socket\nsocket.socket.recv = lambda *of: os._exit(5)"
ENDS = "import os; os._exit(6)"
SOLVED = solution("02")["cells"]
LAST = len(SOLVED)


def with_cells(sources, before=LAST):
    """The solution, with more cells."""
    more = [
        {"cell_type": "code", "id": f"more{k}", "metadata": {}, "outputs": [], "source": source}
        for k, source in enumerate(sources)
    ]
    notebook = solution("02")
    notebook["cells"][before:before] = more
    return notebook


def test_a_cell_that_breaks_the_process_is_blamed_when_all_have_run(
    assignment, sandbox, proofs, hand_in
):
    """No cell follows, so without a ping the first call would be lost, and then all others."""
    result = grade(hand_in(with_cells([BREAKS])), assignment, sandbox, ProofChecker(proofs))
    number = len(result.cells)
    assert result.look_at == (f"Cell {number} was left out: it ended its process (exit code 5).",)
    assert (result.status, result.score) == ("partly run", result.most)


def test_the_next_cell_is_not_blamed_for_what_is_broken(assignment, sandbox, proofs, hand_in):
    """The process ends when that one is to run; it is an answer, and right."""
    (answer,) = [k for k, cell in enumerate(SOLVED) if cell["id"].endswith("newsagent-answer")]
    result = grade(hand_in(with_cells([BREAKS], answer)), assignment, sandbox, ProofChecker(proofs))
    guilty = result.cells.index(BREAKS) + 1
    assert result.look_at == (f"Cell {guilty} was left out: it ended its process (exit code 5).",)
    assert (result.status, result.score) == ("partly run", result.most)


def test_each_cell_is_left_out_for_what_it_does_itself(assignment, sandbox, proofs, hand_in):
    notebook = with_cells([BREAKS, "fine = 1", ENDS, "fine_too = 1", ENDS])
    result = grade(hand_in(notebook), assignment, sandbox, ProofChecker(proofs))
    first = result.cells.index(BREAKS) + 1
    assert result.look_at == (
        f"Cell {first} was left out: it ended its process (exit code 5).",
        f"Cell {first + 2} was left out: it ended its process (exit code 6).",
        f"Cell {first + 4} was left out: it ended its process (exit code 6).",
    )
    assert (result.status, result.score) == ("partly run", result.most)


# ------------------------------------------------------------------------------ from outside

in_proc = pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")


@pytest.fixture
def killing(monkeypatch):
    """Kill the first children of a sandbox before they are asked anything; the list of sessions."""

    def of(sandbox, first):
        really, sessions = sandbox.open, []

        def opened(file=None):
            before = {*tree(sandbox.process.pid)}
            sessions.append(really(file))
            if len(sessions) <= first:
                os.kill(_newborn(sandbox, before), signal.SIGKILL)
            return sessions[-1]

        monkeypatch.setattr(sandbox, "open", opened)
        return sessions

    return of


def _newborn(sandbox, before):
    patience = time.monotonic() + 30
    while not (born := {*tree(sandbox.process.pid)} - before):
        assert time.monotonic() < patience
        time.sleep(0.001)
    (child,) = born
    return child


@in_proc
def test_a_process_killed_from_outside_costs_no_point(
    assignment, sandbox, proofs, hand_in, killing
):
    """The kernel kills for want of memory, and may hit a process that took little."""
    sessions = killing(sandbox, 1)
    result = grade(hand_in(solution("02")), assignment, sandbox, ProofChecker(proofs))
    assert (result.status, result.score, result.look_at) == ("graded", result.most, ())
    assert len(sessions) == 2


@in_proc
def test_a_submission_killed_twice_is_to_blame(assignment, sandbox, proofs, hand_in, killing):
    sessions = killing(sandbox, 99)
    result = grade(hand_in(solution("02")), assignment, sandbox, ProofChecker(proofs))
    assert (result.status, result.score) == ("blank", None)
    assert "Reading it failed: its process was killed" in result.look_at[0]
    assert len(sessions) == 2


LINES = checker("02").exercises["weighted_mean"].solution


@in_proc
@pytest.mark.parametrize(
    ("killed", "state", "asked"),
    [
        (0, "solved", 1),
        (1, "solved", 2),  # it may have come from outside
        (2, "open", 2),  # lines that take all memory do so each time
    ],
)
def test_a_killed_proof_worker_is_tried_once_more(proofs, killing, killed, state, asked):
    sessions = killing(proofs, killed)
    assert ProofChecker(proofs).check("weighted_mean", LINES, 3)[0] == state
    assert len(sessions) == asked
