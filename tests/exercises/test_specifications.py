"""Specifications of the exercises on the public cases: known mistakes fail and are named, and
values that are no answer fail. The hidden cases: test_hidden.py; both in a sandbox: `make verify`.
"""

import tracemalloc
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import lossbook.exercises
from lossbook.checking import report
from lossbook.checking.calls import Outcome
from lossbook.checking.cases import CaseSet
from lossbook.checking.compare import compare
from lossbook.exercises import CHAPTERS, checker
from tests.helpers.exercise_specs import (
    ALL,
    CHOICES,
    FUNCTIONS,
    PREDICTIONS,
    PROOFS,
    draw,
    label,
    said,
)

each_function = pytest.mark.parametrize(("chapter", "exercise"), FUNCTIONS, ids=label)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_has_four_to_seven_exercises_of_two_kinds(chapter):
    exercises = checker(chapter).exercises.values()
    assert 4 <= len(exercises) <= 7
    assert len({type(exercise) for exercise in exercises}) >= 2


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_exercise_is_in_the_module_of_its_name(chapter):
    folder = Path(lossbook.exercises.__file__).with_name(f"chapter{chapter}")
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == checker(chapter).exercises.keys()
    for name in modules:
        module = import_module(f"lossbook.exercises.chapter{chapter}.{name}")
        assert module.EXERCISE is checker(chapter).exercises[name]


def test_each_exercise_has_a_name_stars_and_a_title():
    for _, exercise in ALL:
        assert exercise.name.isidentifier()
        assert 1 <= exercise.stars <= 4, exercise.name
        assert exercise.title, exercise.name


# ----------------------------------------------------------------------------- functions


MISTAKES = [
    pytest.param(exercise, mistake, id=f"{exercise.name}-{mistake.function.__name__}")
    for _, exercise in FUNCTIONS
    for mistake in exercise.mistakes
]


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_known_mistake_fails_and_is_named(exercise, mistake):
    told = said(exercise, mistake.function)
    assert not told.solved
    assert told.mistake is mistake, f"taken for {told.mistake}\n{told}"


@each_function
def test_four_known_mistakes_have_different_feedback(chapter, exercise):
    sentences = [mistake.feedback for mistake in exercise.mistakes]
    assert len(sentences) >= 4
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith((".", "?")) for sentence in sentences)


def nearly(exercise):
    """The right answer, a thousandth too large."""

    def slightly_off(*args, **kwargs):
        value = exercise.reference(*args, **kwargs)
        if isinstance(value, tuple):
            return tuple(np.asarray(part) * 1.001 for part in value)
        return np.asarray(value) * 1.001

    return slightly_off


NO_ANSWERS = {  # beside those in test_hidden.py, which may earn no point
    "0.5": lambda *args, **kwargs: 0.5,
    "text": lambda *args, **kwargs: "42",
    "an object": lambda *args, **kwargs: object(),
    "nan": lambda *args, **kwargs: np.nan,
    "an error": lambda *args, **kwargs: 1 / 0,
    "a list of rows of different lengths": lambda *args, **kwargs: [[1.0], [1.0, 2.0]],
}


@each_function
def test_invalid_answer_fails(chapter, exercise):
    assert [what for what, answer in NO_ANSWERS.items() if said(exercise, answer).solved] == []


@each_function
def test_answer_off_by_a_thousandth_fails(chapter, exercise):
    assert not said(exercise, nearly(exercise)).solved


@each_function
def test_same_seed_gives_the_same_cases(chapter, exercise):
    first, second = exercise.draw_cases(5), exercise.draw_cases(5)
    for one, other in zip(first, second, strict=True):
        assert (one.about, repr(one.args)) == (other.about, repr(other.args))


@each_function
def test_reference_returns_or_raises_a_documented_error(chapter, exercise):
    drawn = draw(exercise)
    for case, came_to in zip(drawn.cases, drawn.expected, strict=True):
        assert came_to.kind in ("value", "raised"), (case, came_to)
        if came_to.kind == "raised":
            assert issubclass(came_to.error, (ValueError, TypeError)), (case, came_to)


@each_function
def test_smallest_case_can_be_computed_by_hand(chapter, exercise):
    smallest = min(
        sum(np.size(arg) for arg in case.args if not callable(arg))
        for case in exercise.draw_cases()
    )
    assert smallest <= 24


# ---------------------------------------------------------------- predictions and choices


@pytest.mark.parametrize(("chapter", "exercise"), PREDICTIONS, ids=label)
def test_predictions(chapter, exercise):
    assert report.on_prediction(exercise, exercise.answer).solved
    assert report.on_prediction(exercise, ...).state == "not yet"
    assert len(exercise.distractors) >= 2
    for value, says in exercise.distractors:
        told = report.on_prediction(exercise, value)
        assert not told.solved
        assert told.feedback == (says,)
    for odd in ["a half", [1.0, 2.0], None, object(), np.nan, np.inf]:
        assert not report.on_prediction(exercise, odd).solved


@pytest.mark.parametrize(("chapter", "exercise"), CHOICES, ids=label)
def test_choices(chapter, exercise):
    assert report.on_choice(exercise, exercise.answer).solved
    assert report.on_choice(exercise, f" {exercise.answer.upper()} ").solved
    assert report.on_choice(exercise, ...).state == "not yet"
    for letter, says in exercise.distractors.items():
        told = report.on_choice(exercise, letter)
        assert not told.solved
        assert told.feedback == (says,)
    for odd in ["z", "", 3, object(), ["a"]]:
        assert not report.on_choice(exercise, odd).solved


# --------------------------------------------------------------------------------- proofs


@pytest.mark.parametrize("seed", [1, 20, 2**80])
@pytest.mark.parametrize(("chapter", "exercise"), PROOFS, ids=label)
def test_proofs(chapter, exercise, seed):
    frame = exercise.make()
    assert report.on_proof(exercise, None).state == "not yet"
    assert report.on_proof(exercise, frame.attempt("% nothing yet\n")).state == "not yet"
    right = frame.attempt(exercise.solution, seed=seed)
    assert report.on_proof(exercise, right).solved, repr(right)
    assert exercise.false
    for lines, number in exercise.false:
        attempt = frame.attempt(lines, seed=seed)
        wrong = [k for k, step in enumerate(attempt.steps, 1) if not step.verdict.holds]
        assert wrong[:1] == [number], repr(attempt)
        assert not report.on_proof(exercise, attempt).solved
    jump = frame.attempt(f"{exercise.make().sign} {frame.goal}")
    assert not report.on_proof(exercise, jump).solved


# -------------------------------------------------------- what runs in the grader on an answer

ACCEPTING = [pair for pair in FUNCTIONS if pair[1].accepts]
HOSTILE = (np.nan, np.inf, -np.inf, 1.7e308, -1e200, 5e-324, -0.0, 1e9 + 0.5)


def _filled(value, number, at=None):
    """The value with a number in all places, or in one."""
    if isinstance(value, tuple):
        return tuple(_filled(part, number, at) for part in value)
    changed = np.array(value, float)
    changed.flat[slice(None) if at is None else at % max(changed.size, 1)] = number
    return changed


@pytest.mark.parametrize(("chapter", "exercise"), ACCEPTING, ids=label)
def test_accepts_takes_any_numbers_in_little_memory(chapter, exercise):
    """It runs in the grader, outside the sandbox: on numbers, in the shape of the right answer."""
    case_set = CaseSet(exercise)
    pairs = zip(case_set.cases, case_set.expected, strict=True)
    pairs = [(case, right) for case, right in pairs if right.kind == "value"]
    assert pairs
    tracemalloc.start()
    try:
        for case, right in pairs:
            for number in HOSTILE:
                for value in (_filled(right.value, number), _filled(right.value, number, at=1)):
                    found = compare(exercise, case, right, Outcome("value", value))
                    assert found is None or found.message
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000
