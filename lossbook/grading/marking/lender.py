"""Calls the functions that an exercise lends to its answers, such as a loss, for a submission."""

import math

import numpy as np

from lossbook.checking.values import a
from lossbook.grading.sandbox import wire
from lossbook.grading.sandbox.session import Ended, TimedOut

_MOST = wire.LARGEST // np.dtype(float).itemsize  # numbers that an answer can hold


class Lender:
    """Has a process of the derivations' sandbox call a lent function for one submission.

    That process holds the exercises and no student's code. What an argument makes a function do,
    in memory and time, ends with it, and never happens in the grader.

    assignment : Assignment; sandbox : Sandbox for derivations
    """

    def __init__(self, assignment, sandbox):
        self.assignment, self.sandbox, self.process = assignment, sandbox, None

    def __call__(self, exercise, function, args, kwargs, seconds):
        """(head, value) of one call. Raises TimedOut and SandboxGone.

        exercise : name; function : one of its `lent` functions
        args, kwargs : what the student's code has sent; only numbers are passed on
        """
        try:
            check_size([*args, *kwargs.values()])
            graded = self.assignment.functions[exercise]
            lent = {"function": graded.lent.index(function), "seed": graded.secret.seed}
            request = {"op": "lend", "name": exercise, **lent}
            if self.process is None or self.process.over:
                self.process = self.sandbox.open()
            return self.process.ask(request, (args, kwargs), seconds=seconds)
        except TimedOut:
            raise
        except Ended as ended:
            return _raised(MemoryError(f"this call could not be finished: {ended}"))
        except (TypeError, ValueError, wire.WireError) as error:
            return _raised(error)

    def close(self):
        """End the process."""
        if self.process:
            self.process.close()


def check_size(args):
    """Raise TypeError for arguments that are not numbers, ValueError for too many.

    Shapes (n, 1) and (m,) broadcast to n times m, so the product of the sizes counts.
    """
    if math.prod(max(_count(arg), 1) for arg in args) > _MOST:
        raise ValueError(f"these arguments can make more than {_MOST:,} numbers; ask for fewer")


def _count(value):
    """How many numbers a value holds; TypeError if it holds anything else."""
    if isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
        return 1
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value.size
    if type(value) in (list, tuple):
        return sum(map(_count, value))
    raise TypeError(f"this function takes numbers, and not {a(type(value).__name__)}")


def _raised(error):
    return {"op": "raised", "error": type(error).__name__, "words": str(error)[:200]}, None
