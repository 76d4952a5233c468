"""Hidden cases: the reference gets all points; known mistakes and guesses lose theirs."""

import pickle
from functools import cache, partial

import numpy as np
import pytest

from lossbook.checking import diagnose, report
from lossbook.checking.calls import outcome
from lossbook.grading.marking.points import earned, plans_for, total
from tests.helpers.exercise_specs import EXERCISES, FUNCTIONS, draw, label

SEEDS = [2**70 + 3, [8, 15]]
each_function = pytest.mark.parametrize(("chapter", "exercise"), FUNCTIONS, ids=label)
each_seed = pytest.mark.parametrize("seed", SEEDS, ids=str)


@cache
def draws(name, seed):
    """The public draw and a secret one, and the plans."""
    public, secret = draw(EXERCISES[name]), draw(EXERCISES[name], seed)
    return public, secret, plans_for(public, secret)


def drawn(exercise, seed):
    return draws(exercise.name, seed if isinstance(seed, int) else tuple(seed))


def marks(exercise, function, seed):
    public, secret, plans = drawn(exercise, seed)

    def call(args, kwargs):
        return outcome(function, args, kwargs)

    found = [report.on_calls(one, call).findings for one in (public, secret)]
    return earned(plans, *found)


@each_function
def test_each_hidden_test_has_a_visible_counterpart(chapter, exercise):
    visible = {case.about for case in exercise.draw_cases()}
    assert {case.about for case in exercise.draw_cases(SEEDS[0])} == visible


@each_function
def test_public_seed_draws_the_visible_cases_only(chapter, exercise):
    public = list(exercise.cases(np.random.default_rng(0)))
    assert repr(exercise.draw_cases()) == repr(public)
    assert len(exercise.draw_cases(1)) > len(public)


@each_seed
@each_function
def test_reference_gets_all_points(chapter, exercise, seed):
    tests = marks(exercise, exercise.reference, seed)
    assert total(tests) == exercise.stars
    assert sum(not test.visible for test in tests) >= 3


def refuses(*args, **kwargs):
    raise ValueError("no")


GUESSES = {
    "nothing": lambda *args, **kwargs: None,
    "0": lambda *args, **kwargs: 0,
    "1": lambda *args, **kwargs: 1.0,
    "zeros": lambda *args, **kwargs: np.zeros(np.shape(args[0])),
    "its first argument": lambda *args, **kwargs: args[0],
    "another argument": lambda *args, **kwargs: args[min(3, len(args) - 1)],
    "always ValueError": refuses,
}


@each_function
def test_guess_earns_nothing(chapter, exercise):
    points = {what: total(marks(exercise, answer, SEEDS[0])) for what, answer in GUESSES.items()}
    assert points == dict.fromkeys(GUESSES, 0)


@each_function
def test_table_of_the_visible_cases_earns_nothing(chapter, exercise):
    public = drawn(exercise, SEEDS[0])[0]
    table = {
        repr((case.args, case.kwargs)): right
        for case, right in zip(public.cases, public.expected, strict=True)
    }

    def by_heart(*args, **kwargs):
        right = table.get(repr((args, kwargs)))
        if right is None or right.kind == "raised":
            raise ValueError("a case that was not printed, or one to refuse")
        return right.value

    tests = marks(exercise, by_heart, SEEDS[0])
    assert all(test.message.startswith("right") for test in tests if test.visible)
    assert total(tests) == 0


@each_function
def test_known_mistake_fails_a_hidden_test(chapter, exercise):
    secret, plans = drawn(exercise, SEEDS[0])[1:]
    hidden = [plan for plan in plans if not plan.visible]
    for known in secret.mistakes:
        lost = [p.about for p in hidden if any(k in known.fails for k in p.cases)]
        assert lost, known.mistake.feedback


@each_function
def test_hidden_cases_do_not_repeat(chapter, exercise):
    """In 200 draws no such test repeats; with 10⁴ possibilities one would, 6 times of 7."""
    plans = drawn(exercise, SEEDS[0])[2]
    draws = [exercise.draw_cases([seed, 1]) for seed in range(200)]
    for about in (plan.about for plan in plans if plan.discriminating):
        asked = {pickle.dumps([c.args for c in cases if c.about == about]) for cases in draws}
        assert len(asked) == len(draws), about


@each_function
def test_odd_answer_is_judged_without_an_error(chapter, exercise):
    """Answers come from untrusted code: inf, nan and the wrong shape, at every case."""
    secret = drawn(exercise, SEEDS[0])[1]

    def forms(value):
        if isinstance(value, tuple):
            return [tuple(part) for part in zip(*map(forms, value), strict=True)]
        odd = (np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324)
        return [np.full(np.shape(value), one) for one in odd]

    for k, right in enumerate(secret.expected):
        values = [np.zeros(0), "text", (), (np.zeros(2), "text"), np.zeros((0, 3))]
        if right.kind == "value":
            values += forms(right.value)
        for value in values:
            given = right._replace(kind="value", value=value)
            found = secret.findings([*secret.expected[:k], given])[k]
            assert found is None or found.kind, (secret.cases[k].about, value)


HOSTILE = {
    "text": lambda *args: "42",
    "nothing of it": lambda *args: np.zeros((0, 3)),
    "a tuple": lambda *args: (np.nan, "text", np.zeros(2)),
    "two texts": lambda *args: ("a", "b"),
    "infinities": lambda *args: (np.inf, np.full((3, 3), -np.inf)),
    "a number": lambda *args: 3.0,
    "two vectors": lambda *args: (np.zeros(2), np.zeros(3)),
}


@each_function
def test_probe_accepts_any_answer(chapter, exercise):
    for what, function in HOSTILE.items():
        said = diagnose.probe(exercise, partial(outcome, function))
        assert said is None or isinstance(said, str), what
