"""The checker survives a call of foreign code, whatever that code does."""

import sys
import time
import warnings

import numpy as np
import pytest

from lossbook.checking.calls import Runner, outcome


def test_a_value():
    came_to = outcome(lambda x: x + 1, (2,), {})
    assert came_to.kind == "value"
    assert came_to.value == 3.0


@pytest.mark.parametrize("nothing", [None, ...])
def test_nothing_returned(nothing):
    assert outcome(lambda: nothing, (), {}).kind == "missing"


def stub():
    raise NotImplementedError


def test_a_stub():
    assert outcome(stub, (), {}).kind == "missing"


def leaves():
    sys.exit(3)


def interrupts():
    raise KeyboardInterrupt


class Rude(Exception):
    def __str__(self):
        raise RuntimeError("no")


def rude():
    raise Rude


def recurses(n=0):
    return recurses(n + 1)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda: 1 / 0, ZeroDivisionError),
        (leaves, SystemExit),
        (interrupts, KeyboardInterrupt),
        (rude, Rude),
        (recurses, RecursionError),
        (lambda x: x, TypeError),
    ],
)
def test_what_it_raises_is_kept(function, error):
    came_to = outcome(function, (), {})
    assert (came_to.kind, came_to.error) == ("raised", error)
    assert "\n" not in came_to.message


def test_what_it_prints_and_warns_of_is_dropped(capsys):
    def talks():
        print("hello")
        print("oh", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return np.log(np.zeros(1))

    assert outcome(talks, (), {}).value == -np.inf
    assert capsys.readouterr() == ("", "")


def test_arguments_are_copies_and_a_change_is_noticed():
    mine, nested = np.ones(3), [[1.0], np.zeros(2)]

    def writes(a, b):
        a[0] = 7
        return 1.0

    def writes_deep(a, b):
        b[1][0] = 7
        return 1.0

    assert outcome(writes, (mine, nested), {}).kind == "changed"
    assert outcome(writes_deep, (mine, nested), {}).kind == "changed"
    assert outcome(lambda a, b: a.sum(), (np.array([np.nan, 1.0]), nested), {}).kind == "value"
    assert mine.tolist() == [1, 1, 1]
    assert nested[1].tolist() == [0, 0]


class Liar:
    def __eq__(self, other):
        return True

    def __float__(self):
        return 1.0

    def __array__(self, *args, **kwargs):
        return np.ones(1)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Liar(), "a Liar"),
        ([Liar()], "object"),
        ({"a": 1}, "a dict"),
        (lambda: 1, "a function"),
        (1j, "a complex"),
        (np.array([1j]), "complex"),
        ([[1.0], [1.0, 2.0]], "different lengths"),
        (10**400, "beyond the range"),
        (np.ma.masked_array([1.0], [True]), "masked"),
        (tuple(range(30)), "tuple of 30"),
        (np.array(["a", "b"]), "and not of numbers"),
    ],
)
def test_what_is_no_answer(value, words):
    came_to = outcome(lambda: value, (), {})
    assert came_to.kind == "unusable"
    assert words in came_to.message


def endless():
    while True:
        pass


def sleeps():
    time.sleep(60)


def test_an_endless_loop_is_ended():
    with Runner(endless, 0.2) as run:
        assert run(()).kind == "timeout"
    run.thread.join(60)
    assert not run.thread.is_alive()


def test_what_cannot_be_ended_is_left_behind():
    with Runner(sleeps, 0.2) as run:
        assert run(()).kind == "timeout"
    assert run.thread.is_alive()  # the call did not wait for it


def test_a_runner_makes_many_calls():
    with Runner(lambda x: 2 * x, 5) as run:
        assert [float(run((k,)).value) for k in range(100)] == list(range(0, 200, 2))
