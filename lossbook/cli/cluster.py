"""The same work on many machines: `lossbook grade --scheduler tcp://…`, through Dask.

Each worker opens its sandboxes once. A submission is sent as bytes and comes back as a result,
which only this process writes into the gradebook. If a worker is lost, Dask gives its submissions
to another one, and no result is saved twice.
"""

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from lossbook.cli import place
from lossbook.cli.place import UserError
from lossbook.exercises import CHAPTERS, FORBIDDEN
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.grader import LARGEST, blank_result, grade
from lossbook.grading.marking.proof_checker import ProofChecker
from lossbook.grading.marking.released import Released
from lossbook.grading.marking.result import from_dict
from lossbook.grading.marking.secret import Secret
from lossbook.grading.sandbox.open_sandbox import open_sandbox

_AHEAD = 4  # submissions that wait for each thread of a worker


def grade_on(scheduler, submissions, assignment, layers, save, on_saved):
    """Grade submissions on the workers of a Dask scheduler.

    scheduler : its address; layers : the isolation layers that each worker must apply

    The workers get the secret: on a network that others share, use a scheduler with TLS.

    Raises UserError where Dask is not installed or the scheduler does not answer.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise UserError('--scheduler needs Dask: pip install "lossbook[cluster]"') from None
    try:
        client = Client(scheduler, timeout=10)
    except OSError as error:
        raise UserError(f"the scheduler {scheduler} does not answer: {error}") from None
    with client:
        waiting = list(reversed(submissions))
        sent = {}

        def send():
            one = waiting.pop()
            future = client.submit(
                _grade_on_worker,
                assignment.chapter,
                assignment.secret.key,
                layers,
                replace(one, path=None),
                _content(one.path),
                key=f"lossbook-{assignment.secret.id}-{assignment.chapter}-{one.student}",
            )
            sent[future.key] = one
            return future

        threads = sum(client.nthreads().values()) or 1
        done = as_completed([send() for _ in range(min(len(waiting), _AHEAD * threads))])
        for future in done:
            result = _result(future, sent.pop(future.key), assignment)
            save(result)
            on_saved(result)
            future.release()
            if waiting:
                done.add(send())


def _content(path):
    """The bytes of a file, or None if it cannot be read or graded."""
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError:
        return None


def _result(future, submission, assignment):
    """The Result that came back; a blank one where the worker failed."""
    error = future.exception()
    if error is None:
        return from_dict(future.result())
    why = f"The cluster could not grade it: {type(error).__name__}: {error}"
    return blank_result(submission, assignment, why[:300])


# ----------------------------------------------------------------------------- on a worker

_KEPT = {}  # (process, chapter, secret, layers) → what a worker keeps from task to task
_OPENING = threading.Lock()


def _grade_on_worker(chapter, key, layers, submission, content):
    """The Result of one submission, as a dict."""
    assignment, sandbox, proof_checker = _kept(chapter, key, tuple(layers))
    with tempfile.TemporaryDirectory(prefix="lossbook-") as folder:
        path = Path(folder, "submission")
        if content is not None:
            path.write_bytes(content)
        there = replace(submission, path=path)
        return grade(there, assignment, sandbox, proof_checker).as_dict()


def _kept(chapter, key, layers):
    job = os.getpid(), chapter, key, layers
    with _OPENING:
        if job not in _KEPT:
            exercises = CHAPTERS[chapter].exercises()
            released = Released.of(*place.students_notebook(CHAPTERS[chapter]))
            assignment = Assignment(chapter, exercises, Secret(key), FORBIDDEN, released=released)
            sandbox = open_sandbox(forbidden=FORBIDDEN, layers=layers)
            proofs = open_sandbox(proofs=CHAPTERS[chapter].source, layers=layers)
            _KEPT[job] = assignment, sandbox, ProofChecker(proofs)
        return _KEPT[job]
