"""Late and manual points from a teacher's table. What was graded stays as it is in the book.

student, exercise, points, why
Ada,     huber,    2,      right on paper         the exercise counts 2 points
Bo,      ,         +1.5,   talk in class          added to the total, also beyond the maximum
Bo,      ,         -10%,   one day late           a tenth of the total is taken away
Cy,      ,         4,      read from a photo      only where nothing could be graded: the total

The order of the rows does not count: exercises come first, then points, then percentages (of
the total so far, all of them together). A total is never below 0.
"""

import difflib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, fields, replace

from lossbook.grading.gradebook.csv_reader import read_rows
from lossbook.grading.marking.result import Result
from lossbook.grading.reports.text import visible

_COLUMNS = ("student", "exercise", "points", "why")
_POINTS = re.compile(r"([+-]?)\s*(\d{1,6}(?:[.,]\d{0,2})?)\s*(%?)")


@dataclass(frozen=True)
class Change:
    """One row of the table.

    exercise : "" for the total
    sign, number, percent : "+", "-" or "" (in place of what was there); 1.5; True for a percentage
    """

    line: int
    student: str
    exercise: str
    sign: str
    number: float
    percent: bool
    why: str

    def __str__(self):
        unit = "%" if self.percent else " point" if self.number == 1 else " points"
        because = f" ({self.why})" if self.why else ""
        return f"{self.exercise or 'total'}: {self.sign}{self.number:g}{unit}{because}"


@dataclass(frozen=True)
class Overrides:
    """The rows of the table, by the student whom they are for."""

    path: str
    changes: dict


@dataclass(frozen=True)
class Adjusted(Result):
    """A Result as it counts after the teacher's table.

    graded : the score before; by_hand : the Changes, in the order in which they were made
    """

    graded: float | None = None
    by_hand: tuple = ()

    def say(self):
        """What was changed, in one line."""
        before = "nothing" if self.graded is None else f"{self.graded:g} points"
        return "; ".join([f"{before} as graded", *map(str, self.by_hand)])


def read_overrides(path, results):
    """The Overrides in the file at `path`, for the Results of one chapter.

    Raises ValueError with all that is wrong, each with its line: a student or an exercise that
    is not known, points that are no number or make no sense there.
    """
    results = one_chapter(results)
    known = {_same(result.student): result for result in results}
    twins = _twice(_same(result.student) for result in results)
    exercises = {a.name: a.points for result in known.values() for a in result.answers}
    changes, wrong = {}, []
    for line, row in read_rows(path, _COLUMNS):
        try:
            student = _name(row["student"], known, "student")
            if student in twins:
                raise ValueError(f"two students are called {student!r}, in different spellings")
            change = _change(line, student, row, known[student], exercises)
            _check_alone(change, changes.get(student, ()))
            changes.setdefault(student, []).append(change)
        except ValueError as error:
            wrong.append(f"line {line}: {error}")
    if wrong:
        more = [f"… and {len(wrong) - 20} more"] if len(wrong) > 20 else []
        raise ValueError("\n  ".join([f"{path} cannot be used:", *wrong[:20], *more]))
    return Overrides(str(path), changes)


def apply(result, overrides):
    """The Result as it counts: itself, or an Adjusted one where the table says something."""
    changes = overrides.changes.get(_same(result.student), ()) if overrides else ()
    if not changes or isinstance(result, Adjusted):  # once, and not again
        return result
    changes = sorted(changes, key=lambda change: (not change.exercise, change.percent, change.line))
    given = {change.exercise: change.number for change in changes if change.exercise}
    answers = tuple(_answer(one, given) for one in result.answers)
    score = _total(result, answers, [change for change in changes if not change.exercise])
    kept = {field.name: getattr(result, field.name) for field in fields(Result)}
    kept |= {"answers": answers, "score": score}
    if result.score is None:
        kept["status"] = "graded"
    return Adjusted(**kept, graded=result.score, by_hand=tuple(changes))


def one_chapter(results):
    """The list of Results; raise ValueError where they are not all of one chapter."""
    results = list(results)
    chapters = sorted({result.chapter for result in results})
    if len(chapters) > 1:
        raise ValueError(f"results must be of one chapter, not of {', '.join(chapters)}")
    return results


# ----------------------------------------------------------------------------- one row


def _change(line, student, row, result, exercises):
    exercise = _name(row["exercise"], exercises, "exercise") if row["exercise"] else ""
    sign, number, percent = _points(row["points"])
    if re.fullmatch(r"\d{1,2}%?", row["why"]):
        raise ValueError(
            f"why is {row['why']!r}, which looks like the decimals of the points; write them with "
            "a point or in quotation marks"
        )
    if exercise:
        _check_exercise(exercise, sign or percent, number, result, exercises[exercise])
    else:
        _check_total(sign, number, percent, result)
    return Change(line, student, exercise, sign, number, percent, row["why"])


def _name(given, known, what):
    """The known name that is meant; letters with accents can be written in two ways."""
    name = _same(given)
    if name not in known and name.startswith("'"):
        name = name[1:]  # as our own tables write a name that starts like a formula
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, 1)
    ask = f"; is it {near[0]!r}?" if near else ""
    raise ValueError(f"there is no {what} {given!r}{ask}")


def _same(name):
    """One spelling: accents in one way, and what is not seen as the tables and pages write it."""
    return visible(unicodedata.normalize("NFC", name)).strip()


def _twice(names):
    return {name for name, times in Counter(names).items() if times > 1}


def _points(text):
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    found = _POINTS.fullmatch(plain)
    if not found:
        raise ValueError(
            f"points {text!r} is no number; write 2, 2.5, +1.5 or -10%, with two decimals at most"
        )
    sign, number, percent = found.groups()
    return sign, float(number.replace(",", ".")), bool(percent)


def _check_exercise(exercise, signed, number, result, most):
    if signed:
        raise ValueError(
            f"for the exercise {exercise!r} give the points that it shall count, without a sign; "
            "a bonus belongs to the total (leave the exercise empty)"
        )
    if number > most:
        raise ValueError(
            f"{exercise!r} has {most:g} points, not {number:g}; a bonus belongs to the total "
            "(leave the exercise empty, and write + before the points)"
        )
    if exercise not in [answer.name for answer in result.answers]:
        raise ValueError(
            f"nothing of {result.student!r} was graded; leave the exercise empty, and give the "
            "total without a sign"
        )


def _check_total(sign, number, percent, result):
    if result.score is None:
        if sign or percent:
            raise ValueError(
                f"nothing of {result.student!r} was graded, so there is nothing to change; give "
                "the total that it shall count, without a sign"
            )
        if number > result.most:
            raise ValueError(f"there are {result.most:g} points, not {number:g}")
    elif not sign:
        raise ValueError(
            f"write + or - before {number:g}, or name the exercise; a spreadsheet drops a plus "
            f"sign, unless an apostrophe stands before it ('+{number:g})"
        )


def _check_alone(change, others):
    """Two rows may add to a total; two that replace the same points contradict each other."""
    for other in others:
        if change.exercise == other.exercise and not (change.sign and other.sign):
            what = change.exercise or "the total"
            raise ValueError(f"line {other.line} gives {what} of {change.student!r} already")


# ----------------------------------------------------------------------------- the sum


def _answer(answer, given):
    if answer.name not in given:
        return answer
    earned = given[answer.name]
    state = answer.state
    if state == "not run":  # a person has looked at it, so it is not open any more
        state = "solved" if earned == answer.points else "wrong"
    return replace(answer, earned=earned, state=state)


def _total(result, answers, changes):
    if result.score is None:
        return sum(change.number for change in changes)
    before = sum(answer.earned for answer in result.answers)
    total = result.score - before + sum(answer.earned for answer in answers)
    for percent in (False, True):
        signed = [
            -change.number if change.sign == "-" else change.number
            for change in changes
            if change.percent == percent
        ]
        total += sum(signed) * (total / 100 if percent else 1)
        total = max(0.0, total)
    return round(total, 2)
