"""A grade is tied to the version of each specification: values that decide it need a new one."""

from dataclasses import replace

import pytest

from lossbook.checking import Case, Choice, Prediction
from lossbook.exercises import CHAPTERS
from lossbook.grading.gradebook.store import Gradebook
from lossbook.grading.marking import batch
from lossbook.grading.marking.grader import blank_result, digest
from lossbook.grading.submissions.submission import Submission
from tests.helpers.specification_values import (
    RULES,
    advice,
    assignment_of,
    differences,
    load,
)

ENTROPY = assignment_of("03").exercises[0]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_values_change_only_with_the_version(chapter):
    assignment, stored = assignment_of(chapter), load(chapter)
    assert stored.keys() == {one.name for one in assignment.exercises}, (
        "exercises were added, renamed or removed: python -m tests.helpers.specification_values"
    )
    for exercise in assignment.exercises:
        old = stored[exercise.name]
        versions = exercise.version, RULES
        assert versions == (old["version"], old["rules"]), (
            f"{exercise.name} has another version than the stored values: "
            "run python -m tests.helpers.specification_values"
        )
        changed = list(differences(exercise, assignment, old))
        assert not changed, f"{exercise.name}: {advice(exercise, changed)}"


def changed(exercise, chapter="03"):
    """The differences of an altered exercise from the stored one."""
    return list(
        differences(exercise, assignment_of(chapter, [exercise]), load(chapter)[exercise.name])
    )


def one_more(rng):
    yield from ENTROPY.cases(rng)
    yield Case("three shares", ([0.5, 0.25, 0.25],))


def another_number(rng):
    first, *others = ENTROPY.cases(rng)
    yield replace(first, args=([0.2, 0.8], *first.args[1:]))
    yield from others


@pytest.mark.parametrize(
    "altered",
    [
        replace(ENTROPY, cases=one_more),
        replace(ENTROPY, cases=another_number),
        replace(ENTROPY, stars=ENTROPY.stars + 1),
        replace(ENTROPY, rtol=1e-8),
        replace(ENTROPY, reference=lambda p, base: 1.01 * ENTROPY.reference(p, base)),
    ],
    ids=["case added", "case changed", "stars", "tolerance", "reference"],
)
def test_a_change_that_moves_marks_is_noticed(altered):
    assert changed(altered)


def test_words_may_change_in_the_same_version():
    reworded = replace(ENTROPY, title="Another title", mistakes=ENTROPY.mistakes[1:])
    assert not changed(reworded)


def test_another_judgement_of_the_same_answers_is_noticed():
    best_constant = assignment_of("01").exercises[0]
    assert best_constant.accepts
    assert changed(replace(best_constant, accepts=None), "01")


@pytest.mark.parametrize(("kind", "answer"), [(Prediction, 17.0), (Choice, "another letter")])
def test_another_answer_is_noticed(kind, answer):
    chapter, exercise = next(
        (chapter, exercise)
        for chapter in CHAPTERS
        for exercise in assignment_of(chapter).exercises
        if isinstance(exercise, kind)
    )
    altered = replace(exercise)
    object.__setattr__(altered, "answer", answer)  # a Choice checks its letters when it is made
    assert changed(altered, chapter)


def test_a_submission_is_graded_again_only_after_a_new_version(tmp_path):
    path = tmp_path / "ada.ipynb"
    path.write_text("{}")
    submission = Submission("ada", path, path.name, ())
    book = Gradebook(tmp_path / "grades")

    def to_do(exercise):
        return batch.to_do([submission], assignment_of("03", [exercise]), book)

    assert to_do(ENTROPY) == [submission]
    book.save(blank_result(submission, assignment_of("03", [ENTROPY]), "Why.", sha256=digest(path)))
    assert to_do(ENTROPY) == []
    assert to_do(replace(ENTROPY, title="One word more", on_success="Well done.")) == []
    assert to_do(replace(ENTROPY, version=ENTROPY.version + 1)) == [submission]


def test_the_version_of_the_tests_names_each_exercise():
    assert (
        assignment_of("03", [ENTROPY]).test_version == f"rules {RULES}, entropy {ENTROPY.version}"
    )
