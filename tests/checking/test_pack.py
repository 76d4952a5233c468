"""A pack without the references answers as the specifications do, and holds no solution."""

import math
import re

import numpy as np
import pytest

from lossbook.checking import Case, Checker, Choice, Function, Mistake, Prediction, Proof, pack
from lossbook.exercises import CHAPTERS, checker


def mean(x, weights=None):
    if len(x) == 0:
        raise ValueError("no numbers")
    return np.average(x, weights=weights)


def total(x, weights=None):
    return np.sum(x)


def _cases(rng):
    yield Case("small numbers", ([1.0, 2.0, 4.0],))
    yield Case("an array", (np.array([[1, 2], [3, 4]], dtype=np.uint8),))
    yield Case("weights", ([1.0, 3.0],), {"weights": (1.0, 3.0)})
    yield Case("not a number", ([math.nan, 1.0],))
    yield Case("no number", (np.zeros((0, 2)),))


MEAN = Function("mean", "A mean", 2, mean, _cases, [Mistake("This is the sum.", total)])
THIRD = Prediction("third", "A third", 1, 1 / 3, [(3.0, "Upside down."), (-1 / 3, "Sign.")], "Yes.")
LETTER = Choice("letter", "A letter", 1, {"a": "this", "b": "that"}, "b", {"a": "No."}, "Yes.")


@pytest.fixture
def packed(tmp_path):
    def made(*exercises):
        pack.write(exercises, tmp_path / "week3.json")
        return Checker("week3", pack.read(tmp_path / "week3.json"))

    return made


def same(packed, exercise, *answers):
    """What is said of answers by the pack and by the specification."""
    stored, full = packed(exercise), Checker("week3", [exercise])
    for answer in answers:
        mine, other = (str(one.report(answer, exercise.name)) for one in (stored, full))
        assert mine == other
        yield mine


def test_functions_are_judged_as_with_the_reference(packed):
    said = list(same(packed, MEAN, mean, total, lambda x, weights=None: None, lambda x: 0.0, 3))
    assert "right in all 5 cases" in said[0]
    assert "This is the sum." in said[1]


def test_numbers_are_judged_as_with_the_answer(packed):
    near = 1 / 3 * (1 + 9.9e-4)
    answers = (1 / 3, near, 1 / 3 * (1 + 1.1e-3), 3, -0.3333, 7, math.inf, "x", "1/3", ...)
    said = list(same(packed, THIRD, *answers))
    assert [text[0] for text in said] == list("✓✓✗✗✗✗✗✗✓○")
    assert "Nearly" in said[2]
    assert "Upside down." in said[3]
    assert "Sign." in said[4]


@pytest.mark.parametrize("answer", [0.0, 1e-7, 1.0, -2e5, 3e300])
@pytest.mark.parametrize("rtol", [0.0, 1e-12, 1e-3, 0.3])
def test_the_tolerance_is_that_of_the_specification(packed, answer, rtol):
    exercise = Prediction("number", "A number", 1, answer, [], "Yes.", rtol=rtol)
    tolerance = exercise.atol + rtol * abs(answer)
    stored = packed(exercise).exercises["number"]
    for factor in (-2, -1.01, -0.99, -0.5, 0, 0.99, 1.01, 30):
        number = answer + factor * tolerance
        assert stored.judge(number) == exercise.judge(number)


def test_choices_are_judged_as_with_the_answer(packed):
    assert [text[0] for text in same(packed, LETTER, "b", "B", "a", "c", 1, ...)] == list("✓✓✗✗✗○")


def test_derivations_are_checked(packed):
    [proof] = [one for one in CHAPTERS["02"].exercises() if isinstance(one, Proof)]
    check = packed(proof)
    derivation = check.derivation(proof.name)
    derivation.attempt(proof.false[0][0])
    assert not check.report(proof.name).solved
    derivation.attempt(proof.solution)
    assert check.report(proof.name).solved


def test_what_needs_the_reference_says_that_it_is_marked_later(packed):
    lent = Function("asks", "Asks", 1, lambda f: f(1), lambda rng: [Case("one", (abs,))], [])
    assert "checked when you hand it in" in str(packed(lent).report(lambda f: f(1), "asks"))


def test_answers_and_explanations_cannot_be_read_in_it(packed, tmp_path):
    packed(MEAN, THIRD, LETTER)
    text = (tmp_path / "week3.json").read_text(encoding="utf-8")
    for secret in ("0.333", "Yes.", "Upside", "No.", "average"):
        assert secret not in text
    digests = re.findall('"digest": "(.*?)"', text)
    assert len(set(digests)) == len(digests) == 4 + 2


def test_the_same_exercises_give_the_same_bytes(packed, tmp_path):
    packed(MEAN, THIRD, LETTER)
    before = (tmp_path / "week3.json").read_bytes()
    packed(MEAN, THIRD, LETTER)
    assert (tmp_path / "week3.json").read_bytes() == before


@pytest.mark.parametrize("text", ["", "[]", '{"lossbook pack": 0}', '{"exercises": [{}]}'])
def test_a_damaged_pack_is_explained(tmp_path, text):
    (tmp_path / "week3.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"week3\.json cannot be used .* get the files"):
        pack.read(tmp_path / "week3.json")


def test_a_case_that_cannot_be_stored_is_refused(packed):
    strange = Function("f", "F", 1, lambda x: 1.0, lambda rng: [Case("one", ({1, 2},))], [])
    with pytest.raises(ValueError, match="must hold numbers, text and lists of them"):
        packed(strange)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_of_the_course_is_checked_by_its_pack(chapter, tmp_path, monkeypatch):
    """Beside 02.json the check has no reference; the README counts what it cannot check."""
    pack.write(CHAPTERS[chapter].exercises(), tmp_path / f"{chapter}.json")
    monkeypatch.chdir(tmp_path)
    exercises = checker(chapter).exercises
    assert list(exercises) == [one.name for one in CHAPTERS[chapter].exercises()]
    assert not any(getattr(one, "reference", None) for one in exercises.values())
    monkeypatch.chdir("/")
    full = checker(chapter).exercises
    unchecked = {name for name, one in exercises.items() if isinstance(one, pack.Unchecked)}
    for name in full.keys() - unchecked:
        assert (exercises[name].stars, exercises[name].title) == (
            full[name].stars,
            full[name].title,
        )
    assert len(unchecked) <= 2
