"""The cases for one seed: computed once, and asked through a call that may run anywhere."""

import numpy as np
import pytest

from lossbook.checking import Case, Function, Mistake, report
from lossbook.checking.calls import Outcome, Runner, outcome
from lossbook.checking.cases import CaseSet


def doubled(x):
    return 2 * np.asarray(x, dtype=float)


def cases(rng):
    yield Case("by hand", ([1.0, 2.0],))
    yield Case("drawn", (rng.normal(size=3),))
    yield Case("zero", ([0.0],))


def counted(function):
    """The function, and the list of what it was called with."""
    calls = []

    def counting(*args):
        calls.append(args)
        return function(*args)

    return counting, calls


SQUARED = Mistake("This is the square.", lambda x: np.asarray(x) ** 2)
HALVED = Mistake("This is the half.", lambda x: np.asarray(x) / 2)
DOUBLE = Function("double", "Twice", 2, doubled, cases, [SQUARED, HALVED])


def calling(function):
    """A call that answers here and now."""
    return lambda args, kwargs: outcome(function, args, kwargs)


def test_the_seed_decides_what_is_drawn():
    public, again, other = CaseSet(DOUBLE), CaseSet(DOUBLE, 0), CaseSet(DOUBLE, [7, 1])
    assert np.array_equal(public.cases[1].args[0], again.cases[1].args[0])
    assert not np.array_equal(public.cases[1].args[0], other.cases[1].args[0])


def test_what_is_expected_is_what_the_reference_gives():
    drawn = CaseSet(DOUBLE)
    assert [right.kind for right in drawn.expected] == ["value"] * 3
    assert np.array_equal(drawn.expected[0].value, [2.0, 4.0])


def test_a_known_mistake_is_kept_with_the_cases_on_which_it_fails():
    squared, halved = CaseSet(DOUBLE).mistakes
    assert squared.mistake is SQUARED
    assert np.array_equal(squared.outcomes[0].value, [1.0, 4.0])
    assert squared.fails == halved.fails == (0, 1), "0 is right in the third case"


def test_many_answers_cost_one_reference_and_one_look_at_each_mistake():
    reference, asked = counted(doubled)
    wrong, tried = counted(SQUARED.function)
    spec = Function("double", "", 1, reference, cases, [Mistake("Squared.", wrong)])
    drawn = CaseSet(spec)
    assert len(asked) == 3
    assert tried == [], "a mistake is looked at when the first answer is wrong"
    for _ in range(5):
        assert report.on_calls(drawn, calling(SQUARED.function)).mistake is spec.mistakes[0]
    assert (len(asked), len(tried)) == (3, 3)


def test_the_report_is_the_same_wherever_the_function_runs():
    for function in (doubled, SQUARED.function, lambda x: None, lambda x: 1 / 0, lambda x: x[0]):
        here = report.on_function(DOUBLE, function)
        there = report.on_calls(CaseSet(DOUBLE), calling(function))
        assert str(here) == str(there)
        assert here.findings == there.findings


def test_there_is_a_finding_for_each_case():
    said = report.on_function(DOUBLE, lambda x: doubled(x) if len(x) == 2 else [1.0] * len(x))
    assert [one and one.kind for one in said.findings] == [None, "wrong value", "wrong value"]
    assert report.on_function(DOUBLE, doubled).findings == (None, None, None)
    assert [one.kind for one in report.on_function(DOUBLE, lambda x: None).findings] == [
        "missing"
    ] * 3


@pytest.mark.parametrize(
    ("kind", "found", "words"),
    [
        ("timeout", "too slow", "it had not finished after 2 seconds"),
        ("crashed", "crashed", "the process ended itself with exit code 1"),
    ],
)
def test_nobody_is_called_after_the_end(kind, found, words):
    asked = []

    def call(args, kwargs):
        asked.append(args)
        if len(asked) == 2:
            return Outcome(kind, message=words)
        return outcome(doubled, args, kwargs)

    said = report.on_calls(CaseSet(DOUBLE), call)
    assert len(asked) == 2
    assert [one and one.kind for one in said.findings] == [None, found, "not tried"]
    assert said.kind == found
    assert said.summary == "double: 1 of 3 cases are right."
    assert said.call[-1].strip() == words
    assert said.feedback == ("Works already: by hand.",)


def probing(looked):
    """An exercise whose probe asks three times and notes the answers."""

    def probe(ask):
        looked.extend(ask([x]) for x in (1.0, 2.0, 3.0))
        return "Looked."

    return Function("double", "", 1, doubled, cases, [], probes=(probe,))


def odd(x):
    return np.cumsum(x) - 1


def test_a_probe_asks_through_the_call_and_gets_plain_values():
    looked = []
    assert report.on_calls(CaseSet(probing(looked)), calling(odd)).feedback[0].endswith("Looked.")
    assert np.array_equal(looked, [[0.0], [1.0], [2.0]])


def test_a_probe_is_not_answered_after_the_end():
    looked, asked = [], []

    def call(args, kwargs):
        asked.append(args)
        if len(asked) == 5:  # three cases, and the second question of the probe
            return Outcome("crashed", message="the process ended itself with exit code 1")
        return outcome(odd, args, kwargs)

    report.on_calls(CaseSet(probing(looked)), call)
    assert looked == [[0.0], None, None]
    assert len(asked) == 5


def test_a_probe_is_not_asked_after_the_last_case_did_not_end():
    looked = []

    def call(args, kwargs):
        if len(args[0]) == 1:
            return Outcome("timeout", message="timeout")
        return outcome(odd, args, kwargs)

    said = report.on_calls(CaseSet(probing(looked)), call)
    assert looked == []
    assert said.findings[-1].kind == "too slow"


def test_functions_are_handed_to_the_call_as_they_are():
    apply = Function("apply", "", 1, lambda f, x: f(x), lambda rng: [Case("", (abs, -1.0))], [])
    handed = []

    def call(args, kwargs):
        handed.append(args)
        return Outcome("value", value=np.asarray(1.0))

    assert report.on_calls(CaseSet(apply), call).solved
    assert handed == [(abs, -1.0)]


def test_a_runner_is_such_a_call():
    with Runner(doubled, 2) as run:
        assert report.on_calls(CaseSet(DOUBLE), run).solved
