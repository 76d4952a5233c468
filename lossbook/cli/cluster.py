"""The same work on many machines: `lossbook grade --scheduler tcp://…`, through Dask.

Each worker opens one sandbox and keeps it. A submission travels as bytes and comes back as
a result, which only the grader at home writes into the book: a worker that is lost loses what it
was grading, Dask gives that to another one, and nothing is in the book twice.
"""

import os
import tempfile
import threading
from pathlib import Path

from lossbook.cli.place import UserError
from lossbook.exercises import FORBIDDEN, checker, module_of
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.grader import LARGEST, blank_result, grade
from lossbook.grading.marking.proof_checker import Clerks
from lossbook.grading.marking.result import from_dict
from lossbook.grading.marking.secret import Secret
from lossbook.grading.sandbox.open_sandbox import open_sandbox
from lossbook.grading.submissions.submission import Submission

_AHEAD = 4  # submissions that wait for each thread of a worker


def grade_on(scheduler, submissions, assignment, layers, keep, tick):
    """Grade submissions on the workers of a Dask scheduler.

    scheduler : its address; layers : the isolation layers that each worker must apply

    The workers get the secret: give the scheduler an address with TLS if the network is not
    yours alone.

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
                _grade_there,
                assignment.chapter,
                assignment.secret.key,
                layers,
                (one.student, one.name, one.notes),
                _content(one.path),
                key=f"lossbook-{assignment.secret.id}-{assignment.chapter}-{one.student}",
            )
            sent[future.key] = one
            return future

        threads = sum(client.nthreads().values()) or 1
        done = as_completed([send() for _ in range(min(len(waiting), _AHEAD * threads))])
        for future in done:
            result = _result(future, sent.pop(future.key), assignment)
            keep(result)
            tick(result)
            future.release()
            if waiting:
                done.add(send())


def _content(path):
    """The bytes of a file, or None for what the workers need not see."""
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError:
        return None


def _result(future, submission, assignment):
    """What came back; a worker that fails costs its submission nothing but a second look."""
    error = future.exception()
    if error is None:
        return from_dict(future.result())
    why = f"The cluster could not grade it: {type(error).__name__}: {error}"
    return blank_result(submission, assignment, why[:300])


# ----------------------------------------------------------------------------- on a worker

_OPEN = {}  # (process, chapter, secret, layers) → what a worker keeps from one task to the next
_OPENING = threading.Lock()


def _grade_there(chapter, key, layers, names, content):
    """One submission on a worker; a Result as a dict."""
    assignment, sandbox, clerks = _kept(chapter, key, layers)
    student, name, notes = names
    with tempfile.TemporaryDirectory(prefix="lossbook-") as folder:
        path = Path(folder, "submission")
        if content is not None:
            path.write_bytes(content)
        one = Submission(student, path, name, tuple(notes))
        return grade(one, assignment, sandbox, clerks).as_dict()


def _kept(chapter, key, layers):
    mark = (os.getpid(), chapter, key, tuple(layers))
    with _OPENING:
        if mark not in _OPEN:
            exercises = checker(chapter).exercises.values()
            assignment = Assignment(chapter, exercises, Secret(key), FORBIDDEN)
            sandbox = open_sandbox(forbidden=FORBIDDEN, layers=layers)
            proofs = open_sandbox(proofs=module_of(chapter), layers=layers)
            _OPEN[mark] = assignment, sandbox, Clerks(proofs)
        return _OPEN[mark]
