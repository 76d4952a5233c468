"""Runs a submission inside the sandbox: reads the file, runs its cells, answers the grader's calls.

Nothing here is secret and nothing here is trusted: the student's code shares this process and
may change all of it. It can send any value, and a value is all that an answer is.
"""

import builtins
import os
import random

import numpy as np

from lossbook.checking import spelling
from lossbook.checking.calls import Outcome, outcome
from lossbook.checking.values import Unusable, plain
from lossbook.grading.sandbox import cell, wire
from lossbook.grading.submissions.attempts import attempts
from lossbook.grading.submissions.notebook import Unreadable, read

UNDEFINED = "it is not defined"  # the name of an answer; what is defined may be empty
_OF_SYNTAX = (SyntaxError, IndentationError, TabError)
_CHUNK = 1 << 20


class Worker:
    """Serves one submission.

    line : object with send(bytes) and receive() → frame
    shell : an IPython shell
    remembered : dict of exercise → what `check(answer, "exercise")` was given (stub.py)
    file : descriptor of the submitted file

    Every answer carries the `request_id` of its request.
    """

    def __init__(self, line, shell, remembered, file):
        self.line, self.shell, self.remembered, self.file = line, shell, remembered, file
        self.request_id = None

    def serve(self):
        """Answer one request after the other; returns when the grader hangs up."""
        self._seed()
        work = {"read": self.read, "cell": self.cell, "call": self.call, "value": self.value}
        while (frame := self.line.receive()) is not None:
            head, value = wire.decode(frame, self._function_of)
            self.request_id = head["request_id"]
            try:
                answer, value = work[head["op"]](head, value)
            except Exception as error:  # an object may raise when it is looked at
                answer, value = _no_answer(f"looking at it raised {_describe(error)[0]}"), None
            self._send(answer, value)

    def read(self, head, value):
        """The code cells of the file, or why there are none."""
        try:
            reading = read(_whole(self.file), head["name"])
        except Unreadable as error:
            return {"unreadable": str(error)}, None
        except (MemoryError, RecursionError):
            return {"unreadable": "It is too large, or nested too deeply, to be read."}, None
        cells = [[cell.source, cell.name] for cell in reading.cells]
        return {"notes": reading.notes, "whole": reading.whole}, [cells, attempts(reading.cells)]

    def cell(self, head, value):
        """Run one cell: [class, first line] of what it raised first, or None.

        With it come a list of [class, first line, line, text] for each statement that failed, and
        the system commands, which are not run.
        """
        failures = [
            [*_describe(one.error), one.line, one.text] for one in cell.run(value, self.shell)
        ]
        commands, self.shell.commands = self.shell.commands, []
        raised = failures[0][:2] if failures else None
        return {"raised": raised}, [failures, [str(one)[:200] for one in commands[:20]]]

    def call(self, head, value):
        """Call the student's function with the grader's arguments."""
        args, kwargs = value
        function = self.shell.user_ns.get(head["name"])
        if function is None:
            return _answer(Outcome("missing", message=UNDEFINED))
        if not callable(function):
            return _answer(Outcome("unusable", message=f"{head['name']} is not a function"))
        self._seed()
        return _answer(outcome(function, args, kwargs))

    def value(self, head, value):
        """What the student gave as the answer to a question."""
        names = self.shell.user_ns
        if head["exercise"] not in self.remembered and head["name"] not in names:
            return _answer(Outcome("missing", message=UNDEFINED))
        answer = self.remembered.get(head["exercise"], names.get(head["name"]))
        if answer is None or answer is Ellipsis:
            return _answer(Outcome("missing"))
        try:
            return _answer(Outcome("value", value=_plain(answer)))
        except Unusable as error:
            return _answer(Outcome("unusable", message=str(error)))

    def _seed(self):
        """The same submission gives the same grade, also where it uses the global generators."""
        random.seed(0)
        np.random.seed(0)

    def _function_of(self, number):
        """A function of the grader that the student's function gets as an argument."""

        def function(*args, **kwargs):
            try:
                frame = wire.encode({"ask": number, "request_id": self.request_id}, (args, kwargs))
            except wire.WireError as error:
                raise TypeError(f"this function takes numbers: {error}") from None
            self.line.send(frame)
            head, value = wire.decode(self.line.receive())
            if head["op"] == "raised":
                raise getattr(builtins, head["error"], ValueError)(head["words"])
            return value

        return function

    def _send(self, head, value):
        try:
            frame = wire.encode({**head, "request_id": self.request_id}, value)
        except wire.WireError as error:
            head = _no_answer(f"its answer cannot be sent: {error}")
            frame = wire.encode({**head, "request_id": self.request_id})
        self.line.send(frame)


def _plain(answer):
    """A prediction or a choice as plain data; a Fraction in a list is a number, too."""
    try:
        return plain(spelling.number(answer))
    except Unusable:
        return plain(spelling.alone(answer))


def _no_answer(why):
    """The answer to a request that could not be met, or for a file that could not be read."""
    return {"kind": "unusable", "words": why, "unreadable": why}


def _answer(result):
    """An Outcome as head and value."""
    head = {"kind": result.kind, "words": result.message}
    if result.error is not None:
        head["error"], _ = _describe(result.error)
        head["is_a"] = _builtin(result.error).__name__
    return head, result.value


def _describe(error):
    """The name of an exception's class, and its first line."""
    kind = error if isinstance(error, type) else type(error)
    try:
        text = error.msg if type(error) in _OF_SYNTAX else str(error)  # without its line
        lines = text.splitlines()
    except BaseException:
        lines = []
    return kind.__name__[:60], lines[0][:300] if lines else ""


def _builtin(kind):
    """The nearest built-in exception class: LinAlgError is a ValueError."""
    return next(one for one in kind.__mro__ if getattr(builtins, one.__name__, None) is one)


def _whole(descriptor):
    """The bytes of a file; the descriptor is closed before any student code runs."""
    chunks = []
    while chunk := os.read(descriptor, _CHUNK):
        chunks.append(chunk)
    os.close(descriptor)
    return b"".join(chunks)
