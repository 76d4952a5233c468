"""A broken file, sandbox or disk costs no other student a point."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from lossbook.grading.marking import batch
from lossbook.grading.marking.grader import LARGEST, grade
from lossbook.grading.marking.proof_checker import ProofChecker
from lossbook.grading.sandbox.session import SandboxGone
from lossbook.grading.submissions.submission import Submission
from tests.helpers.classroom import empty, solution, write
from tests.helpers.processes import tree


def test_a_link_is_not_followed(assignment, sandbox, proofs, tmp_path):
    write(solution("02"), tmp_path / "real.ipynb")
    try:
        (tmp_path / "link.ipynb").symlink_to(tmp_path / "real.ipynb")
    except OSError as error:
        pytest.skip(f"no symbolic links here: {error}")
    one = Submission("eve", tmp_path / "link.ipynb", "link.ipynb")
    result = grade(one, assignment, sandbox, ProofChecker(proofs))
    assert (result.status, result.score, result.sha256) == ("blank", None, "")


def end_all(pid):
    """Kill a sandbox from outside: the zygote, and bubblewrap around it."""
    for one in [pid, *tree(pid)]:
        os.kill(one, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_does_not_stop_the_class(assignment, sandbox, proofs, tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    one = Submission("eve", tmp_path / "pipe.ipynb", "pipe.ipynb")
    assert grade(one, assignment, sandbox, ProofChecker(proofs)).look_at == (
        "It is no ordinary file.",
    )


def test_a_file_that_is_too_large(assignment, sandbox, proofs, tmp_path):
    with (tmp_path / "huge.ipynb").open("wb") as file:
        file.truncate(LARGEST + 1)  # takes no sandbox on the disk
    one = Submission("eve", tmp_path / "huge.ipynb", "huge.ipynb")
    assert "the limit is 200" in grade(one, assignment, sandbox, ProofChecker(proofs)).look_at[0]


@pytest.mark.skipif(sys.platform != "linux", reason="the processes of a sandbox are found in /proc")
def test_a_sandbox_that_dies_is_opened_again(assignment, sandbox, proofs, hand_in):
    """No student loses a point because another one ended the sandbox."""
    source = "import time\ntime.sleep(1)"
    slow = hand_in({**solution("02"), "cells": [_cell(source), *solution("02")["cells"]]})
    starts = sandbox.starts
    killer = threading.Timer(0.5, end_all, [sandbox.process.pid])
    killer.start()
    result = grade(slow, assignment, sandbox, ProofChecker(proofs))
    killer.join()
    assert sandbox.starts == starts + 1
    assert (result.status, result.score) == ("graded", result.most)


def test_three_times_is_enough(assignment, proofs, hand_in, monkeypatch, sandbox):
    """A submission that ends the sandbox each time stays blank and does not stop the class."""
    monkeypatch.setattr(sandbox, "open", lambda file=None: _dead(sandbox))
    result = grade(hand_in(solution("02")), assignment, sandbox, ProofChecker(proofs))
    assert result.score is None
    assert "ended 3 times" in result.look_at[0]


def _dead(sandbox):
    raise SandboxGone


def _cell(source):
    return {"cell_type": "code", "id": "s", "metadata": {}, "outputs": [], "source": source}


def test_a_fault_of_the_grader_affects_one_submission(
    assignment, sandbox, proofs, hand_in, monkeypatch
):
    """One blank result with the reason, and the queue goes on."""
    real = batch.grade

    def breaks(submission, *more, **options):
        if submission.student == "bo":
            raise ZeroDivisionError("ours")
        return real(submission, *more, **options)

    monkeypatch.setattr(batch, "grade", breaks)
    three = [hand_in(solution("02"), student) for student in ("ada", "bo", "cy")]
    results = []
    batch.grade_all(three, assignment, (sandbox, proofs), results.append, workers=2)
    scores = {one.student: one.score for one in results}
    assert scores == {"ada": 14, "bo": None, "cy": 14}
    assert "ZeroDivisionError: `ours`" in next(r for r in results if r.student == "bo").look_at[0]


def test_a_full_disk_stops_the_run_and_says_so(assignment, sandbox, proofs, hand_in):
    def keep(result):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        batch.grade_all([hand_in(empty("02"))], assignment, (sandbox, proofs), keep, workers=1)


def test_shards_share_the_class_out():
    students = [Submission(f"student {k}", Path("x"), "x") for k in range(100)]
    parts = [batch.shard(students, k, 3) for k in (1, 2, 3)]
    assert sorted(one.student for part in parts for one in part) == sorted(
        one.student for one in students
    )
    assert min(map(len, parts)) > 15
