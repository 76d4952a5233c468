"""A process that ends badly, or not at all: the grader says how, and no other one is affected."""

import os
import signal

import numpy as np
import pytest

from lossbook.grading.sandbox.channel import OUTPUT, Ended, TimedOut
from tests.helpers.sandboxes import (
    LINE,
    WRITES,
    call,
    cell,
    every_kind,
    forked,
    opened,
    value,
    works,
)


def both(session, *sources):
    for source in sources:
        cell(session, source)


DEADLY = {
    "exits": ("import os; os._exit(3)", "exit code 3"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "segmentation fault"),
    "aborts": ("import os; os.abort()", "abort"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "killed"),
    "overflows its stack": (
        "import sys, re; sys.setrecursionlimit(10**8)\n"
        "class A:\n    def __repr__(self): return repr([self])\nrepr(A())",
        "crashed|ended",
    ),
    "writes into the line": (LINE + "os.write(line, b'x' * 100)", "wrote into the line"),
    "writes a length of 4 GB": (LINE + "os.write(line, b'\\xff' * 8)", "wrote into the line"),
    "writes a frame of nonsense": (LINE + "os.write(line, b'\\x08\\0\\0\\0' * 3)", "wrote into"),
    "sends NaN": (WRITES + "send({'raised': None}, 'NaN')", "wrote into the line"),
    "sends a nest": (WRITES + "send({'raised': None}, '[' * 10**5)", "wrote into the line"),
    "sends a function": (WRITES + "send({'raised': None}, '{\"c\": 0}')", "wrote into the line"),
    "sends too large a head": (
        WRITES + "send({'raised': None}, '[' + '{},' * (1 << 21) + '0]')", "wrote into the line"
    ),
    "half a frame, then the end": (
        LINE + "os.write(line, b'\\x40\\0\\0\\0{'); os._exit(0)", "exit code 0"
    ),
    "closes the line": (LINE + "os.close(line)", "exit code|killed"),
    "prints a gigabyte": (
        "for _ in range(1 << 14): print('x' * (1 << 16))", "printed more than 16 MB"
    ),
    "prints bytes": (
        "import os\nwhile True: os.write(2, bytes(1 << 16))", "printed more than 16 MB"
    ),
    "fills the disk": (
        "import time\nfor k in range(50):\n    open(str(k), 'wb').write(bytes(4 << 20))\n"
        "    time.sleep(0.02)\ntime.sleep(9)",
        "more than 64 MB",
    ),
    "fills the disk and prints": (
        "for k in range(4000):\n    open(str(k % 100), 'wb').write(bytes(1 << 20))\n"
        "    print('.')\nimport time; time.sleep(9)",
        "more than 64 MB",
    ),
    "makes many files": (
        "import time\nfor k in range(1500): open(str(k), 'w').close()\ntime.sleep(9)",
        "more than 1000 files",
    ),
    "makes many files and prints": (
        "k = 0\nwhile True:\n    k += 1\n    print('x')\n    open(str(k), 'w').close()",
        "more than 1000 files",
    ),
    "makes a nest of folders": (
        "import os, time\nfor k in range(1100):\n    os.mkdir('d'); os.chdir('d')\ntime.sleep(9)",
        "folders inside each other|more than 1000",
    ),
}  # fmt: skip


@forked
@pytest.mark.parametrize(("source", "words"), DEADLY.values(), ids=DEADLY)
def test_a_bad_end_is_reported_and_affects_no_other_process(kind, source, words):
    sandbox = opened(kind)
    with sandbox.open() as neighbour:
        cell(neighbour, "kept = 7.5")
        with sandbox.open() as session:
            with pytest.raises(Ended, match=words):
                both(session, source, "1")  # what is not noticed at once is with the next request
            with pytest.raises(Ended):  # it is over
                cell(session, "1")
            assert not os.path.lexists(session.folder)
        assert value(neighbour, "kept") == ("value", 7.5)
    assert works(sandbox)


# An interpreter for each takes a second to start, so these are fewer.
PORTABLE = ("exits", "aborts", "prints a gigabyte", "makes many files and prints")
ON_POSIX = ("writes into the line", "writes a frame of nonsense", "closes the line")


@pytest.mark.parametrize("what", PORTABLE + (ON_POSIX if os.name == "posix" else ()))
def test_a_bad_end_is_reported_without_a_fork(what):
    source, words = DEADLY[what]
    with opened("spawn").open() as session:
        with pytest.raises(Ended, match=words):
            both(session, source, "1")
        assert not os.path.lexists(session.folder)


SLOW = {
    "computes for ever": "while True: pass",
    "sleeps": "import time; time.sleep(1000)",
    "stops itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "ignores every signal": (
        "import signal\nfor k in range(1, 32):\n"
        "    if k not in (9, 19): signal.signal(k, signal.SIG_IGN)\nwhile True: pass"
    ),
    "half a frame, then silence": LINE + "os.write(line, b'\\x40\\0\\0\\0{')\nwhile True: pass",
    "waits for the grader": LINE + "while True: os.read(line, 1)",
    "catches everything": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    ),
}


@forked
@pytest.mark.parametrize("source", SLOW.values(), ids=SLOW)
def test_a_process_that_does_not_answer_is_killed(kind, source):
    sandbox = opened(kind)
    with (
        sandbox.open() as session,
        pytest.raises(TimedOut, match=r"not finished after 0\.3 seconds"),
    ):
        cell(session, source, seconds=0.3)
    assert session.ending["status"] == -signal.SIGKILL
    assert works(sandbox)


@pytest.mark.parametrize("what", ["computes for ever", "catches everything"])
def test_a_process_that_does_not_answer_is_killed_without_a_fork(what):
    with opened("spawn").open() as session, pytest.raises(TimedOut):
        cell(session, SLOW[what], seconds=0.3)
    assert not os.path.lexists(session.folder)


LIVELY = {
    "takes much memory": ("x = bytearray(3 << 30)", "MemoryError"),
    "takes memory bit by bit": ("x = []\nwhile True: x.append(bytearray(1 << 24))", "MemoryError"),
    "calls itself": ("def f(): f()\nf()", "RecursionError"),
    "writes a large file": ("open('x', 'wb').write(bytes(20 << 20))", "OSError"),
    "opens many files": ("x = [open('/dev/null') for _ in range(99)]", "OSError"),
    "raises something odd": (
        "class Odd(BaseException):\n    def __str__(self): raise KeyboardInterrupt\nraise Odd",
        "Odd",
    ),
    "raises a lone surrogate": ("raise ValueError('\\ud800')", "ValueError"),
}  # fmt: skip


@forked
@pytest.mark.parametrize(("source", "raised"), LIVELY.values(), ids=LIVELY)
def test_a_process_that_reaches_its_limits_goes_on(kind, source, raised):
    sandbox = opened(kind)
    with sandbox.open() as session:
        assert cell(session, source)[0] == raised
        assert cell(session, "x = None") is None
        assert cell(session, "y = 1.0") is None
        assert value(session, "y") == ("value", 1.0)


ODD_ANSWERS = {
    "a list of lists of lists": "[[[[1.0]]]]",
    "an object": "object()",
    "a large array": "np.zeros(20_000_000)",
    "a huge empty array": "np.zeros((0, 2**30, 2**20))",
    "a number that lies": "type('F', (float,), {'__float__': lambda s: 1 / 0})(1)",
    "an array that lies": "type('A', (np.ndarray,), {'__array__': 0})((2,))",
    "text with a lone surrogate": "'\\ud800'",
    "much text": "'x' * (8 << 20)",
    "a nest": "__import__('functools').reduce(lambda x, _: (x,), range(900), 1.0)",
}


def test_odd_answers_are_values_or_unusable():
    with opened("spawn").open() as session:
        for about, source in ODD_ANSWERS.items():
            cell(session, f"import numpy as np\ndef f(): return {source}")
            head, _ = call(session, "f")
            assert head["kind"] in ("value", "unusable", "raised"), about
            assert cell(session, "pass") is None, about


@forked
def test_a_reply_sent_before_its_request_is_no_answer(kind):
    sandbox = opened(kind)
    forged = WRITES + "for _ in range(5): send({'kind': 'value', 'words': ''}, '42.0')"
    with sandbox.open() as neighbour, sandbox.open() as session:
        cell(neighbour, "x = 1.0")
        with pytest.raises(Ended, match="wrote into the line"):
            cell(session, forged)
        assert value(neighbour, "x") == ("value", 1.0)
    assert works(sandbox)


@forked
def test_much_output_before_an_answer_is_no_answer(kind):
    sandbox = opened(kind)
    with sandbox.open() as session:
        source = f"print('x' * {OUTPUT - 1000})\n"
        assert cell(session, source) is None
        with pytest.raises(Ended, match="printed more"):
            both(session, source, "1")


@every_kind
def test_a_request_that_is_not_read_does_not_hold_the_grader(kind):
    """It is longer than a socket's buffer, and the process is busy."""
    with opened(kind).open() as session:
        cell(session, "def slow(x):\n    import time\n    time.sleep(60)")
        with pytest.raises(TimedOut):
            session.ask({"op": "call", "name": "slow"}, ((np.zeros(1 << 19),), {}), seconds=1)
