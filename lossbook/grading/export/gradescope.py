"""The result of one submission as Gradescope reads it: results.json.

Format: gradescope-autograders.readthedocs.io/en/latest/specs/. It requires a score and has no
value for "not graded". A run that leaves no file is shown as failed, to student and teacher. So
a result without a score, or with open points, leaves no file: it is visible as a failure and
never becomes a silent 0.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from lossbook.grading.gradebook.errors import GradebookError, write_file
from lossbook.grading.gradebook.overrides import Adjusted
from lossbook.grading.marking.result import Result
from lossbook.grading.safe_text import brief

_BASIS = ("chapter", "sha256", "seed_id", "test_version", "versions", "tier")


def write_results_json(
    results: Sequence[Result], path: str | os.PathLike, *, open_as_zero: bool = False
) -> None:
    """Write the results.json of the only Result in `results` to `path`.

    Raises GradebookError, and leaves no file at `path`, unless there is exactly one result, it
    has a score, and (without `open_as_zero`) no answer of it is open. The teacher reads the
    message in the autograder's log.
    """
    Path(path).unlink(missing_ok=True)
    if len(results) != 1:
        raise GradebookError(f"Gradescope takes one result, there are {len(results)}")
    if results[0].score is None:
        raise GradebookError(f"not graded, so Gradescope gets no score: {_overview(results[0])}")
    if results[0].open_points and not open_as_zero:
        reasons = brief("\n".join(results[0].look_at))
        raise GradebookError(
            f"{results[0].open_points:g} points are open, so Gradescope gets no score "
            f"(--open-as-zero gives it one): {reasons}"
        )
    write_file(path, json.dumps(results_json(results[0]), indent=1, allow_nan=False))


def results_json(result: Result) -> dict:
    """A Result with a score (it may be Adjusted) as the content of results.json.

    All is plain text, never HTML or Markdown. Public cases are visible at once; hidden cases, and
    the feedback on an answer as a whole, when grades are published. The score on top counts, also
    where it differs from the sum because of manual points.
    """
    return {
        "score": result.score,
        "tests": [
            entry
            for number, answer in enumerate(result.answers, 1)
            for entry in _entries(number, answer)
        ],
        "output": _overview(result),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "execution_time": round(result.seconds, 3),
        "extra_data": {name: getattr(result, name) for name in _BASIS},
    }


def _overview(result):
    """What is said on the whole file; the teacher's list only where nothing was graded."""
    sentences = [*(result.look_at if result.score is None else ()), *result.notes]
    if isinstance(result, Adjusted) and result.by_hand:
        sentences.append(f"Changed by hand: {result.explanation()}.")
    return brief("\n".join(dict.fromkeys(sentences)))  # a note may also be a reason to look


def _entries(number, answer):
    """An entry on the answer as a whole, and one for each test."""
    whole = _entry(str(number), answer.title, [answer.summary, *answer.feedback], at_once=False)
    whole["status"] = "passed" if answer.state == "solved" else "failed"
    yield whole if answer.tests else whole | {"score": answer.earned, "max_score": answer.points}
    # The failing call that is shown is a public case: it belongs to the first that failed.
    call = list(answer.call)
    for k, test in enumerate(answer.tests, 1):
        parts = [test.message]
        if test.visible and test.earned < test.points:
            parts, call = [*parts, *call], []
        entry = _entry(f"{number}.{k}", f"{answer.title}: {test.about}", parts, test.visible)
        if answer.state == "open":  # it is not known whether it is right
            yield entry | {"status": "failed"}
        else:
            yield entry | {"score": test.earned, "max_score": test.points}


def _entry(number, name, parts, at_once):
    return {
        "number": number,
        "name": brief(name, 200),
        "output": brief("\n".join(part for part in parts if part)),
        "output_format": "text",
        "visibility": "visible" if at_once else "after_published",
    }
