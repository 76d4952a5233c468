"""Run a function of somebody else's on one case, and survive it.

What it prints is dropped, what it warns of is ignored, what it changes is noticed, what it
raises is kept, and what does not end is left behind. This guards a learner from a slip of their
own; it does not stop hostile code (the sandbox of `lossbook grade` does).
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
    """What one call came to.

    kind : "value", "raised", "late" (did not end), "lost" (the process that ran it is gone),
        "changed" (wrote into its arguments), "unusable" (returned something that is no answer),
        "missing" (nothing written yet)
    value : the plain value; error : the exception's class; words : its message, or what is wrong
    """

    kind: str
    value: object = None
    error: type | None = None
    words: str = ""


ENDS = ("late", "lost")  # after an outcome of these kinds there is nobody left to call


class _TimeIsUp(BaseException):
    """Raised inside a call that takes too long."""


class Runner:
    """Calls one function again and again in a thread of its own, which can be left behind."""

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
            return Outcome("late", words=f"it had not finished after {self.seconds:g} seconds")

    def _stop(self):
        """End the thread between two of its Python instructions; one that swallows that stays."""
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
    """Call `function` on copies of its arguments, here and now, and tell what it came to."""
    given = copy.deepcopy((args, kwargs))
    with _quiet():
        try:
            returned = function(*given[0], **given[1])
        except NotImplementedError:
            return Outcome("missing")
        except _TimeIsUp:
            raise
        except BaseException as error:  # SystemExit, KeyboardInterrupt: a slip as any other
            return Outcome("raised", error=type(error), words=_first_line(error))
    if not _alike(given, (args, kwargs)):
        return Outcome("changed", words="it writes into the arrays that it was given")
    if returned is None or returned is Ellipsis:
        return Outcome("missing")
    try:
        return Outcome("value", value=plain(returned))
    except Unusable as error:
        return Outcome("unusable", words=str(error))


@contextlib.contextmanager
def _quiet():
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


def _alike(left, right):
    """Whether two nests of arguments are the same, bit for bit."""
    if isinstance(right, (tuple, list)):
        return len(left) == len(right) and all(map(_alike, left, right))
    if isinstance(right, dict):
        return left.keys() == right.keys() and all(_alike(left[k], right[k]) for k in right)
    if isinstance(right, np.ndarray):
        return left.shape == right.shape and left.tobytes() == right.tobytes()
    return callable(right) or left is right or left == right or left != left
