"""Run the learner's function on one case.

Its output and warnings are suppressed, its exceptions and changes to arguments are reported, and
a call that does not end is abandoned. This protects learners from their own mistakes; hostile code
needs the sandbox of `lossbook grade`.
"""

import contextlib
import copy
import ctypes
import io
import queue
import threading
import warnings
from typing import NamedTuple

import numpy as np

from lossbook.checking.values import Unusable, plain


class Outcome(NamedTuple):
    """The result of one call.

    kind : "value", "raised", "timeout" (did not end), "crashed" (its process has ended), "changed"
        (wrote into its arguments), "unusable" (returned something that is not an answer),
        "missing" (not written yet), "unasked" (the call could not be made)
    value : the plain value; error : the exception's class; message : its message or the problem
    """

    kind: str
    value: object = None
    error: type | None = None
    message: str = ""


FINAL_KINDS = ("timeout", "crashed")  # after these outcomes the function cannot be called again


class _TimeIsUp(BaseException):
    """Raised in a call that takes too long."""


class Runner:
    """Calls a function repeatedly in a thread that can be abandoned."""

    def __init__(self, function, seconds):
        self.function, self.seconds = function, seconds
        self.jobs, self.results = queue.Queue(), queue.Queue()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.jobs.put(None)

    def __call__(self, args, kwargs=None):
        """The Outcome of one call on copies of the arguments."""
        self.jobs.put((args, kwargs or {}))
        try:
            return self.results.get(timeout=self.seconds)
        except queue.Empty:
            self._stop()
            return Outcome("timeout", message=f"it had not finished after {self.seconds:g} seconds")

    def _stop(self):
        """Raise _TimeIsUp in the thread; a thread that catches it is left running."""
        for _ in range(3):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.thread.ident), ctypes.py_object(_TimeIsUp)
            )
            self.thread.join(0.1)

    def _work(self):
        with contextlib.suppress(_TimeIsUp):
            while (job := self.jobs.get()) is not None:
                self.results.put(outcome(self.function, *job))


def outcome(function, args, kwargs):
    """The Outcome of calling `function` on copies of its arguments in this thread."""
    copies = copy.deepcopy((args, kwargs))
    with _silenced():
        try:
            returned = function(*copies[0], **copies[1])
        except NotImplementedError:
            return Outcome("missing")
        except _TimeIsUp:
            raise
        except BaseException as error:  # also SystemExit and KeyboardInterrupt
            return Outcome("raised", error=type(error), message=_first_line(error))
    if not _identical(copies, (args, kwargs)):
        return Outcome("changed", message="it writes into the arrays that it was given")
    if returned is None or returned is Ellipsis:
        return Outcome("missing")
    try:
        return Outcome("value", value=plain(returned))
    except Unusable as error:
        return Outcome("unusable", message=str(error))


@contextlib.contextmanager
def _silenced():
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _first_line(error):
    try:
        lines = str(error).splitlines()
    except Exception:
        lines = []
    return lines[0][:200] if lines else ""


def _identical(left, right):
    """Whether two nested structures of arguments are equal bit for bit."""
    if isinstance(right, (tuple, list)):
        return len(left) == len(right) and all(map(_identical, left, right))
    if isinstance(right, dict):
        return left.keys() == right.keys() and all(_identical(left[k], right[k]) for k in right)
    if isinstance(right, np.ndarray):
        return left.shape == right.shape and left.tobytes() == right.tobytes()
    return callable(right) or left is right or left == right or left != left
