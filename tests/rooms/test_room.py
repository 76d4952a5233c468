"""A room runs somebody else's code and tells what came of it."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

if sys.platform != "linux":
    why = "a room with walls is Linux's; test_pool.py is about the others"
    pytest.skip(why, allow_module_level=True)

from processes import tree
from rooms import WRITES, call, cell, every_tier, opened, value, works

NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# text"},
        {"cell_type": "code", "id": "b", "metadata": {}, "source": ["x = 1\n", "y = 2"],
         "outputs": [], "execution_count": None},
        {"cell_type": "code", "id": "c", "metadata": {}, "source": "%%attempt mean\n= 1",
         "outputs": [], "execution_count": None},
    ],
}  # fmt: skip


@every_tier
def test_a_notebook_is_read_inside(kind, tmp_path):
    room = opened(kind)
    path = tmp_path / "handed in.ipynb"
    path.write_text(json.dumps(NOTEBOOK))
    with open(path, "rb") as file, room.open(file) as session:
        head, (cells, attempts) = session.ask({"op": "read", "name": path.name}, seconds=20)
    assert head["notes"] == []
    assert [source for source, _ in cells] == ["x = 1\ny = 2", "%%attempt mean\n= 1"]
    assert attempts == {"mean": "= 1"}


@every_tier
def test_what_is_no_notebook_is_unreadable(kind, tmp_path):
    room = opened(kind)
    path = tmp_path / "broken.ipynb"
    path.write_text("{" * 100)
    with open(path, "rb") as file, room.open(file) as session:
        head, _ = session.ask({"op": "read", "name": path.name}, seconds=20)
    assert head["unreadable"]


@every_tier
def test_more_code_than_a_frame_holds_is_unreadable(kind, tmp_path):
    room = opened(kind)
    # Signs that JSON writes with six; an attempt is sent as a cell and as a derivation.
    source = "%%attempt mean\n" + "\1" * 900_000
    code = {"cell_type": "code", "id": "b", "metadata": {}, "source": source}
    path = tmp_path / "long.ipynb"
    path.write_text(json.dumps(NOTEBOOK | {"cells": [code]}))
    with open(path, "rb") as file, room.open(file) as session:
        head, _ = session.ask({"op": "read", "name": path.name}, seconds=20)
    assert "too many" in head["unreadable"]


@every_tier
def test_cells_share_their_names_and_raise_their_errors(kind):
    room = opened(kind)
    with room.open() as session:
        assert cell(session, "x = 20") is None
        assert cell(session, "x += 1\n1 / 0\nx = 0") == ["ZeroDivisionError", "division by zero"]
        assert cell(session, "def broken(:")[0] == "SyntaxError"
        assert cell(session, "raise SystemExit(3)")[0] == "SystemExit"
        assert cell(session, "raise KeyboardInterrupt")[0] == "KeyboardInterrupt"
        assert value(session, "x") == ("value", 21.0)
        assert value(session, "nothing")[0] == "missing"
        cell(session, "def function(): pass")
        assert value(session, "function")[0] == "unusable"


@every_tier
def test_functions_are_called(kind):
    room = opened(kind)
    with room.open() as session:
        cell(session, "import numpy as np\n"
             "def f(x, k=1): return x * k, 'text'\n"
             "def bad(x): raise np.linalg.LinAlgError('singular')\n"
             "def writes(x): x[0] = 9\n"
             "def odd(x): return object()\n"
             "number = 3")  # fmt: skip
        x = np.array([1.0, np.nan, -0.0])
        head, (numbers, text) = call(session, "f", x, k=2)
        assert (head["kind"], text) == ("value", "text")
        assert numbers.tobytes() == (2 * x).tobytes()
        head, _ = call(session, "bad", x)
        assert (head["kind"], head["error"], head["words"]) == ("raised", "LinAlgError", "singular")
        assert head["is_a"] == "ValueError"
        assert call(session, "writes", x)[0]["kind"] == "changed"
        assert call(session, "odd", x)[0]["kind"] == "unusable"
        assert call(session, "number", x)[0]["kind"] == "unusable"
        assert call(session, "missing", x)[0]["kind"] == "missing"


@every_tier
def test_a_function_of_the_judge_s_can_be_called_inside(kind):
    room = opened(kind)
    asked = []

    def square(x):
        asked.append(x)
        if np.any(x < 0):
            raise ValueError("a negative number")
        return x**2

    with room.open() as session:
        cell(session, "def f(g, x): return g(x) + g(2 * x)")
        assert call(session, "f", square, np.array([1.0]))[1].tolist() == [5.0]
        assert len(asked) == 2
        head, _ = call(session, "f", square, -1.0)
        assert (head["kind"], head["words"]) == ("raised", "a negative number")
        cell(session, "def f(g, x): return g(object())")
        assert call(session, "f", square, 1.0)[0]["error"] == "TypeError"
        assert len(asked) == 3


HEARS = """
import sys

def turn():
    frame = sys._getframe()
    while not hasattr(frame.f_locals.get('self'), 'turn'):
        frame = frame.f_back
    return frame.f_locals['self'].turn

def asks(number):
    send({'ask': number, 'turn': turn()}, '{"t": [{"t": []}, {"d": []}]}')
    (size,) = struct.unpack('<I', os.read(3, 4))
    frame = os.read(3, size)
    head = json.loads(frame[4 : 4 + struct.unpack('<I', frame[:4])[0]])
    return head['op'] + ' ' + head['error']
"""


@every_tier
def test_a_function_that_misuses_the_judge_s_learns_nothing(kind):
    room = opened(kind)
    with room.open() as session:
        cell(session, "def f(g): return g(1, 2, 3, k=4)")
        assert call(session, "f", lambda x: x)[0]["error"] == "TypeError"
        # It may write into the line itself: a number that no function has is an error, too.
        cell(session, WRITES + HEARS)
        cell(session, "def f(g): return asks(17)")
        head, answer = call(session, "f", lambda: 1.0)
        assert (head["kind"], answer) == ("value", "raised IndexError")
        cell(session, "def f(g): return asks([])")
        head, answer = call(session, "f", lambda: 1.0)
        assert (head["kind"], answer) == ("value", "raised TypeError")
    assert works(room)


@every_tier
def test_the_same_submission_gives_the_same_numbers(kind):
    room = opened(kind)
    source = (
        "import random, numpy as np\n"
        "first = [random.random(), np.random.rand(), hash('text') % 1000, id and 0]\n"
        "order = ' '.join({str(k) for k in range(20)})\n"
        "def f(): return [random.random(), np.random.rand()]"
    )

    def run(room):
        with room.open() as session:
            assert cell(session, source) is None
            again = [call(session, "f")[1].tolist() for _ in range(2)]
            return value(session, "first")[1].tolist(), value(session, "order"), again

    first = run(room)
    assert run(room) == first
    assert first[2][0] == first[2][1]  # each call begins anew
    assert run(opened("strong" if kind == "process" else "process")) == first  # another zygote


# ---------------------------------------------------------------------------- the stand-in

CHECKS = """
from lossbook.exercises import checker
import lossbook.exercises
check = checker("02")
%load_ext lossbook.derive
check(0.25, "share")
check(0.5, "share")
check(len, "a_function")
check.require(3.0, "needed")
check.report([1.0, 2.0], "reported")
check.progress()
check.derivation("mean").attempt("= 1")
"""


@every_tier
def test_checks_in_a_notebook_remember_what_they_were_given(kind):
    room = opened(kind)

    def remembered(session, exercise):
        head, given = session.ask({"op": "value", "name": "", "exercise": exercise}, seconds=20)
        return None if head["kind"] == "missing" else given

    with room.open() as session:
        assert cell(session, CHECKS) is None
        assert cell(session, "%%attempt mean\n= 1") is None
        assert remembered(session, "share") == 0.5
        assert remembered(session, "needed") == 3.0
        assert remembered(session, "reported").tolist() == [1.0, 2.0]
        assert remembered(session, "a_function") is None
        assert remembered(session, "never") is None
    with room.open() as session:  # another submission begins with nothing
        assert remembered(session, "share") is None


@every_tier
def test_a_variable_counts_where_nothing_was_checked(kind):
    room = opened(kind)
    with room.open() as session:
        cell(session, "share = 0.25")
        asked = {"op": "value", "name": "share", "exercise": "share"}
        assert session.ask(asked, seconds=20)[1] == 0.25
        cell(session, "from lossbook.exercises import checker\nchecker('02')(0.5, 'share')")
        assert session.ask(asked, seconds=20)[1] == 0.5


@every_tier
def test_there_is_one_thread_to_fork(kind):
    """A fork copies the thread that asks for it, and locks as all others have left them."""
    room = opened(kind)
    zygote = [room.process.pid, *tree(room.process.pid)][-1]  # nobody is in the room
    status = Path(f"/proc/{zygote}/status").read_text()
    assert "Threads:\t1\n" in status
