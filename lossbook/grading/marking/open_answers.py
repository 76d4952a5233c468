"""The policy of a mark: what could not be asked is open, never 0.

*Right or wrong* is said of cases in which an answer was asked, *nothing written* of a stub. All
else is open: the answer has no points and no zero, and a person is asked to look, with the line
that failed. Here it is decided what is open, and why.
"""

import difflib
import re

from lossbook.checking.calls import FINAL_KINDS
from lossbook.checking.spec import Function, Proof
from lossbook.grading.sandbox.worker import UNDEFINED

HANGS = 3  # calls of one answer that may hang or end its process; after these it is not called
# What the sandbox or a missing package may be to blame for: files, network, processes, input().
_SURROUNDINGS = (ImportError, OSError, EOFError)
_NAME = re.compile(r"name '(\w+)' is not defined")
_DEFINED = re.compile(r"^(?:def\s+(\w+)|(\w+)\s*=(?!=))", re.M)


class Asked:
    """Calls a student's function, and remembers why a call could not be made.

    hung : how many calls did not end, or ended the process
    obstacle : why it could not be asked, or ""
    defined : whether there was a function to call
    hidden : whether the cases are hidden ones, of which the obstacle must tell nothing
    """

    def __init__(self, session, exercise, seconds):
        self.session, self.exercise, self.seconds = session, exercise, seconds
        self.hung, self.obstacle, self.defined, self.hidden = 0, "", True, False

    @property
    def left(self):
        """How many more calls may hang."""
        return HANGS - self.hung

    def __call__(self, args, kwargs=None):
        given = self.session.call(self.exercise.name, args, kwargs or {}, self.seconds)
        self.hung += given.kind in FINAL_KINDS
        self.defined &= not (given.kind == "missing" and given.message == UNDEFINED)
        obstacle = _obstacle(given, self.session)
        if obstacle and self.hidden and given.kind == "raised":
            obstacle = "it needs what is missing here, in cases with other numbers"
        self.obstacle = self.obstacle or obstacle
        return given


def _obstacle(given, session):
    """Why a call could not be made, or "" if its outcome is that of the answer."""
    if given.kind == "unasked":
        return given.message
    if given.kind != "raised":
        return ""
    if issubclass(given.error, _SURROUNDINGS):
        kind = next(one.__name__ for one in given.error.__mro__ if one.__module__ == "builtins")
        return f"it raises {kind} ({given.message})"
    found = issubclass(given.error, NameError) and _NAME.search(given.message)
    failed = found and session.failure_with(found[1])
    return f"it needs {found[1]}, and {failed}" if failed else ""


def not_asked(findings):
    """Why an answer is open that hung too often to ask the rest, or "".

    If no case that was asked is right, the answer is wrong. Otherwise the others may be right too.
    """
    skipped = sum(bool(one) and one.kind == "not tried" for one in findings)
    if skipped and None in findings:
        return f"{HANGS} of its calls did not end, so {skipped} of {len(findings)} were not made"
    return ""


def only_form(findings):
    """What a person should decide where no value is known to be wrong, or ""."""
    kinds = {one.kind for one in findings if one}
    if not kinds or not kinds <= _FORM.keys():
        return ""
    return " and ".join(_FORM[kind] for kind in sorted(kinds))


_FORM = {
    "changes its input": "it writes into its arguments, and its values may be right",
    "other shape": "its numbers are right, and their shape is not the expected one",
}


# ----------------------------------------------------------------- written, and not defined


def undefined(exercise, session, released, others=()):
    """Why an answer that may be written is not there to be asked; "" if nothing is written.

    others : the names that belong to other exercises
    """
    number = written(exercise, session, released)
    near = _near_miss(exercise, session, number, others)
    if number is None and not near and session.whole:
        return ""
    said = ["it is not defined when all cells have run"]
    if not session.whole:
        said.append("the file is too long, and its last cells were not read")
    if number is not None and (failed := session.failure_in(number)):
        said.append(failed)
    if near:
        said.append(f"there is {near}: is it this one?")
    return "; ".join(said)


def written(exercise, session, released):
    """The number of the last cell that has more of an answer than the stub, or None."""
    ending = f"-{exercise.name.replace('_', '-')}-answer"
    return max(
        (
            number
            for number, (name, source) in enumerate(zip(session.names, session.cells, strict=True))
            if (name.endswith(ending) or _writes(exercise, source)) and not released.is_stub(source)
        ),
        default=None,
    )


def called(exercise):
    """The name that an answer has in the notebook."""
    return exercise.name if isinstance(exercise, (Function, Proof)) else exercise.variable


def _writes(exercise, source):
    """Whether a cell defines the answer, to all appearances."""
    name = re.escape(called(exercise))
    if isinstance(exercise, Proof):
        return re.search(rf"%%attempt\s+{name}\b", source) is not None
    return re.search(rf"^\s*(?:def\s+{name}\b|{name}\s*=(?!=))", source, re.M) is not None


def _near_miss(exercise, session, number, others):
    """A name in the notebook that may be meant, or ""."""
    if isinstance(exercise, Proof):
        return ""
    wanted = called(exercise)
    for source in session.cells:
        for function, variable in _DEFINED.findall(source):
            name = function if isinstance(exercise, Function) else variable
            if name and name not in others and _alike(name, wanted):
                return name
    return ""


def _alike(name, wanted):
    plain, other = (text.replace("_", "").lower() for text in (name, wanted))
    initials = "".join(word[0] for word in wanted.split("_"))
    return name != wanted and (
        plain == other
        or (len(initials) > 2 and plain == initials)
        or (len(other) > 3 and difflib.SequenceMatcher(None, plain, other).ratio() > 0.75)
    )
