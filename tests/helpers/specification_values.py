"""The values of each specification, stored as JSON for a fixed seed, so that a change is noticed.

    python -m tests.helpers.specification_values

stores those of new exercises, and of exercises whose `version` was raised.
"""

import builtins
import json
import math
import sys
from pathlib import Path

import numpy as np

from lossbook.checking import Choice, Function, Prediction, report
from lossbook.checking.calls import Outcome
from lossbook.checking.compare import compare
from lossbook.exercises import CHAPTERS, checker
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.points import RULES
from lossbook.grading.marking.secret import Secret

FOLDER = Path(__file__).parents[1] / "grading" / "specifications"
SECRET = Secret(b"a fixed seed file for the tests")


def assignment_of(chapter, exercises=None):
    exercises = checker(chapter).exercises.values() if exercises is None else exercises
    return Assignment(chapter, exercises, SECRET)


def load(chapter):
    path = FOLDER / f"chapter{chapter}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


# ------------------------------------------------------------------------------- writing


def values_of(exercise, assignment):
    """What a grade for this exercise depends on, as JSON."""
    head = {"version": exercise.version, "rules": RULES, "stars": exercise.stars}
    if isinstance(exercise, Function):
        graded = assignment.functions[exercise.name]
        return head | {
            "tolerance": [exercise.rtol, exercise.atol],
            "cases": [case for drawn in (graded.public, graded.secret) for case in _cases(drawn)],
            "tests": _encoded([[one.visible, one.points, one.cases] for one in graded.plans]),
        }
    if isinstance(exercise, Prediction):
        tolerance = [exercise.rtol, exercise.atol]
        return head | {"tolerance": tolerance, "answer": float(exercise.answer)}
    if isinstance(exercise, Choice):
        return head | {"letters": sorted(exercise.options), "answer": exercise.answer}
    lines = [exercise.solution, *(lines for lines, _ in exercise.false)]
    return head | {"attempts": [[one, _state(exercise, one)] for one in lines]}


def _cases(drawn):
    """The cases of a draw, each with answers and whether they are right.

    Answers of known mistakes are there only where a function of the exercise decides: a tolerance
    is stored as a number.
    """
    known = drawn.mistakes if drawn.exercise.accepts else ()
    for k, (case, right) in enumerate(zip(drawn.cases, drawn.expected, strict=True)):
        answers = [[_outcome(right), True]]
        for mistake in known:
            answer = [_outcome(mistake.outcomes[k]), k not in mistake.fails]
            if answer[0] is not None and answer not in answers:
                answers.append(answer)
        yield {
            "about": case.about,
            "arguments": _encoded([case.args, case.kwargs]),
            "answers": answers,
        }


def _outcome(outcome):
    if outcome.kind == "value":
        return _encoded(outcome.value)
    if outcome.kind == "raised":
        kinds = outcome.error.__mro__
        return {"raises": next(k.__name__ for k in kinds if k.__module__ == "builtins")}
    return None


def _encoded(value):
    """A value as JSON: an array as {"float64": nested lists}, a function as its name."""
    if isinstance(value, np.ndarray) and value.ndim:
        return {value.dtype.name: value.tolist()}
    if isinstance(value, np.ndarray | np.generic):
        return value.item()
    if isinstance(value, tuple | list):
        return [_encoded(part) for part in value]
    if isinstance(value, dict):
        return {name: _encoded(part) for name, part in value.items()}
    return f"function {value.__name__}" if callable(value) else value


def _state(exercise, lines):
    return report.on_proof(exercise, exercise.make().attempt(lines)).state


# ----------------------------------------------------------------------------- comparing


def differences(exercise, assignment, stored):
    """What is no longer as stored, as sentences; nothing where the grades are the same."""
    if exercise.stars != stored["stars"]:
        yield f"stars is {exercise.stars}, and was {stored['stars']}"
    if isinstance(exercise, Function | Prediction):
        tolerance = [exercise.rtol, exercise.atol]
        if tolerance != stored["tolerance"]:
            yield f"rtol, atol is {tolerance}, and was {stored['tolerance']}"
    if isinstance(exercise, Function):
        if values_of(exercise, assignment)["tests"] != stored["tests"]:
            yield "the points, or the cases of a test, have changed"
        yield from _changed_cases(exercise, assignment, stored["cases"])
    elif isinstance(exercise, Choice):
        if [sorted(exercise.options), exercise.answer] != [stored["letters"], stored["answer"]]:
            yield f"the answer is {exercise.answer!r}, and was {stored['answer']!r}"
    elif isinstance(exercise, Prediction):
        if not _same(float(exercise.answer), stored["answer"], exercise):
            yield f"the answer is {exercise.answer}, and was {stored['answer']}"
    else:
        for lines, state in stored["attempts"]:
            if _state(exercise, lines) != state:
                yield f"a derivation that was {state!r} is {_state(exercise, lines)!r}:{lines}"


def _changed_cases(exercise, assignment, stored):
    graded = assignment.functions[exercise.name]
    drawn = [
        pair
        for draw in (graded.public, graded.secret)
        for pair in zip(draw.cases, draw.expected, strict=True)
    ]
    if len(drawn) != len(stored):
        yield f"there are {len(drawn)} cases, and there were {len(stored)}"
        return
    for number, ((case, right), old) in enumerate(zip(drawn, stored, strict=True), 1):
        where = f"case {number} ({old['about']})"
        if not _same(_encoded([case.args, case.kwargs]), old["arguments"], exercise):
            yield f"{where} has other arguments"
            continue
        for answer, was_right in old["answers"]:
            if (compare(exercise, case, right, _decoded(answer)) is None) != was_right:
                yield f"{where}: {answer} was {'right' if was_right else 'wrong'} and is not now"


def _same(now, old, exercise):
    """Whether two values in JSON are the same within the tolerance of the exercise."""
    if isinstance(now, list):
        return (
            isinstance(old, list)
            and len(now) == len(old)
            and all(_same(a, b, exercise) for a, b in zip(now, old, strict=True))
        )
    if isinstance(now, dict):
        return (
            isinstance(old, dict)
            and now.keys() == old.keys()
            and all(_same(now[name], old[name], exercise) for name in now)
        )
    if type(now) is float and type(old) is float:
        close = math.isclose(now, old, rel_tol=exercise.rtol, abs_tol=exercise.atol)
        return close or (math.isnan(now) and math.isnan(old))
    return type(now) is type(old) and now == old


def _decoded(answer):
    """The Outcome that was stored as an answer."""
    if isinstance(answer, dict) and "raises" in answer:
        return Outcome("raised", error=getattr(builtins, answer["raises"]))
    return Outcome("value", value=_plain(answer))


def _plain(answer):
    if isinstance(answer, list):
        return tuple(map(_plain, answer))
    if isinstance(answer, dict):
        ((dtype, values),) = answer.items()
        return np.array(values, dtype)
    return answer if isinstance(answer, str) else np.asarray(answer)


# -------------------------------------------------------------------------------- storing


def store():
    """Store what is new; the exit status is 1 where a version has to be raised first."""
    refused = []
    for chapter in CHAPTERS:
        assignment, stored = assignment_of(chapter), load(chapter)
        kept = {}
        for exercise in assignment.exercises:
            old = stored.get(exercise.name)
            if old and (old["version"], old["rules"]) == (exercise.version, RULES):
                kept[exercise.name] = old
                if changed := list(differences(exercise, assignment, old)):
                    refused.append(f"{exercise.name}: {advice(exercise, changed)}")
            else:
                kept[exercise.name] = values_of(exercise, assignment)
                print(f"{exercise.name}: version {exercise.version} is stored")
        _write(FOLDER / f"chapter{chapter}.json", kept)
    print("\n".join(refused))
    return 1 if refused else 0


def advice(exercise, changed):
    return (
        "; ".join(changed[:5]) + f". Grades given with version {exercise.version} would change: "
        f"undo that, or set version={exercise.version + 1} in the exercise (or raise RULES in "
        "marking/points.py) and run: python -m tests.helpers.specification_values"
    )


def _write(path, exercises):
    """JSON with one line for each case."""
    path.parent.mkdir(exist_ok=True)
    blocks = [f"{json.dumps(name)}: {_block(values)}" for name, values in exercises.items()]
    path.write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8")


def _block(values):
    lines = []
    for name, value in values.items():
        text = json.dumps(value, ensure_ascii=False)
        if name in ("cases", "attempts"):
            text = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in value)
            text = f"[\n  {text}]"
        lines.append(f" {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(lines) + "}"


if __name__ == "__main__":
    sys.exit(store())
