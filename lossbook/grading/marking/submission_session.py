"""One submission in the sandbox: its cells are run, and its functions are there to be called.

A cell that hangs or ends its process is left out when that is started again, so it costs only what
depends on it. A call that does so costs itself.
"""

import builtins
import time
from typing import NamedTuple

import numpy as np

from lossbook.checking.calls import Outcome
from lossbook.grading.sandbox.session import Ended, Killed, Late
from lossbook.grading.sandbox.wire import WireError

_MOST_RESTARTS = 12
_WORDS = 300  # characters of an error message
_NOTHING = {"op": "value", "name": "", "exercise": ""}


class Limits(NamedTuple):
    """How long a submission may take, in seconds of the clock on the wall.

    cell : for one cell; submission : for all of it; reading : for a file with large outputs
    call : how many times as long as a learner's own check a call may take, because this machine
        may be busy
    """

    cell: float = 10
    submission: float = 120
    reading: float = 30
    call: float = 2

    def seconds_for(self, exercise):
        """How long one call of the answer to an exercise may take."""
        return self.call * exercise.seconds + 1


class Unreadable(Exception):
    """Nothing can be graded; the message says why."""


class Sitting:
    """A submission's time in the sandbox. A context manager.

    Parameters
    ----------
    sandbox : Sandbox
    file : open file, name : what it is called
    limits : Limits

    Attributes
    ----------
    cells : list of sources; attempts : dict of exercise → the lines of its derivation
    notes : sentences on the file and on its cells
    left_out : dict of the number of a cell → why it was left out
    raised : dict of the number of a cell → (class of the error, first line)
    restarts, memory : how often its process was started again; peak in MB
    killed : whether its process was killed, which need not have been its own doing
    starved : whether it was late without having had the processor for half of that time
    """

    def __init__(self, sandbox, file, name, limits):
        self.sandbox, self.file, self.name, self.limits = sandbox, file, name, limits
        self.deadline = time.monotonic() + limits.submission
        self.cells, self.attempts, self.notes = [], {}, []
        self.left_out, self.raised, self.again = {}, {}, []
        self.restarts, self.memory, self.killed, self.starved = 0, 0, False, False
        self.session, self.ready = None, False
        self.suspect = -1  # left out in the first run, in which an earlier cell may be to blame

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def read(self):
        """Read the file, inside. Raises Unreadable and SandboxGone."""
        self.session = self.sandbox.open(self.file)
        try:
            asked = {"op": "read", "name": self.name}
            head, value = self.session.ask(asked, seconds=self.limits.reading)
            if "unreadable" in head:
                raise Unreadable(str(head["unreadable"])[:_WORDS])
            cells, self.attempts = value
            self.cells = [source for source, _ in cells]
            self.notes = [str(note)[:_WORDS] for note in head["notes"]]
        except Ended as ended:
            self._lost(ended)
            raise Unreadable(f"Reading it failed: {ended}.") from None

    def call(self, name, args, kwargs, seconds):
        """The Outcome of calling one of its functions."""
        return self._ask({"op": "call", "name": name}, (args, kwargs), seconds)

    def value(self, exercise, variable):
        """The Outcome of looking at one of its variables."""
        asked = {"op": "value", "name": variable, "exercise": exercise}
        return self._ask(asked, None, self.limits.cell)

    def _ask(self, head, value, seconds):
        try:
            session = self._prepared()
            return _outcome(*session.ask(head, value, seconds=min(seconds, self._left())))
        except Late as late:
            self._lost(late, seconds)
            return Outcome("late", words=str(late))
        except Ended as ended:
            self._lost(ended)
            return Outcome("lost", words=str(ended))

    # ---------------------------------------------------------------------------- the cells

    def _prepared(self):
        """A session in which every cell that can be run has been run."""
        while self.session is None or self.session.over or not self.ready:
            if self.session is None or self.session.over:
                self._open_again()
            try:
                self._run_cells()
                self.ready = True
            except Ended:
                continue  # the cell that did it is left out from now on
        return self.session

    def _open_again(self):
        self.close()
        self.ready = False
        self.restarts += 1
        if self.restarts > _MOST_RESTARTS:
            raise Ended("its process ended too often")
        self._left()
        self.session = self.sandbox.open()

    def _run_cells(self):
        """Run the cells in their order; once more those that needed a later one."""
        early = []
        for number, source in enumerate(self.cells):
            if number not in self.left_out:
                error = self._run(number, source)
                if error and error[0] == "NameError":
                    early.append(number)
        self.again = [k for k in early if self._run(k, self.cells[k]) is None]
        self._greet()

    def _run(self, number, source):
        """Run one cell; what it raised, or None."""
        try:
            head, _ = self.session.ask(
                {"op": "cell"}, source, seconds=min(self.limits.cell, self._left())
            )
            error = _error(head.get("raised"))
            if self.restarts:  # something was broken: after which cell does nobody answer?
                self._greet()
            self.session.look()
        except WireError:
            self.left_out[number] = "it is too long"
            return None
        except Ended as ended:
            self._lost(ended, self.limits.cell)
            self._blame(number, str(ended))
            raise
        if error:
            self.raised[number] = error
        else:
            self.raised.pop(number, None)
        return error

    def _greet(self):
        """Ping the process; if it fails, the last cell run is to blame."""
        self.session.ask(_NOTHING, seconds=min(self.limits.cell, self._left()))

    def _blame(self, number, why):
        """Leave a cell out, and have another one back that it may have brought down with it."""
        self.left_out[number] = why
        if not self.restarts:
            self.suspect = number
        elif number < self.suspect:
            self.left_out.pop(self.suspect, None)

    def _lost(self, ended, seconds=0):
        """Note what need not have been its own doing; `seconds` is how long it was waited for."""
        self.killed |= isinstance(ended, Killed)
        if isinstance(ended, Late) and self.session:
            self.starved |= self.session.ending.get("cpu", seconds) < seconds / 2

    def _left(self):
        """Seconds that are left; raise Late where there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Late(f"the {self.limits.submission:g} seconds of the submission were over")
        return left

    def close(self):
        """End its process; what is known of it stays."""
        if self.session:
            self.session.close()
            self.memory = max(self.memory, self.session.ending.get("memory", 0))
            self.session = None


# ------------------------------------------------------ what comes back is not to be trusted


def _outcome(head, value):
    """An answer from the sandbox as an Outcome; nonsense is no answer."""
    kind, words = head.get("kind"), str(head.get("words", ""))[:_WORDS]
    if kind == "value" and _is_plain(value):
        return Outcome("value", value=value)
    if kind == "raised":
        return Outcome("raised", error=_class(head), words=words)
    if kind in ("missing", "changed", "unusable"):
        return Outcome(kind, words=words)
    return Outcome("unusable", words="it returns something that is no answer")


def _is_plain(value):
    """Whether a value is what values.plain makes: float64 arrays, text, tuples of these."""
    if type(value) is tuple:
        return len(value) <= 20 and all(map(_is_plain, value))
    return type(value) is str or (type(value) is np.ndarray and value.dtype == float)


def _class(head):
    """An exception class with the name that was told, of the built-in kind that was told."""
    kind = getattr(builtins, str(head.get("is_a")), Exception)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        kind = Exception
    name = str(head.get("error"))
    return type(name, (kind,), {}) if name.isidentifier() and name != kind.__name__ else kind


def _error(raised):
    if type(raised) is not list or len(raised) != 2:
        return None
    return str(raised[0])[:60], str(raised[1])[:_WORDS]
