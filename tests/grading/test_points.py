"""Points of the tests: they add up, and trivial answers get none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook.checking import Case, Function, Mistake, report
from lossbook.checking.calls import outcome
from lossbook.checking.cases import CaseSet
from lossbook.checking.compare import Finding
from lossbook.grading.marking.points import earned, plans_for, total


def mean(x):
    x = np.asarray(x, dtype=float)
    if x.size == 0 or x.ndim > 1:
        raise ValueError("x must be a vector that is not empty")
    return x.mean()


def cases(rng):
    yield Case("by hand", ([1.0, 3.0],))
    yield Case("nothing", ([],))
    yield Case("small numbers", ([2.0, 4.0, 9.0],))
    yield Case("small numbers", (rng.normal(size=4),))
    yield Case("large numbers", (1e6 * rng.normal(size=4),))
    yield Case("zeros", (np.zeros(int(rng.integers(2, 10_000))),))
    yield Case("one number", (rng.normal(size=1)[0] * np.ones(1),))
    yield Case("a matrix", (rng.normal(size=(2, 2)),))


MEAN = Function("mean_of", "The mean", 2, mean, cases, [Mistake("The sum.", np.sum)])
PUBLIC, SECRET = CaseSet(MEAN), CaseSet(MEAN, 71)
PLANS = plans_for(PUBLIC, SECRET)


def marks(function, exercise=MEAN):
    """The tests that a function earns, as {(about, visible): points}."""
    public, secret = CaseSet(exercise), CaseSet(exercise, 71)

    def call(args, kwargs):
        return outcome(function, args, kwargs)

    found = [report.on_calls(drawn, call).findings for drawn in (public, secret)]
    return earned(plans_for(public, secret), *found)


def test_full_marks_are_the_stars():
    tests = marks(mean)
    assert total(tests) == 2.0
    assert [test.earned for test in tests] == [test.points for test in tests]
    assert {test.message for test in tests} == {""}


def test_visible_tests_carry_three_tenths():
    visible = [plan for plan in PLANS if plan.visible]
    assert sum(plan.points for plan in visible) == pytest.approx(0.6)
    assert [plan.about for plan in visible] == [
        "by hand",
        "nothing",
        "small numbers",
        "large numbers",
        "zeros",
        "one number",
        "a matrix",
    ]


def test_cases_that_only_a_secret_seed_draws_are_hidden():
    hidden = {plan.about: plan.cases for plan in PLANS if not plan.visible}
    assert hidden == {
        "small numbers": (3, 11, 19),  # and not 2, which every seed has
        "large numbers": (4, 12, 20),
        "zeros": (5, 13, 21),
        "one number": (6, 14, 22),
        "a matrix": (7, 15, 23),
    }


@pytest.mark.parametrize(
    ("about", "discriminating"),
    [
        ("small numbers", True),
        ("large numbers", True),
        ("zeros", False),  # where 0 is right, a function that returns 0 shows nothing
        ("a matrix", False),  # where an error is right, so has who always raises
    ],
)
def test_trivial_answers_fail_every_discriminating_test(about, discriminating):
    assert (
        next(p.discriminating for p in PLANS if p.about == about and not p.visible)
        is discriminating
    )


def test_a_value_handed_back_tells_nothing():
    handing = Function(
        "same",
        "",
        1,
        lambda x: x + 0 if x.size > 1 else 2 * x,
        lambda rng: [Case("twice", (rng.normal(size=1),)), Case("same", (rng.normal(size=2),))],
        [],
    )
    plans = plans_for(CaseSet(handing), CaseSet(handing, 5))
    assert {p.about: p.discriminating for p in plans if not p.visible} == {
        "twice": True,
        "same": False,
    }


def printed(x):
    """A table of everything that the check shows."""
    known = {
        tuple(np.ravel(c.args[0])): right
        for c, right in zip(PUBLIC.cases, PUBLIC.expected, strict=True)
    }
    right = known.get(tuple(np.ravel(x)))
    if right is None:
        return 0.0
    if right.kind == "raised":
        raise ValueError
    return right.value


def refuses(x):
    raise ValueError("no")


@pytest.mark.parametrize(
    "function",
    [printed, refuses, lambda x: 0.0, lambda x: None, lambda x: 2.0, lambda x: x, lambda x: np.nan],
)
def test_an_answer_without_knowledge_earns_nothing(function):
    tests = marks(function)
    assert total(tests) == 0
    right = [test for test in tests if test.message.startswith("right")]
    assert all(test.message == right[0].message for test in right)


def test_the_table_of_printed_examples_is_right_on_all_that_is_visible():
    """So that the test above tests something."""
    assert sum(test.message.startswith("right") for test in marks(printed) if test.visible) == 7


def test_a_test_is_lost_if_one_of_its_cases_is_wrong():
    last = SECRET.cases[4].args[0]
    tests = marks(lambda x: mean(x) + np.array_equal(x, last))
    lost = [test for test in tests if not test.earned]
    assert [(test.about, test.visible) for test in lost] == [("large numbers", False)]
    assert lost[0].message == "the value is not the expected one"
    assert total(tests) == round(2 - lost[0].points, 2)


def test_a_visible_case_gives_its_message_and_a_hidden_one_only_its_kind():
    """An error message of the student's own could carry the secret arguments out."""

    def tells(x):
        if len(x) == 4:
            raise KeyError(f"the case is {x}")
        return mean(x)

    words = {(test.about, test.visible): test.message for test in marks(tells)}
    assert words["large numbers", True].startswith("it raises KeyError: 'the case is [")
    assert words["large numbers", False] == "it raises an error where a value is expected"
    assert words["by hand", True] == ""


KINDS = (
    "missing",
    "raises",
    "does not raise",
    "wrong error",
    "wrong shape",
    "other shape",
    "wrong value",
    "unstable",
    "changes its input",
    "too slow",
    "crashed",
    "no answer",
    "not tried",
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_finding_has_words_for_a_hidden_case(kind):
    found = [Finding(kind, "secret")] * len(PUBLIC.cases)
    tests = earned(PLANS, found, found)
    assert all(test.message for test in tests)
    assert not any("secret" in test.message for test in tests if not test.visible)


def test_a_draw_that_brings_nothing_new_is_refused():
    with pytest.raises(ValueError, match=r"cases of .* must draw new arguments with `rng`"):
        plans_for(PUBLIC, CaseSet(MEAN))


@settings(max_examples=40)
@given(
    stars=st.integers(1, 4),
    visible=st.integers(1, 30),
    hidden=st.integers(1, 30),
    wrong=st.sets(st.integers(0, 29)),
)
def test_points_add_up_to_two_digits(stars, visible, hidden, wrong):
    def some(rng):
        for k in range(visible):
            yield Case(f"fixed {k}", (float(k + 2),))
        for k in range(hidden):
            yield Case(f"drawn {k}", (rng.normal() + 10 * k,))

    exercise = Function("twice", "", stars, lambda x: 2 * x, some, [])
    public, secret = CaseSet(exercise), CaseSet(exercise, 3)
    plans = plans_for(public, secret)
    assert sum(round(100 * plan.points) for plan in plans) == 100 * stars
    assert all(plan.points == round(plan.points, 2) for plan in plans)
    seen = sum(round(100 * plan.points) for plan in plans if plan.visible)
    assert seen == 30 * stars
    drawn = range(len(secret.cases))
    found = [Finding("wrong value", "") if k in wrong else None for k in drawn]
    tests = earned(plans, [None] * len(public.cases), found)
    assert total(tests) == round(sum(100 * test.earned for test in tests)) / 100
    assert all(test.earned in (0, test.points) for test in tests)
