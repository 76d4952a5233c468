"""Time limits count what a submission uses, not what a busy machine keeps from it."""

import os
import sys
import time

import pytest

from lossbook.grading.marking.grader import grade
from lossbook.grading.marking.proof_checker import ProofChecker
from lossbook.grading.sandbox import stopwatch
from lossbook.grading.sandbox.channel import TimedOut
from lossbook.grading.sandbox.stopwatch import Stopwatch, seconds_waited
from tests.helpers.classroom import with_answers
from tests.helpers.sandboxes import cell, forked, opened, value

ROOT = "root_mean_squared_error"
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/PID/schedstat")


def test_waiting_for_a_processor_does_not_count(monkeypatch):
    """As on a machine that lets a process run for a fifth of the time."""
    monkeypatch.setattr(stopwatch, "seconds_waited", lambda pid: 0.8 * time.monotonic())
    with opened("strong").open() as session:
        assert cell(session, "import time\ntime.sleep(1.5)\ndone = 1", seconds=1) is None
        assert session.used < 1
        assert value(session, "done") == ("value", 1)


@on_linux
@forked
@pytest.mark.parametrize("source", ["while True: pass", "import time; time.sleep(60)"])
def test_running_and_sleeping_count(kind, source):
    with opened(kind).open() as session:
        with pytest.raises(TimedOut):
            cell(session, source, seconds=1)
        assert not session.starved
        assert 1 <= session.used < 2


@on_linux
def test_the_time_of_a_process_is_known():
    assert seconds_waited(os.getpid()) >= 0
    assert seconds_waited(None) is None
    watch = Stopwatch()
    assert 0 <= watch.used(os.getpid()) <= watch.elapsed()


SLOW = """
import time
def root_mean_squared_error(y_true, y_pred):
    end = time.process_time() + {}
    while time.process_time() < end: pass
    return None
"""


def test_what_the_time_of_a_submission_does_not_reach_is_open(
    assignment, sandbox, proofs, hand_in, monkeypatch
):
    """And no table of the printed examples is suspected where nothing was asked."""
    monkeypatch.setattr(assignment, "limits", assignment.limits._replace(submission=3))
    answers = dict.fromkeys(("newsagent", "even_and_odd", "huber_regression"), ...)
    slow = with_answers("02", answers | {ROOT: SLOW.format(1)})
    result = grade(hand_in(slow), assignment, sandbox, ProofChecker(proofs))
    states = {one.name: one.state for one in result.answers}
    assert states[ROOT] == states["huber_regression"] == states["newsagent"] == "open"
    assert "the 3 seconds of the submission were over" in result.look_at[0]
    assert not any("table" in words for words in result.look_at)
