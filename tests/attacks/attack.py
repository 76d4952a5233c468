"""A hostile or broken submission, the points it may earn, and checks of its result."""

import copy
import json
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT, PROOF = "root_mean_squared_error", "weighted_mean"
CHOICE, NUMBER = "even_and_odd", "newsagent"
LINE, LAD = "huber_regression", "least_absolute_deviations"
EXERCISES = (ROOT, PROOF, CHOICE, NUMBER, LINE, LAD)

NOTHING = dict.fromkeys(EXERCISES, 0)
ANY = dict.fromkeys(EXERCISES, (0, 1))  # what is left is a matter of luck, and theirs

# What stops an attack, and the layers of the sandbox that this takes (isolation.LAYERS).
DEFENCES = {
    "grader": set(),
    "limits": {"limits", "capabilities"},
    "files": {"landlock", "seccomp", "capabilities"},
    "network": {"seccomp"},
    "processes": {"seccomp", "capabilities"},
    "kernel": {"seccomp", "capabilities"},
}

_LONGEST = 5000  # characters of a sentence that a teacher may see
_TOOLS = Path(__file__).with_name("tools.py").read_text(encoding="utf-8")
_LAST = """
if breaches:
    tau = breach("in all")
    check(tau, "newsagent")
    raise RuntimeError("BRE" + "ACH: " + "; ".join(breaches))
"""


@dataclass(frozen=True)
class Attack:
    """A submission to the exercises of chapter 2 that means harm, or is broken.

    name, family : "endless loop in a cell", "accident"
    cells : tuple of (where, source), where is "start", "end", or the exercise whose answer is
        replaced; the other answers stay the honest ones
    data : `data(notebook)` gives the bytes of the whole file in place of a changed notebook
    lay : `lay(path, notebook, canary)` puts something there that is no plain file
    file : the name under which it is handed in
    earns : exercise → share of its points, or (least, most); 1 for those that are not named
    status : what `Result.status` must be; "graded|partly run" where either is right
    message : regular expression, for either case, that one of the teacher's sentences must match;
        "" if none is needed, because the attack changes nothing
    defence : what stops the attack, one of DEFENCES; "grader" for those that fail by the design
        alone, without any layer
    never : texts that no page, table or terminal may show as they are
    """

    name: str
    family: str
    cells: tuple = ()
    data: Callable | None = None
    lay: Callable | None = None
    file: str = "02_squared_error_exercises.ipynb"
    earns: dict = field(default_factory=dict)
    status: str = "graded"
    message: str = ""
    defence: str = "grader"
    never: tuple = ()

    def __post_init__(self):
        if self.defence not in DEFENCES:
            raise ValueError(f"defence must be one of {', '.join(DEFENCES)}, got {self.defence!r}")

    def stopped_by(self, layers):
        """Whether these layers must be enough, as in ("limits", "landlock", …)."""
        return DEFENCES[self.defence] <= set(layers)

    def build(self, notebook, canary):
        """The bytes of the file.

        notebook : dict, the honest one (nbformat 4), with all answers
        canary : dict, what `Canary.known` gives: what an attacker may know of this machine
        """
        if self.data:
            return self.data(copy.deepcopy(notebook))
        notebook = copy.deepcopy(notebook)
        first = [_TOOLS, f"CANARY.update({dict(canary)!r})"]
        last = [_LAST]
        for where, source in self.cells:
            if callable(source):
                source = source()
            if where == "start":
                first.append(source)
            elif where == "end":
                last.insert(-1, source)
            else:
                _answer(notebook, where)["source"] = source
        cells = [_cell(source, f"first-{k}") for k, source in enumerate(first)]
        cells += notebook["cells"]
        cells += [_cell(source, f"last-{k}") for k, source in enumerate(last)]
        return json.dumps({**notebook, "cells": cells}, ensure_ascii=False).encode()

    def write(self, folder, notebook, canary):
        """Put the submission into a student's folder; returns its path.

        Raises OSError where this machine has no such names, links or pipes.
        """
        path = Path(folder) / self.file
        if self.lay:
            self.lay(path, notebook, canary)
        else:
            path.write_bytes(self.build(notebook, canary))
        return path

    def differences(self, result):
        """Sentences on all that is not as it must be in the Result; [] where all is well."""
        found = []
        if result.status not in self.status.split("|"):
            found.append(f"status is {result.status!r}, and should be {self.status!r}")
        if (result.score is None) != (result.status == "blank"):
            found.append(f"status is {result.status!r}, and the score is {result.score}")
        for answer in result.answers:
            share, wanted = answer.earned / answer.points, self.earns.get(answer.name, 1)
            least, most = wanted if isinstance(wanted, tuple) else (wanted, wanted)
            if not least - 0.005 <= share <= most + 0.005:
                found.append(f"{answer.name} earned {share:.0%}, and should have earned {wanted}")
        texts = sentences(result)
        if self.message and not any(re.search(self.message, words, re.I) for words in texts):
            found.append(f"no sentence says {self.message!r}")
        found += [words[:300] for words in texts if "BREACH" in words]
        if max(map(len, texts), default=0) > _LONGEST:
            found.append(f"a sentence has {max(map(len, texts))} characters")
        return found


def sentences(result):
    """All that a teacher reads about a submission, except for its own source."""
    texts = [*result.notes, *result.look_at]
    for answer in result.answers:
        texts += [answer.summary, *answer.call, *answer.feedback, answer.mistake]
        texts += [test.message for test in answer.tests]
    return texts


def start(source):
    """A cell before all others."""
    return ("start", _dedented(source))


def end(source):
    """A cell after all others."""
    return ("end", _dedented(source))


def instead(exercise, source):
    """A cell in place of the honest answer."""
    return (exercise, _dedented(source))


def wrong(source="", value="-1.0"):
    """An answer to the first exercise that is wrong for every case."""
    function = f"def root_mean_squared_error(y_true, y_pred):\n    return {value}\n"
    return (ROOT, _dedented(source) + "\n" + function)


def _dedented(source):
    return source if callable(source) else textwrap.dedent(source).strip("\n")


def _cell(source, name):
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def _answer(notebook, exercise):
    """The cell in which an exercise is answered."""
    ending = exercise.replace("_", "-") + "-answer"
    for cell in notebook["cells"]:
        if cell.get("id", "").endswith(ending):
            return cell
    raise ValueError(f"the notebook has no cell for the answer to {exercise!r}")
