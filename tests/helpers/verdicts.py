"""What a grader said about a class, beside what is expected: sentences on every difference."""

import csv
import json
from pathlib import Path

from lossbook.exercises import checker
from lossbook.grading.marking.result import from_dict

POINTS = {name: exercise.stars for name, exercise in checker("02").exercises.items()}


def results(out):
    """The Results that `lossbook grade --out` has kept, one for each file of the book."""
    files = sorted((Path(out) / "results").glob("*.json"))
    return [from_dict(json.loads(path.read_text(encoding="utf-8"))) for path in files]


def rows(out):
    """The rows of grades.csv as dicts."""
    with (Path(out) / "grades.csv").open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def not_once(names, expected):
    """Sentences on students that are missing, twice there, or unexpected."""
    wanted = {one.student for one in expected}
    said = [f"{name} is missing" for name in sorted(wanted.difference(names))]
    said += [f"{name} is no student of the class" for name in sorted({*names} - wanted)]
    return said + [
        f"{name} is there {names.count(name)} times"
        for name in sorted({*names})
        if names.count(name) > 1
    ]


def differences(expected, kept):
    """Sentences on every mark, status and named mistake that is not the expected one.

    expected : list of classroom.Expected; kept : list of Results
    """
    said = not_once([result.student for result in kept], expected)
    by_student = {result.student: result for result in kept}
    for one in expected:
        if one.student in by_student:
            said += [f"{one.student}: {words}" for words in _of(one, by_student[one.student])]
    return said


def _of(expected, result):
    if result.status != expected.status:
        yield f"status {result.status!r}, expected {expected.status!r}"
    answers = {answer.name: answer for answer in result.answers}
    if answers.keys() != expected.scores.keys():
        yield f"answers to {[*answers]}, expected {[*expected.scores]}"
        return
    for name, score in expected.scores.items():
        if not fits(score, answers[name].earned, POINTS[name]):
            yield f"{name}: {answers[name].earned} of {POINTS[name]}, expected {score}"
    for name, words in expected.says.items():
        answer = answers[name]
        text = "\n".join([answer.summary, *answer.call, *answer.feedback, answer.mistake])
        if words not in text:
            yield f"{name}: {words!r} is not said"


def fits(score, earned, points):
    """Whether points go with "full", "part" or "zero".

    >>> fits("part", 1.5, 4), fits("part", 4, 4), fits("full", 4, 4)
    (True, False, True)
    """
    if score == "part":
        return 0 < earned < points
    return earned == (points if score == "full" else 0)


def all_or_nothing(expected, points):
    """Sentences on marks that a grader without partial points should have given otherwise.

    points : {student: {exercise: points}}
    """
    said = not_once([*points], expected)
    for one in expected:
        for name, score in one.scores.items():
            wanted = POINTS[name] if score == "full" else 0
            given = points.get(one.student, {}).get(name)
            if given != wanted:
                said.append(f"{one.student}: {name}: {given}, expected {wanted}")
    return said
