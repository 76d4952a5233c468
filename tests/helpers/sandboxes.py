"""Sandboxes of every kind, opened when first used, and how to talk to a process in one."""

import atexit
import functools
import json
import os
import sys

import numpy as np
import pytest

from lossbook.grading.sandbox.forkserver_client import ForkSandbox
from lossbook.grading.sandbox.layers import available_layers
from lossbook.grading.sandbox.spawn import SpawnSandbox

FORBIDDEN = ("lossbook", "sklearn")
KINDS = {
    "full": ("limits", "capabilities", "landlock", "seccomp", "namespaces"),
    "strong": ("limits", "capabilities", "landlock", "seccomp"),
    "landlock": ("limits", "landlock"),
    "seccomp": ("limits", "seccomp"),
    "process": ("limits",),
    "none": (),
    "spawn": ("limits",),
}
SECRET = "f00d"  # in the environment of the grader
SANDBOXES = {}
available = functools.cache(available_layers)


def needs_layers(layers):
    """Skip the test if this machine has not all of these layers."""
    if missing := [layer for layer in layers if layer not in available()]:
        pytest.skip(f"this machine has no {' and no '.join(missing)}")


def opened(kind):
    """The sandbox of a kind; skips the test if it needs Linux or layers that are missing here."""
    if kind != "spawn":
        if sys.platform != "linux":
            pytest.skip("a zygote needs Linux")
        needs_layers(KINDS[kind])
    if kind not in SANDBOXES:
        os.environ["TEACHERS_TOKEN"] = SECRET
        open_one = SpawnSandbox if kind == "spawn" else ForkSandbox
        try:
            SANDBOXES[kind] = open_one(forbidden=FORBIDDEN, layers=KINDS[kind])
        finally:
            del os.environ["TEACHERS_TOKEN"]
        atexit.register(SANDBOXES[kind].close)
    return SANDBOXES[kind]


every_kind = pytest.mark.parametrize("kind", ["full", "strong", "process", "spawn"])
forked = pytest.mark.parametrize("kind", ["full", "strong", "process"])
isolated = pytest.mark.parametrize("kind", ["full", "strong"])


def notebook(*sources):
    """A file with these cells, as text."""
    cells = [
        {"cell_type": "code", "id": f"c{k}", "source": source, "metadata": {}, "outputs": []}
        for k, source in enumerate(sources)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def cell(session, source, seconds=20):
    """Run a cell; [class, message] of what it raised, or None."""
    head, _ = session.ask({"op": "cell"}, source, seconds=seconds)
    return head["raised"]


def value(session, name, exercise=""):
    """(kind, value or message) of a variable, or of the answer that a check remembered."""
    head, given = session.ask({"op": "value", "name": name, "exercise": exercise}, seconds=20)
    return head["kind"], given if head["kind"] == "value" else head["words"]


def call(session, name, *args, **kwargs):
    """(head, value) of a call; functions among the arguments run here."""
    return session.ask({"op": "call", "name": name}, (args, kwargs), seconds=20, lend=_lend)


def _lend(function, args, kwargs, seconds):
    try:
        return {"op": "returned"}, function(*args, **kwargs)
    except Exception as error:
        return {"op": "raised", "error": type(error).__name__, "words": str(error)}, None


def result_of(sandbox, source, name="result"):
    """What a cell in a new process leaves in a variable."""
    with sandbox.open() as session:
        assert cell(session, source) is None
        kind, given = value(session, name)
        assert kind == "value", given
        return given


def works(sandbox):
    """Whether the sandbox serves the next submission."""
    with sandbox.open() as session:
        assert cell(session, "def f(x): return 2 * x") is None
        return call(session, "f", np.array([1.0, 2.0]))[1].tolist() == [2.0, 4.0]


# Finds the descriptor of the line to the grader, and puts a frame of its own into it.
LINE = """
import os, stat
def is_socket(descriptor):
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False
line = next(filter(is_socket, range(3, 256)))
"""
WRITES = (
    LINE
    + """
import json, struct
def send(head, value='null'):
    text = json.dumps(head)[:-1].encode() + b', "value": ' + value.encode() + b'}'
    os.write(line, struct.pack('<II', 4 + len(text), len(text)) + text)
"""
)
