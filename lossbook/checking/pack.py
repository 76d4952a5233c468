"""A pack: what the instant check of a chapter needs, in one JSON file without the references.

A teacher's students get it beside the notebook. It holds, for each exercise,

- of a function: the public cases, the expected outcomes, and the outcomes of each known mistake;
- of a number or a choice: a digest of each answer with a sentence, which only that answer opens;
- of a derivation: what is given and asked. Its lines are checked as always, by computing.

It keeps the solutions from being read, also by chance. It cannot keep an answer from being tried:
the check answers as often as it is asked. Hidden cases are not in it.
"""

import builtins
import hashlib
import inspect
import json
import math
from dataclasses import dataclass

import numpy as np

from lossbook._atomic import replace_file
from lossbook.checking.calls import Outcome
from lossbook.checking.cases import CaseSet
from lossbook.checking.spec import Case, Choice, Function, Mistake, Prediction, Proof

_FORMAT = 1


@dataclass(frozen=True)
class PackedFunction:
    """A Function without its reference: `case_set` has the outcomes that were computed before."""

    name: str
    title: str
    stars: int
    case_set: CaseSet


@dataclass(frozen=True)
class PackedPrediction:
    """A Prediction: `sealed` holds what is said of numbers."""

    name: str
    title: str
    stars: int
    atol: float
    sealed: list  # of [rtol, what `_sealed` returns]

    def judge(self, number: float) -> tuple[str, str]:
        """What Prediction.judge returns."""
        for rtol, sealed in self.sealed:
            keys = _keys_of(self.name, number, rtol, self.atol)
            for value, verdict, said in filter(None, (_opened(sealed, key) for key in keys)):
                if abs(number - value) <= self.atol + rtol * abs(value):
                    return verdict, said
        return "wrong value", ""


@dataclass(frozen=True)
class PackedChoice:
    """A Choice: `sealed` holds what is said of each letter."""

    name: str
    title: str
    stars: int
    options: dict
    sealed: list

    def judge(self, letter: str) -> tuple[str, str]:
        """What Choice.judge returns."""
        opened = (_opened(sealed, f"{self.name} {letter}") for sealed in self.sealed)
        return tuple(next(filter(None, opened)))


@dataclass(frozen=True)
class Unchecked:
    """An exercise whose check needs the reference: it is marked when it is handed in."""

    name: str
    title: str
    stars: int


Packed = PackedFunction | PackedPrediction | PackedChoice | Unchecked


# ------------------------------------------------------------------------------- to and from JSON


def write(exercises, path):
    """Write the pack of a list of exercises to `path`.

    Raises ValueError where a case holds something else than numbers, text and lists of them.
    """
    lines = ",\n".join(json.dumps(_packed(one), ensure_ascii=False) for one in exercises)
    replace_file(path, f'{{"lossbook pack": {_FORMAT}, "exercises": [\n{lines}\n]}}\n'.encode())


def read(path):
    """The exercises in the pack at `path`, for a Checker. Raises ValueError if it is none."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["lossbook pack"] != _FORMAT:
            raise ValueError("it is of another version of lossbook")
        return [_READ[one["kind"]](**one["is"]) for one in stored["exercises"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} cannot be used ({error}); get the files of the exercise again"
        ) from None


def _packed(exercise):
    kind, fields = _WRITE[type(exercise)](exercise)
    about = {"name": exercise.name, "title": exercise.title, "stars": exercise.stars}
    return {"kind": kind, "is": {**about, **fields}}


def _write_function(exercise):
    case_set = CaseSet(exercise)
    if exercise.accepts or any(callable(arg) for case in case_set.cases for arg in case.args):
        return "unchecked", {}
    return "function", {
        "rtol": exercise.rtol,
        "atol": exercise.atol,
        "seconds": exercise.seconds,
        "on_success": exercise.on_success,
        "cases": [
            {
                "about": case.about,
                "args": [_value(arg) for arg in case.args],
                "kwargs": {name: _value(arg) for name, arg in case.kwargs.items()},
                "extreme": case.extreme,
            }
            for case in case_set.cases
        ],
        "expected": [_outcome(one) for one in case_set.expected],
        "mistakes": [
            {
                "feedback": profile.mistake.feedback,
                "outcomes": [_outcome(one) for one in profile.outcomes],
            }
            for profile in case_set.mistakes
        ],
    }


def _read_function(name, title, stars, cases, expected, mistakes, **more):
    cases = [
        Case(
            one["about"],
            tuple(map(_plain, one["args"])),
            {key: _plain(arg) for key, arg in one["kwargs"].items()},
            one["extreme"],
        )
        for one in cases
    ]
    known = [Mistake(one["feedback"], None) for one in mistakes]
    exercise = Function(name, title, stars, None, lambda rng: cases, known, **more)
    outcomes = [tuple(map(_read_outcome, one["outcomes"])) for one in mistakes]
    case_set = CaseSet.stored(exercise, cases, [_read_outcome(one) for one in expected], outcomes)
    return PackedFunction(name, title, stars, case_set)


def _write_prediction(exercise):
    sealed = [
        [rtol, _sealed([float(value), verdict, said], _key_of(exercise, value, rtol))]
        for value, rtol, verdict, said in exercise.sayings()
    ]
    return "prediction", {"atol": exercise.atol, "sealed": sealed}


def _key_of(exercise, value, rtol):
    return _keys_of(exercise.name, value, rtol, exercise.atol)[1]


def _write_choice(exercise):
    sealed = [
        _sealed(exercise.judge(letter), f"{exercise.name} {letter}") for letter in exercise.options
    ]
    return "choice", {"options": exercise.options, "sealed": sealed}


def _write_proof(exercise):
    derivation = exercise.make()
    given = {
        name: getattr(derivation, name)
        for name in inspect.signature(type(derivation).__init__).parameters
        if name not in ("self", "setting")
    }
    given["setting"] = derivation.frame.body
    return "derivation", {"on_success": exercise.on_success, "given": given}


def _read_proof(name, title, stars, on_success, given):
    def make():
        from lossbook.derive import Exercise

        return Exercise(**given)

    return Proof(name, title, stars, make, "", [], on_success)


_WRITE = {
    Function: _write_function,
    Prediction: _write_prediction,
    Choice: _write_choice,
    Proof: _write_proof,
}
_READ = {
    "function": _read_function,
    "prediction": PackedPrediction,
    "choice": PackedChoice,
    "derivation": _read_proof,
    "unchecked": Unchecked,
}


# ----------------------------------------------------------------------------- values


def _outcome(outcome):
    error = outcome.error.__name__ if outcome.error else None
    return {"kind": outcome.kind, "value": _value(outcome.value), "error": error}


def _read_outcome(stored):
    error = getattr(builtins, stored["error"]) if stored["error"] else None
    return Outcome(stored["kind"], _plain(stored["value"]), error)


def _value(value):
    """An argument or a result as JSON. Raises ValueError for anything but numbers and text."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [_value(part) for part in value]}
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "buif":
        entries = {"dtype": value.dtype.name, "entries": np.ravel(value).tolist()}
        return {**entries, "shape": list(value.shape)} if isinstance(value, np.ndarray) else entries
    raise ValueError(
        f"a case of a pack must hold numbers, text and lists of them, got {value!r:.60}"
    )


def _plain(stored):
    if not isinstance(stored, dict):
        return stored
    if "dtype" in stored:
        array = np.array(stored["entries"], dtype=stored["dtype"])
        return array.reshape(stored["shape"]) if "shape" in stored else array[0]
    [(kind, parts)] = stored.items()
    return {"list": list, "tuple": tuple}[kind](map(_plain, parts))


# ----------------------------------------------------------------- what only an answer opens


def _sealed(content, key):
    """JSON that only its key opens, as {"digest": …, "text": …}, both in hexadecimal digits."""
    text = json.dumps(content).encode()
    digest, stream = _derived(key, len(text))
    return {"digest": digest.hex(), "text": _mixed(text, stream).hex()}


def _opened(sealed, key):
    """The content if this is its key, else None."""
    text = bytes.fromhex(sealed["text"])
    digest, stream = _derived(key, len(text))
    return json.loads(_mixed(text, stream)) if digest.hex() == sealed["digest"] else None


def _derived(key, length):
    """A digest and a stream of bytes from a key, slow to compute."""
    slow = hashlib.pbkdf2_hmac("sha256", key.encode(), b"lossbook", 2_000)
    return slow[:16], hashlib.shake_256(slow[16:]).digest(length)


def _mixed(text, stream):
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))


def _keys_of(name, number, rtol, atol):
    """Three keys: that of the cell of a number in the middle, and those of the cells beside it.

    On the scale t(x) = ± log(1 + rtol |x| / atol) the tolerance atol + rtol |x| has one length for
    every x. Cells have twice that length, so equal numbers are in one cell or in neighbours.
    """
    if not math.isfinite(number):
        return ()
    rtol, atol = max(rtol, 1e-12), max(atol, 1e-12)
    place = math.copysign(math.log(atol + abs(number) * rtol) - math.log(atol), number)
    cell = round(place / (-2 * math.log1p(-min(rtol, 0.9))))
    return tuple(f"{name} {rtol:g} {one}" for one in (cell - 1, cell, cell + 1))
