"""One row for each student, as CSV that a spreadsheet opens as it is meant.

What was not graded is an empty cell and never 0. No cell is a formula, whoever wrote the text.
"""

import csv
import io
import re

from lossbook.grading.gradebook.atomic import clear, write
from lossbook.grading.gradebook.overrides import Adjusted, apply, one_chapter
from lossbook.grading.reports.text import visible

_BEFORE = ("student", "score", "most")
_AFTER = ("status", "by_hand", "look_at", "notes")
_GROUNDS = ("file", "sha256", "tier", "seed_id", "test_version")

# A cell that starts so is a formula; and where a spreadsheet takes semicolons for the ends of
# cells, so is what follows one, also behind a quotation mark, which then only opens the cell. The
# wide signs count as well in some languages.
_FORMULA = re.compile(r"(^|;)([\s\"]*)(?=[=+\-@|%＝＋－＠])")


def write_csv(results, path, overrides=None):
    """Write the table of the Results of one chapter to `path`, with the Overrides made.

    Columns: student, score, most; one for each exercise; status, by_hand, look_at, notes;
    file, sha256, tier, seed_id, test_version. UTF-8, with the mark that Excel needs to see that.

    Raises BookError where it cannot be written, ValueError where results are of two chapters.
    """
    results = [apply(one, overrides) for one in one_chapter(results)]
    exercises = list(dict.fromkeys(answer.name for one in results for answer in one.answers))
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow([harmless(name) for name in (*_BEFORE, *exercises, *_AFTER, *_GROUNDS)])
    for result in sorted(results, key=lambda one: one.student):
        rows.writerow(_row(result, exercises))
    write(path, text.getvalue().encode("utf-8-sig"))


def _row(result, exercises):
    earned = {one.name: one.earned for one in result.answers if one.state != "not run"}
    by_hand = result.say() if isinstance(result, Adjusted) else ""
    texts = (result.status, by_hand, " ".join(result.look_at), " ".join(result.notes))
    return [
        harmless(result.student),
        *(_number(score) for score in (result.score, result.most)),
        *(_number(earned.get(name)) for name in exercises),
        *map(harmless, texts),
        *(harmless(getattr(result, name)) for name in _GROUNDS),
    ]


def _number(points):
    """2 for 2.0, and an empty cell where there is no number."""
    if points is None:
        return ""
    return int(points) if points == int(points) else round(points, 2)


def harmless(text):
    """A text that no spreadsheet takes for a formula: an apostrophe stands before it.

    What nobody sees in it is written out, as on the pages; so no name looks like another one.

    >>> harmless("=1+1"), harmless("a-b"), harmless("a; -1"), harmless("ad\\u200ba")
    ("'=1+1", 'a-b', "a;' -1", 'adU+200Ba')
    """
    return _FORMULA.sub(r"\1'\2", re.sub(r"[\n\t]", " ", visible(clear(text))))
