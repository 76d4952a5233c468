"""One student's report: the score, the feedback on each exercise, the code, and the basis."""

from typing import NamedTuple

from jinja2 import Environment

from lossbook.grading.marking.result import Answer, Result
from lossbook.grading.reports.environment import quantity, render
from lossbook.grading.reports.similarity import Similar


class StateStyle(NamedTuple):
    """How the state of an answer is shown: a sign, words, and a class of the style sheet."""

    sign: str
    words: str
    tone: str


STATES = {
    "solved": StateStyle("✓", "solved", "good"),
    "partly": StateStyle("◐", "partly right", "bad"),
    "wrong": StateStyle("✗", "not right yet", "bad"),
    "not yet": StateStyle("○", "nothing written", "soft"),
    "open": StateStyle("?", "open: it could not be asked", "soft"),
}

_TIERS = {
    "full": "full: a locked process with its own view of the machine; no network, no other files",
    "strong": "strong: a locked process; no network, no other files",
    "process": "process: a process of its own, without locks; only for submissions that are "
    "trusted",
}

# A page must open at once, whatever was handed in. Ordinary notebooks stay far below these.
_CELL, _CELL_LINES = 40_000, 1000  # characters and lines of one cell
_ALL_CELLS, _CELLS = 120_000, 300  # characters of all cells, and how many


class Adjustment(NamedTuple):
    """What is shown of a Result beyond what was graded.

    score : the score that counts
    explanation : why it is another one ("7 points as graded; total: −1 point"), or ""
    comments : exercise → sentences of the teacher, "" for the whole
    mark : the score on the teacher's scale ("50 of 100"), or ""
    similar : to which other file the code is similar; for the teacher only
    """

    score: float | None
    explanation: str = ""
    comments: dict[str, list[str]] | None = None
    mark: str = ""
    similar: Similar | None = None


def student_page(
    result: Result,
    adjusted: Adjustment | None = None,
    environment: Environment | None = None,
) -> str:
    """The HTML page of one Result, complete in itself.

    environment : from `load_templates`, optional

    >>> empty = Result("Ada", "ada.ipynb", "02", "", "blank", None, 14, notes=("It is empty.",))
    >>> "Not graded" in student_page(empty)
    True
    """
    adjusted = adjusted or Adjustment(result.score)
    cells, omitted_cells = _cells(result.cells)
    return render(
        environment,
        "student.html",
        result=result,
        score=adjusted.score,
        explanation=adjusted.explanation,
        mark=adjusted.mark,
        comments=adjusted.comments or {},
        strip=_strip(result.answers),
        notes=[note for note in result.notes if note not in result.look_at],
        exercises=[_exercise(answer) for answer in result.answers],
        cells=cells,
        omitted_cells=omitted_cells,
        facts=_facts(result),
    )


def state_of(answer: Answer) -> str:
    """The key of STATES for an answer."""
    if _memorised(answer) or (answer.state == "wrong" and answer.earned > 0):
        return "partly"
    return answer.state if answer.state in STATES else "open"


def _memorised(answer):
    """Right in the public cases, wrong in hidden ones. (Points have two decimals.)"""
    return answer.state == "solved" and answer.earned < answer.points - 0.005


def _strip(answers):
    """(x, width, width earned) of each exercise in a bar as wide as all points."""
    total = sum(answer.points for answer in answers)
    rects, x = [], 0.0
    for answer in answers:
        width = 1000 * answer.points / total if total > 0 else 0
        inner = max(width - 4, 0)  # a gap between two exercises
        share = min(max(answer.earned / answer.points, 0), 1) if answer.points else 0
        rects.append((x, inner, inner * share))
        x += width
    return rects if total > 0 else []


def _exercise(answer):
    """What student.html shows of an answer."""
    summary = answer.summary.removeprefix(f"{answer.name}: ")  # the title says it already
    feedback = list(answer.feedback[:20])
    if answer.mistake and not any(answer.mistake in text for text in answer.feedback):
        feedback.append(answer.mistake)
    tests = answer.tests
    untested = answer.state in ("not yet", "open") or (len(tests) == 1 and not tests[0].message)
    # Only a function is asked for other numbers; anything else has one test.
    hidden = "other numbers" if answer.kind == "function" else "points"
    columns = {
        title: _by_row(test for test in tests if test.visible is visible)
        for title, visible in (("in your notebook", True), (hidden, False))
    }
    columns = {title: column for title, column in columns.items() if column}
    return {
        "answer": answer,
        "state": STATES[state_of(answer)],
        "memorised": _memorised(answer),
        "summary": summary[:1].upper() + summary[1:] if summary[:1].isascii() else summary,
        "feedback": feedback,
        "untested": list(dict.fromkeys(test.about for test in tests)) if untested else [],
        "columns": list(columns),
        "tests": [] if untested else list(_rows(columns.values())),
    }


def _rows(columns):
    """A row for each test: the public one and the hidden one of the same kind side by side."""
    for key in dict.fromkeys(key for column in columns for key in column):
        tests = [column.get(key) for column in columns]
        # The message of a public case is the more detailed one, and comes first.
        message = next((test.message for test in tests if test and test.message), "")
        yield {"about": key[0], "tests": tests, "message": message}


def _by_row(tests):
    """The tests by what they are about, and how often that came before."""
    rows, before = {}, {}
    for test in tests:
        before[test.about] = before.get(test.about, 0) + 1
        rows[test.about, before[test.about]] = test
    return rows


def _cells(sources):
    """The code cells that are not empty, numbered from 1 and cut; and how many are left out."""
    written = [(k, source) for k, source in enumerate(sources, start=1) if source.strip()]
    cells, left = [], _ALL_CELLS
    for number, source in written[:_CELLS]:
        if left <= 0:
            break
        kept = source[: min(_CELL, left)]
        left -= len(kept)
        lines = kept.replace("\r\n", "\n").strip("\n").split("\n")
        cut = sum(len(line) + 1 for line in lines[_CELL_LINES:])
        omitted = len(source) - len(kept) + cut
        cells.append({"number": number, "lines": lines[:_CELL_LINES], "omitted": omitted})
    return cells, len(written) - len(cells)


def _facts(result):
    """(title, text) of what the grade rests on; empty texts are not shown."""
    versions = ", ".join(f"{package} {version}" for package, version in result.versions.items())
    return [
        ("Seed", result.seed_id),
        ("Version of the tests", result.test_version),
        ("Packages", versions),
        ("Where the code ran", _TIERS.get(result.tier, result.tier)),
        ("Time", f"{result.seconds:.1f} s"),
        ("Process replaced", quantity(result.restarts, "time") if result.restarts else ""),
        ("Peak memory", f"{result.memory} MB" if result.memory else ""),
        ("Graded", result.when),
    ]
