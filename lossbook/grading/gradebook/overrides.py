"""Manual points and comments from the teacher's table. The gradebook keeps what was graded.

student, exercise, points, why
Ada,     huber,    2,      right on paper         the exercise counts 2 points
Ada,     gini,     ,       see (3.12)             a comment on the exercise, and no change
Bo,      ,         +1.5,   talk in class          added to the total, also beyond the maximum
Bo,      ,         -10%,   one day late           a tenth of the total is taken away
Cy,      ,         4,      read from a photo      only where nothing could be graded: the total

The order of the rows does not matter: exercises are applied first, then points, then percentages
(their sum, of the total so far). A total is never below 0.
"""

import difflib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

from lossbook.grading.gradebook.csv_reader import read_rows
from lossbook.grading.marking.result import Result
from lossbook.grading.safe_text import visible

_COLUMNS = ("student", "exercise", "points", "why")
_POINTS = re.compile(r"([+-]?)\s*(\d{1,6}(?:[.,]\d{0,2})?)\s*(%?)")


@dataclass(frozen=True)
class Change:
    """One row of the table.

    exercise : "" for the total
    sign : "+" or "-" to add, "" to replace
    number, percent : 1.5, and True for a percentage; number is None in a row that only comments
    """

    line: int
    student: str
    exercise: str
    sign: str
    number: float | None
    percent: bool
    why: str

    def __str__(self):
        unit = "%" if self.percent else " point" if self.number == 1 else " points"
        because = f" ({self.why})" if self.why else ""
        return f"{self.exercise or 'total'}: {self.sign}{self.number:g}{unit}{because}"


Overrides = dict[str, list[Change]]  # the rows of the table, by student


@dataclass(frozen=True)
class Adjusted(Result):
    """A Result after the teacher's changes.

    graded : the score before
    by_hand : the Changes, in the order in which they were applied
    comments : exercise → what the teacher says of it, "" for the whole
    """

    graded: float | None = None
    by_hand: tuple = ()
    comments: dict = field(default_factory=dict)

    def explanation(self) -> str:
        """What was changed, in one line; "" if nothing was."""
        if not self.by_hand:
            return ""
        before = "nothing" if self.graded is None else f"{self.graded:g} points"
        return "; ".join([f"{before} as graded", *map(str, self.by_hand)])


def read_overrides(path: str | os.PathLike, results: Iterable[Result]) -> Overrides:
    """The Overrides in the file at `path`, for the Results of one chapter.

    Raises ValueError with all errors, each with its line: an unknown student or exercise, points
    that are not a number or do not apply there.
    """
    results = one_chapter(results)
    known = {normal_name(result.student): result for result in results}
    spellings = Counter(normal_name(result.student) for result in results)
    exercises = {a.name: a.points for result in known.values() for a in result.answers}
    changes, errors = {}, []
    for line, row in read_rows(path, _COLUMNS):
        try:
            student = known_name(row["student"], known, "student")
            if spellings[student] > 1:
                raise ValueError(f"two students are called {student!r}, in different spellings")
            change = _change(line, student, row, known[student], exercises)
            _check_conflict(change, changes.get(student, ()))
            changes.setdefault(student, []).append(change)
        except ValueError as error:
            errors.append(f"line {line}: {error}")
    if errors:
        more = [f"… and {len(errors) - 20} more"] if len(errors) > 20 else []
        raise ValueError("\n  ".join([f"{path} cannot be used:", *errors[:20], *more]))
    return changes


def apply(result: Result, overrides: Overrides) -> Result:
    """The Result itself, or an Adjusted one if the table changes it."""
    changes = overrides.get(normal_name(result.student), ())
    if not changes or isinstance(result, Adjusted):  # never twice
        return result
    comments = {}
    for one in changes:
        if one.number is None or (one.exercise and one.why):
            comments.setdefault(one.exercise, []).append(one.why)
    changes = [one for one in changes if one.number is not None]
    changes.sort(key=lambda change: (not change.exercise, change.percent, change.line))
    given = {change.exercise: change.number for change in changes if change.exercise}
    answers = tuple(_answer(one, given) for one in result.answers)
    kept = {one.name: getattr(result, one.name) for one in fields(Result)}
    if changes:
        total = [change for change in changes if not change.exercise]
        kept |= {"answers": answers, "score": _total(result, answers, total)}
        if result.score is None:
            kept["status"] = "graded"
    return Adjusted(**kept, graded=result.score, by_hand=tuple(changes), comments=comments)


def one_chapter(results: Iterable[Result]) -> list[Result]:
    """The list of Results; raise ValueError where they are of more than one chapter."""
    results = list(results)
    chapters = sorted({result.chapter for result in results})
    if len(chapters) > 1:
        raise ValueError(f"results must be of one chapter, not of {', '.join(chapters)}")
    return results


# ----------------------------------------------------------------------------- one row


def _change(line, student, row, result, exercises):
    exercise = known_name(row["exercise"], exercises, "exercise") if row["exercise"] else ""
    if row["why"] and not row["points"]:
        return Change(line, student, exercise, "", None, False, row["why"])
    sign, number, percent = _points(row["points"])
    if re.fullmatch(r"\d{1,2}%?", row["why"]):
        raise ValueError(
            f"why is {row['why']!r}, which looks like decimals of the points; write these with a "
            "decimal point or in quotation marks"
        )
    if exercise:
        _check_exercise(exercise, sign or percent, number, result, exercises[exercise])
    else:
        _check_total(sign, number, percent, result)
    return Change(line, student, exercise, sign, number, percent, row["why"])


def known_name(given, known, what):
    """The known name that `given` spells. Raises ValueError, which names the nearest one."""
    name = normal_name(given)
    if name not in known and name.startswith("'"):
        name = name[1:]  # our own tables put it before a name like a formula
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, 1)
    ask = f"; is it {near[0]!r}?" if near else ""
    raise ValueError(f"there is no {what} {given!r}{ask}")


def normal_name(name):
    """One spelling: composed accents, and invisible characters as tables and reports write them."""
    return visible(unicodedata.normalize("NFC", name)).strip()


def _points(text):
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    found = _POINTS.fullmatch(plain)
    if not found:
        raise ValueError(
            f"points {text!r} is not a number; write 2, 2.5, +1.5 or -10%, two decimals at most"
        )
    sign, number, percent = found.groups()
    return sign, float(number.replace(",", ".")), bool(percent)


def _check_exercise(exercise, signed, number, result, most):
    if signed:
        raise ValueError(
            f"for the exercise {exercise!r} give its new points, without a sign; a bonus belongs "
            "to the total (leave the exercise empty)"
        )
    if number > most:
        raise ValueError(
            f"{exercise!r} has {most:g} points, not {number:g}; a bonus belongs to the total "
            "(leave the exercise empty, and write + before the points)"
        )
    if exercise not in [answer.name for answer in result.answers]:
        raise ValueError(
            f"nothing of {result.student!r} was graded; leave the exercise empty, and give the "
            "new total, without a sign"
        )


def _check_total(sign, number, percent, result):
    if result.score is None:
        if sign or percent:
            raise ValueError(
                f"nothing of {result.student!r} was graded, so there is nothing to change; give "
                "the new total, without a sign"
            )
        if number > result.most:
            raise ValueError(f"there are {result.most:g} points, not {number:g}")
    elif not sign:
        raise ValueError(
            f"write + or - before {number:g}, or name the exercise; a spreadsheet drops a plus "
            f"sign unless it follows an apostrophe ('+{number:g})"
        )


def _check_conflict(change, others):
    """Two rows may add to a total; two that replace the same points conflict."""
    for other in others:
        points = change.number is not None and other.number is not None
        if change.exercise == other.exercise and points and not (change.sign and other.sign):
            what = change.exercise or "the total"
            raise ValueError(f"line {other.line} gives {what} of {change.student!r} already")


# ----------------------------------------------------------------------------- the sum


def _answer(answer, given):
    if answer.name not in given:
        return answer
    earned = given[answer.name]
    state = answer.state
    if state == "open":  # a person has graded it
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
