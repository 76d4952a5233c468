"""Results in the form that Gradescope reads: results.json.

The form is described at gradescope-autograders.readthedocs.io/en/latest/specs/. It has no place
for "not graded": a score is required, on top or on each test, and what Gradescope makes of a
file without one is not said there. What is said is that a run which leaves no file at all is
shown as failed, to student and teacher, and is no fault of the student. So `results_json` gives
a blank result no score and no tests, and `hand_over`, which the autograder ends with, leaves no
file then. A blank submission is seen by everybody, and never becomes a silent 0.
"""

import json
import sys
from pathlib import Path

from lossbook.grading.gradebook.atomic import BookError, clear, write
from lossbook.grading.gradebook.overrides import Adjusted
from lossbook.grading.reports.text import visible

_LARGEST = 50_000_000  # bytes of a results.json; ours have a few thousand


def results_json(result):
    """The dict of a Result (or an Adjusted one), as Gradescope's results.json.

    Everything is plain text there, never HTML or Markdown. Cases that every student can see are
    visible at once; drawn ones, and what is said on an answer as a whole, when grades are
    published. The score on top counts, also beside points that were given by hand.

    >>> from lossbook.grading.marking.result import Result
    >>> made = results_json(Result("Ada", "a.ipynb", "02", "f00d", "blank", None, 10.0))
    >>> "score" in made, "tests" in made, made["output"]
    (False, False, 'This submission could not be graded.')
    """
    made = {
        "output": _plain("\n".join(dict.fromkeys(_on_top(result)))),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "execution_time": round(result.seconds, 3),
        "extra_data": {
            name: getattr(result, name)
            for name in ("chapter", "sha256", "seed_id", "test_version", "versions", "tier")
        },
    }
    if result.score is not None:
        made["score"] = result.score
        made["tests"] = [
            entry
            for number, answer in enumerate(result.answers, 1)
            for entry in _of_answer(number, answer)
        ]
    return made


def _on_top(result):
    """Sentences; some may stand there twice, because a reason to look may be a note as well."""
    if result.score is None:
        yield "This submission could not be graded."
        yield from result.look_at
    yield from result.notes
    if isinstance(result, Adjusted):
        yield f"Changed by hand: {result.say()}."


def _of_answer(number, answer):
    """An entry on the answer as a whole, and one for each test."""
    parts = [answer.head, *answer.says]
    whole = _entry(str(number), answer.title, parts, at_once=False)
    whole["status"] = "passed" if answer.state == "solved" else "failed"
    yield whole if answer.tests else whole | {"score": answer.earned, "max_score": answer.points}
    # The case that is shown is one that the student can see: it stands at the first that failed.
    shown = list(answer.shown)
    for k, test in enumerate(answer.tests, 1):
        parts = [test.words]
        if test.visible and test.earned < test.points:
            parts, shown = [*parts, *shown], []
        name = f"{answer.title}: {test.about}"
        entry = _entry(f"{number}.{k}", name, parts, test.visible)
        if answer.state == "not run":  # nobody knows whether it is right
            yield entry | {"status": "failed"}
        else:
            yield entry | {"score": test.earned, "max_score": test.points}


def _entry(number, name, parts, at_once):
    return {
        "number": number,
        "name": _plain(name, 200),
        "output": _plain("\n".join(part for part in parts if part)),
        "output_format": "text",
        "visibility": "visible" if at_once else "after_published",
    }


def _plain(text, most=2000):
    """What a submission says, with nothing in it that is not seen."""
    return visible(clear(text, most))


def write_json(result, path):
    """Write the results.json of a Result to `path`; raise BookError where that is impossible."""
    write(path, json.dumps(results_json(result), indent=1, allow_nan=False))


def hand_over(folder, path):
    """Put the one result in `folder` where Gradescope looks for it: at `path`.

    Raises BookError, and leaves nothing at `path`, where there is not exactly one result, or
    where it has no score; the message is for the teacher, who reads it in the autograder's log.
    """
    Path(path).unlink(missing_ok=True)
    found = sorted(Path(folder).glob("*.json"))
    if len(found) != 1:
        raise BookError(f"one result is expected in {folder}, there are {len(found)}")
    try:
        if found[0].stat().st_size > _LARGEST:
            raise ValueError("it is too large")
        made = json.loads(found[0].read_text(encoding="utf-8"))
        score = made.get("score")
    except (OSError, ValueError, AttributeError) as error:
        raise BookError(f"{found[0].name} is no result: {error}") from None
    if not isinstance(score, int | float):
        raise BookError(f"not graded, so there is no score to give: {made.get('output', '')}")
    write(path, json.dumps(made))


def main(folder, path):
    """Hand over, as the autograder's last step; the exit status is 1 where there is no grade."""
    try:
        hand_over(folder, path)
    except BookError as error:
        print(f"lossbook: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
