"""Rooms with every set of walls that makes sense, opened when they are first wanted, and how to
talk to a child in one.
"""

import atexit
import json
import os

import numpy as np
import pytest

from lossbook.grading.sandbox.forkserver_client import Room, walls_here

HERE = walls_here()
FORBIDDEN = ("lossbook", "sklearn")
KINDS = {
    "full": ("limits", "capabilities", "landlock", "seccomp", "namespaces"),
    "strong": ("limits", "capabilities", "landlock", "seccomp"),
    "landlock": ("limits", "landlock"),
    "seccomp": ("limits", "seccomp"),
    "process": ("limits",),
}
SECRET = "f00d"  # stands in the environment of the judge
ROOMS = {}


def opened(kind):
    """The room of a kind; skips where this machine has not all of its walls."""
    missing = [wall for wall in KINDS[kind] if wall not in HERE]
    if missing:
        pytest.skip(f"this machine has no {' and no '.join(missing)}")
    if kind not in ROOMS:
        os.environ["TEACHERS_TOKEN"] = SECRET
        try:
            ROOMS[kind] = Room(forbidden=FORBIDDEN, these=KINDS[kind])
        finally:
            del os.environ["TEACHERS_TOKEN"]
        atexit.register(ROOMS[kind].close)
    return ROOMS[kind]


every_tier = pytest.mark.parametrize("kind", ["full", "strong", "process"])
behind_walls = pytest.mark.parametrize("kind", ["full", "strong"])


def any_room():
    """Where walls make no difference."""
    return opened("full" if "namespaces" in HERE else "process")


def notebook(*sources):
    """A file with these cells, as text."""
    cells = [
        {"cell_type": "code", "id": f"c{k}", "source": source, "metadata": {}, "outputs": []}
        for k, source in enumerate(sources)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def cell(session, source, seconds=20):
    """Run a cell; [class, words] of what it raised, or None."""
    head, _ = session.ask({"op": "cell"}, source, seconds=seconds)
    return head["raised"]


def value(session, name):
    """(kind, value or words) of a variable."""
    head, given = session.ask({"op": "value", "name": name, "exercise": ""}, seconds=20)
    return head["kind"], given if head["kind"] == "value" else head["words"]


def call(session, name, *args, **kwargs):
    """(head, value) of a call."""
    return session.ask({"op": "call", "name": name}, (args, kwargs), seconds=20)


def told(room, source, name="told"):
    """What a cell in a new child leaves in a variable."""
    with room.open() as session:
        assert cell(session, source) is None
        kind, given = value(session, name)
        assert kind == "value", given
        return given


def works(room):
    """Whether the room serves the next submission."""
    with room.open() as session:
        assert cell(session, "def f(x): return 2 * x") is None
        return call(session, "f", np.array([1.0, 2.0]))[1].tolist() == [2.0, 4.0]


# Puts a frame of one's own into the line to the judge.
WRITES = """
import json, os, struct
def send(head, value='null'):
    text = json.dumps(head)[:-1].encode() + b', "value": ' + value.encode() + b'}'
    os.write(3, struct.pack('<II', 4 + len(text), len(text)) + text)
"""
