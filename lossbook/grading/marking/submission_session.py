"""One submission in the sandbox: runs its cells, then calls its functions.

A cell that hangs or ends its process is left out when the process is restarted, so it costs only
what depends on it. A call that does so costs only itself.
"""

import builtins
import re
from functools import partial
from typing import NamedTuple

import numpy as np

from lossbook.checking.calls import Outcome
from lossbook.grading.marking.released import Released
from lossbook.grading.safe_text import as_code
from lossbook.grading.sandbox.session import Ended, Killed, TimedOut
from lossbook.grading.sandbox.wire import WireError
from lossbook.grading.sandbox.worker import UNDEFINED
from lossbook.grading.submissions.content import Unreadable

_MOST_RESTARTS = 12
_MESSAGE = 300  # characters of an error message
_NOTHING = {"op": "value", "name": "", "exercise": ""}


class Limits(NamedTuple):
    """How long a submission may take, in seconds in which it runs or sleeps (stopwatch.py).

    cell : for one cell; submission : for all of it; reading : for a file with large outputs
    call : a call may take this many times as long as in the learner's own check, because this
        machine may be slower
    """

    cell: float = 10
    submission: float = 120
    reading: float = 30
    call: float = 2

    def seconds_for(self, exercise):
        """How long one call of the answer to an exercise may take."""
        return self.call * exercise.seconds + 1


class NotAsked(Ended):
    """A question that was not asked, for want of time; the message gives the reason."""


class Failure(NamedTuple):
    """A statement of a cell that raised `kind` with `message`; `line` counts from 1 there."""

    kind: str
    message: str
    line: int
    text: str

    def of(self, number):
        """The same as a piece of a sentence, for the cell with this number."""
        message = f": {self.message}" if self.message else ""
        return f"cell {number + 1} raised {self.kind} in line {self.line}{message}"


class SubmissionSession:
    """A submission in the sandbox, over all processes that it needs. A context manager.

    sandbox : Sandbox
    file : open file, name : its name as it was handed in
    limits : Limits
    lender : Lender, for answers that are given functions

    cells, names : the sources of the cells, and their names
    attempts : dict of exercise → the lines of its derivation
    notes : sentences on the file and on its cells
    whole : whether all cells of the file were read
    left_out : dict of the number of a cell → why it was left out
    failures : dict of the number of a cell → its failing statements, a list of Failure
    commands : system commands of its cells, which were not run
    setup : set-up cells of the released notebook that it lacks; they are run before its own
    rerun : numbers of the cells that needed a later one and were run again
    restarts, memory : how often its process was restarted; peak in MB
    killed : whether its process was killed, which may have had a cause outside
    """

    def __init__(self, sandbox, file, name, limits, lender=None, released=None):
        self.sandbox, self.file, self.name, self.limits = sandbox, file, name, limits
        self.lender, self.released = lender, released or Released()
        self.used = 0.0  # seconds
        self.cells, self.names, self.attempts, self.notes = [], [], {}, []
        self.whole = True
        self.left_out, self.failures, self.rerun = {}, {}, []
        self.setup, self.commands = [], {}
        self.restarts, self.memory, self.killed = 0, 0, False
        self.process, self.ready = None, False
        self.suspect = -1  # left out in the first run, although an earlier cell may be to blame

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
        if self.lender:
            self.lender.close()

    def read(self):
        """Have the file read inside the sandbox. Raises Unreadable and SandboxGone."""
        self.process = self.sandbox.open(self.file)
        try:
            request = {"op": "read", "name": self.name}
            head, value = self._request(request, None, self.limits.reading)
            if "unreadable" in head:
                raise Unreadable(str(head["unreadable"])[:_MESSAGE])
            cells, self.attempts = value
            self.cells = [source for source, _ in cells]
            self.names = [name for _, name in cells]
            self.setup = self.released.missing_setup(self.names, self.cells)
            self.notes = [str(note)[:_MESSAGE] for note in head["notes"]]
            self.whole = bool(head["whole"])
        except Ended as ended:
            self._note_cause(ended)
            raise Unreadable(f"Reading it failed: {ended}.") from None

    def call(self, name, args, kwargs, seconds):
        """The Outcome of calling one of its functions."""
        lend = self.lender and partial(self.lender, name)
        return self._ask({"op": "call", "name": name}, (args, kwargs), seconds, lend)

    def value(self, exercise, variable):
        """The Outcome of reading one of its variables."""
        request = {"op": "value", "name": variable, "exercise": exercise}
        return self._ask(request, None, self.limits.cell)

    def _ask(self, head, value, seconds, lend=None):
        try:
            self._prepare()
            return _outcome(*self._request(head, value, seconds, lend=lend))
        except NotAsked as reason:
            return Outcome("unasked", message=str(reason))
        except TimedOut as timeout:
            return Outcome("timeout", message=str(timeout))
        except Ended as ended:
            self._note_cause(ended)
            return Outcome("crashed", message=str(ended))

    # ---------------------------------------------------------------------------- the cells

    def _request(self, head, value, seconds, **more):
        """Ask the process. Raises NotAsked where the answer took longer for another's fault."""
        left = self._left()
        try:
            return self.process.ask(head, value, seconds=min(seconds, left), **more)
        except TimedOut:
            if self.process.starved:
                raise NotAsked("the machine was too busy to run it") from None
            if left < seconds:
                raise NotAsked(self._over()) from None
            raise
        finally:
            self.used += self.process.used

    def _prepare(self):
        """Have a process in which every cell that can be run has been run."""
        while self.process is None or self.process.over or not self.ready:
            if self.process is None or self.process.over:
                self._restart()
            try:
                self._run_cells()
                self.ready = True
            except NotAsked:
                raise
            except Ended:
                continue  # the cell to blame is left out from now on

    def _restart(self):
        self.close()
        self.ready = False
        self.restarts += 1
        if self.restarts > _MOST_RESTARTS:
            raise NotAsked("its process ended too often")
        self._left()
        self.process = self.sandbox.open()

    def _run_cells(self):
        """Run the cells in order, and again those that raised NameError: they need a later one."""
        for source in self.setup:
            self._ask_cell(source)
        early = []
        for number, source in enumerate(self.cells):
            if number not in self.left_out:
                failures = self._run(number, source)
                if any(one.kind == "NameError" for one in failures):
                    early.append(number)
        self.rerun = [k for k in early if not self._run(k, self.cells[k])]
        self._ping()

    def _run(self, number, source):
        """Run one cell; the list of its Failures."""
        try:
            failures, commands = self._ask_cell(source)
            if self.restarts:  # a cell broke the process before: find out which
                self._ping()
            self.process.look()
        except WireError:
            self.left_out[number] = "it is too long"
            return []
        except NotAsked:
            raise
        except Ended as ended:
            self._note_cause(ended)
            self._blame(number, str(ended))
            raise
        for found, of in ((failures, self.failures), (commands, self.commands)):
            of.pop(number, None)
            if found:
                of[number] = found
        return failures

    def _ask_cell(self, source):
        """(list of Failure, list of commands) of one cell."""
        _, value = self._request({"op": "cell"}, source, self.limits.cell)
        return _failures(value)

    def _ping(self):
        """Ask the process for an answer; if it fails, the last cell run is to blame."""
        self._request(_NOTHING, None, self.limits.cell)

    def _blame(self, number, why):
        """Leave a cell out, and take back a later one that it may have broken."""
        self.left_out[number] = why
        if not self.restarts:
            self.suspect = number
        elif number < self.suspect:
            self.left_out.pop(self.suspect, None)

    def _note_cause(self, ended):
        """Note a cause that may lie outside."""
        self.killed |= isinstance(ended, Killed)

    def _left(self):
        """Seconds that are left; raise NotAsked where there are none."""
        left = self.limits.submission - self.used
        if left <= 0:
            raise NotAsked(self._over())
        return left

    def _over(self):
        return f"the {self.limits.submission:g} seconds of the submission were over"

    # ------------------------------------------------------------------------ what failed

    def failure_in(self, number):
        """How a cell failed: left out, or its first statement that raised; "" if it did not."""
        if number in self.left_out:
            return f"cell {number + 1} was left out: {self.left_out[number]}"
        return self.failures[number][0].of(number) if number in self.failures else ""

    def failure_with(self, name):
        """How the statement failed that has a name in it, or ""."""
        word = re.compile(rf"\b{re.escape(name)}\b")
        for number, why in self.left_out.items():
            if word.search(self.cells[number]):
                return f"cell {number + 1} was left out: {why}"
        for number, failures in self.failures.items():
            for one in failures:
                if word.search(one.text):
                    return one.of(number)
        return ""

    def close(self):
        """End its process; the attributes stay."""
        if self.process:
            self.process.close()
            self.memory = max(self.memory, self.process.ending.get("memory", 0))
            self.process = None


# ------------------------------------------------------------------ replies are not trusted


def _outcome(head, value):
    """A reply from the sandbox as an Outcome; a malformed one is unusable."""
    kind, words = head.get("kind"), str(head.get("words", ""))
    message = as_code(words, _MESSAGE)
    if kind == "value" and _is_plain(value):
        return Outcome("value", value=value)
    if kind == "raised":
        return Outcome("raised", error=_class(head), message=message)
    if kind == "missing":
        return Outcome("missing", message=UNDEFINED if words == UNDEFINED else "")
    if kind in ("changed", "unusable"):
        return Outcome(kind, message=message)
    return Outcome("unusable", message="it returns something that is no answer")


def _is_plain(value):
    """Whether a value is of the types that values.plain returns: float64 arrays, str, tuples."""
    if type(value) is tuple:
        return len(value) <= 20 and all(map(_is_plain, value))
    return type(value) is str or (type(value) is np.ndarray and value.dtype == float)


def _class(head):
    """An exception class with the reported name, derived from the reported built-in class."""
    kind = getattr(builtins, str(head.get("is_a")), Exception)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        kind = Exception
    name = str(head.get("error"))[:60]
    return type(name, (kind,), {}) if name.isidentifier() and name != kind.__name__ else kind


def _failures(value):
    """The Failures and the commands of a cell, as its process tells them, quoted as code."""
    if type(value) is not list or [type(one) for one in value] != [list, list]:
        return [], []
    failures = [
        Failure(_class_name(kind), as_code(str(message), _MESSAGE), line, str(text))
        for kind, message, line, text in filter(_is_failure, value[0])
    ]
    return failures, [as_code(str(one), _MESSAGE) for one in value[1]]


def _is_failure(value):
    return type(value) is list and len(value) == 4 and type(value[2]) is int


def _class_name(kind):
    """The name of a class, which can be any text."""
    name = str(kind)[:60]
    return name if name.isidentifier() else "an exception"
