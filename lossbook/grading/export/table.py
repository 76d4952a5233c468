"""One row for each student, as CSV for a spreadsheet.

What was not graded is an empty cell, never 0. Cells are escaped against CSV formula injection.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from lossbook.grading.gradebook.errors import write_file
from lossbook.grading.gradebook.overrides import Adjusted, one_chapter
from lossbook.grading.marking.result import Result
from lossbook.grading.safe_text import brief

_BEFORE = ("student", "id", "score", "open", "most")
_AFTER = ("status", "handed_in", "time_from", "numbers", "by_hand", "similar", "similar_to")
_SAID = ("look_at", "notes")
_BASIS = ("file", "sha256", "tier", "seed_id", "test_version")

# The start of a cell that a spreadsheet reads as a formula. Where semicolons separate cells, so
# is the text after one, also behind a quotation mark. Some languages accept the wide signs.
_FORMULA = re.compile(r"(^|;)([\s\"]*)(?=[=+\-@|%＝＋－＠])")


def write_csv(
    results: Iterable[Result],
    path: str | os.PathLike,
    scale: float | None = None,
    similar: Mapping[str, tuple[int, str]] = MappingProxyType({}),
) -> None:
    """Write the table of the Results of one chapter to `path`.

    Columns: student, id (on the platform), score (points earned), open (points of answers that
    could not be asked), most; with a `scale`, "of 100" (the score on this scale); one for each
    exercise; status, handed_in, time_from, numbers (for whom they were drawn), by_hand; similar,
    similar_to (per cent of the code that are in that other file, from student → (per cent, file));
    look_at, notes; file, sha256, tier, seed_id, test_version. UTF-8, with the byte order mark that
    Excel needs.

    Raises GradebookError where it cannot be written, ValueError for results of two chapters.
    """
    results = one_chapter(results)
    exercises = list(dict.fromkeys(answer.name for one in results for answer in one.answers))
    text = io.StringIO(newline="")
    table = csv.writer(text)
    mark = () if scale is None else (f"of {scale:g}",)
    head = (*_BEFORE, *mark, *exercises, *_AFTER, *_SAID, *_BASIS)
    table.writerow([harmless(name) for name in head])
    for result in sorted(results, key=lambda result: result.student):
        table.writerow(_row(result, exercises, scale, similar.get(result.student, ("", ""))))
    write_file(path, text.getvalue().encode("utf-8-sig"))


def _row(result, exercises, scale, similar):
    earned = {one.name: one.earned for one in result.answers if one.state != "open"}
    by_hand = result.explanation() if isinstance(result, Adjusted) else ""
    percent, other = similar
    texts = (" ".join(result.look_at), " ".join(result.notes))
    mark = () if scale is None else (scaled(result, scale),)
    return [
        harmless(result.student),
        result.lms_id,
        *(number(points) for points in (result.score, result.open_points, result.most, *mark)),
        *(number(earned.get(name)) for name in exercises),
        *map(harmless, (result.status, result.handed_in, result.time_from)),
        *map(harmless, (result.numbers, by_hand)),
        percent,
        *map(harmless, (other, *texts)),
        *(harmless(getattr(result, name)) for name in _BASIS),
    ]


def scaled(result: Result, scale: float | None) -> float | None:
    """The score on a scale: 50 for 7 of 14 points on a scale to 100. None for no score."""
    if result.score is None or scale is None or not result.most:
        return result.score
    return round(result.score / result.most * scale, 2)


def number(points: float | None) -> float | str:
    """2 for 2.0, and an empty cell for None.

    >>> number(2.0), number(2.345), number(None)
    (2, 2.35, '')
    """
    if points is None:
        return ""
    return int(points) if points == int(points) else round(points, 2)


def harmless(text: str) -> str:
    """A text that no spreadsheet reads as a formula: an apostrophe is put before it.

    Invisible characters are written out as in the reports, so no name imitates another one.

    >>> harmless("=1+1"), harmless("a-b"), harmless("a; -1"), harmless("ad\\u200ba")
    ("'=1+1", 'a-b', "a;' -1", 'adU+200Ba')
    """
    return _FORMULA.sub(r"\1'\2", re.sub(r"[\n\t]", " ", brief(text.replace("\r\n", "\n"))))
