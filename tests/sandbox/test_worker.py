"""The worker reads a file, runs its cells and answers, in every kind of sandbox."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from lossbook.grading.sandbox import isolation
from lossbook.grading.sandbox.session import Ended
from tests.helpers.processes import tree
from tests.helpers.sandboxes import WRITES, call, cell, every_kind, forked, opened, value, works

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


@every_kind
def test_a_notebook_is_read_inside(kind, tmp_path):
    sandbox = opened(kind)
    path = tmp_path / "handed in.ipynb"
    path.write_text(json.dumps(NOTEBOOK))
    with open(path, "rb") as file, sandbox.open(file) as session:
        head, (cells, attempts) = session.ask({"op": "read", "name": path.name}, seconds=20)
    assert head["notes"] == []
    assert [source for source, _ in cells] == ["x = 1\ny = 2", "%%attempt mean\n= 1"]
    assert attempts == {"mean": "= 1"}


@every_kind
def test_what_is_no_notebook_is_unreadable(kind, tmp_path):
    sandbox = opened(kind)
    path = tmp_path / "broken.ipynb"
    path.write_text("{" * 100)
    with open(path, "rb") as file, sandbox.open(file) as session:
        head, _ = session.ask({"op": "read", "name": path.name}, seconds=20)
    assert head["unreadable"]


@every_kind
def test_more_code_than_a_frame_holds_is_unreadable(kind, tmp_path):
    sandbox = opened(kind)
    # JSON writes this character with six; an attempt is sent as a cell and as a derivation.
    source = "%%attempt mean\n" + "\1" * 900_000
    code = {"cell_type": "code", "id": "b", "metadata": {}, "source": source}
    path = tmp_path / "long.ipynb"
    path.write_text(json.dumps(NOTEBOOK | {"cells": [code]}))
    with open(path, "rb") as file, sandbox.open(file) as session:
        head, _ = session.ask({"op": "read", "name": path.name}, seconds=20)
    assert "too many" in head["unreadable"]


@every_kind
def test_cells_share_their_names_and_raise_their_errors(kind):
    sandbox = opened(kind)
    with sandbox.open() as session:
        assert cell(session, "x = 20") is None
        assert cell(session, "x += 1\n1 / 0\ny = x") == ["ZeroDivisionError", "division by zero"]
        assert cell(session, "def broken(:")[0] == "SyntaxError"
        assert cell(session, "raise SystemExit(3)")[0] == "SystemExit"
        assert cell(session, "raise KeyboardInterrupt")[0] == "KeyboardInterrupt"
        assert value(session, "x") == ("value", 21.0)
        assert value(session, "y") == ("value", 21.0)  # the statements below are run all the same
        assert value(session, "nothing")[0] == "missing"
        cell(session, "def function(): pass")
        assert value(session, "function")[0] == "unusable"


@every_kind
def test_functions_are_called(kind):
    sandbox = opened(kind)
    with sandbox.open() as session:
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


@every_kind
def test_a_function_of_the_grader_can_be_called_inside(kind):
    sandbox = opened(kind)
    asked = []

    def square(x):
        asked.append(x)
        if np.any(x < 0):
            raise ValueError("a negative number")
        return x**2

    with sandbox.open() as session:
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

def request_id():
    frame = sys._getframe()
    while not hasattr(frame.f_locals.get('self'), 'request_id'):
        frame = frame.f_back
    return frame.f_locals['self'].request_id

def asks(number):
    send({'ask': number, 'request_id': request_id()}, '{"t": [{"t": []}, {"d": []}]}')
    (size,) = struct.unpack('<I', os.read(line, 4))
    frame = os.read(line, size)
    head = json.loads(frame[4 : 4 + struct.unpack('<I', frame[:4])[0]])
    return head['op'] + ' ' + head['error']
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows reads no sockets as files")
@every_kind
def test_misusing_a_function_of_the_grader_reveals_nothing(kind):
    sandbox = opened(kind)
    with sandbox.open() as session:
        cell(session, "def f(g): return g(1, 2, 3, k=4)")
        assert call(session, "f", lambda x: x)[0]["error"] == "TypeError"
    # It may write into the line itself, and ask for what is no function.
    for number in (17, -1, [], True, 0.0):
        with sandbox.open() as session:
            cell(session, WRITES + HEARS)
            cell(session, f"def f(g): return asks({number})")
            with pytest.raises(Ended, match="a call of no function"):
                call(session, "f", lambda: 1.0)
    assert works(sandbox)


@every_kind
def test_the_same_submission_gives_the_same_numbers(kind):
    sandbox = opened(kind)
    source = (
        "import random, numpy as np\n"
        "first = [random.random(), np.random.rand(), hash('text') % 1000, id and 0]\n"
        "order = ' '.join({str(k) for k in range(20)})\n"
        "def f(): return [random.random(), np.random.rand()]"
    )

    def run(sandbox):
        with sandbox.open() as session:
            assert cell(session, source) is None
            again = [call(session, "f")[1].tolist() for _ in range(2)]
            return value(session, "first")[1].tolist(), value(session, "order"), again

    first = run(sandbox)
    assert run(sandbox) == first
    assert first[2][0] == first[2][1]  # each call starts from the same seed
    assert run(opened("spawn" if kind == "process" else "process")) == first  # another interpreter


# ---------------------------------------------------------------------------- the stub

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


@every_kind
def test_checks_in_a_notebook_remember_what_they_were_given(kind):
    sandbox = opened(kind)

    def remembered(session, exercise):
        kind, given = value(session, "", exercise)
        return None if kind == "missing" else given

    with sandbox.open() as session:
        assert cell(session, CHECKS) is None
        assert cell(session, "%%attempt mean\n= 1") is None
        assert remembered(session, "share") == 0.5
        assert remembered(session, "needed") == 3.0
        assert remembered(session, "reported").tolist() == [1.0, 2.0]
        assert remembered(session, "a_function") is None
        assert remembered(session, "never") is None
    with sandbox.open() as session:  # another submission remembers nothing
        assert remembered(session, "share") is None


@every_kind
def test_a_variable_counts_where_nothing_was_checked(kind):
    sandbox = opened(kind)
    with sandbox.open() as session:
        cell(session, "share = 0.25")
        assert value(session, "share", "share")[1] == 0.25
        cell(session, "from lossbook.exercises import checker\nchecker('02')(0.5, 'share')")
        assert value(session, "share", "share")[1] == 0.5


@every_kind
def test_every_submission_begins_with_nothing(kind):
    sandbox = opened(kind)
    with sandbox.open() as session:
        cell(session, "import builtins, os\nbuiltins.left = 1\nopen('left', 'w').close()")
    with sandbox.open() as session:
        assert cell(session, "left")[0] == "NameError"
        assert cell(session, "import os\nassert os.listdir() == []") is None


@every_kind
def test_the_output_is_counted_and_its_end_is_kept(kind):
    with opened(kind).open() as session:
        cell(session, "print('begin' + 'x' * 200_000)\nprint('é end')")
    assert session.channel.output_size == 200_005 + 1 + len("é end\n".encode())
    assert session.channel.output_tail.decode()[-6:] == "é end\n"
    assert b"begin" not in session.channel.output_tail


@pytest.mark.skipif(os.name != "posix", reason="Windows has no limits")
@every_kind
def test_the_limits_apply(kind):
    with opened(kind).open() as session:
        cell(session, "import resource\nbound = resource.getrlimit(resource.RLIMIT_FSIZE)[0]")
        assert value(session, "bound")[1] == isolation.FILE


@forked
def test_the_zygote_has_one_thread(kind):
    """A fork copies the thread that calls it, and locks as all others have left them."""
    sandbox = opened(kind)
    zygote = [sandbox.process.pid, *tree(sandbox.process.pid)][-1]  # no child is running
    status = Path(f"/proc/{zygote}/status").read_text()
    assert "Threads:\t1\n" in status
