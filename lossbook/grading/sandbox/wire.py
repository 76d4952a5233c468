"""Frames and values between the grader and a process: JSON and raw numbers, never pickle.

    frame = length of the rest | length of the head | head | numbers        (lengths: 4 bytes, <)

The head is JSON, `{"op": …, "value": tree}`. In the tree, None, bool, int, finite float, str and
list are themselves; everything else is a dict with one tag. The bytes of arrays follow the head in
the order of their tags. Decoding makes plain data and arrays of a fixed list of types, and nothing
else: bytes from a hostile process cannot run code here, and the decoded data take at most a few
times the memory of the frame.
"""

import json
import math
import struct

import numpy as np

LARGEST = 8 << 20  # bytes of a frame; no answer of this course comes near it
HEAD = 8 << 20  # bytes of its JSON; Python's lists and dicts take up to 30 times as much
_LONGEST = 10_000  # characters of one text in the head, or texts in a list there
_DEEPEST = 20
_MOST_NODES = 100_000
_TYPES = {"|b1", "|i1", "|u1"} | {f"<{kind}{size}" for kind in "iu" for size in (2, 4, 8)}
_TYPES |= {"<f2", "<f4", "<f8", "<c8", "<c16"}
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_LENGTH = struct.Struct("<I")


class WireError(Exception):
    """A value that cannot be sent, or bytes that are not a frame."""


# ------------------------------------------------------------------------------- sending


def encode(head: dict, value=None, name_of=None) -> bytes:
    """The frame for a head and a value.

    The head is a flat dict: None, bool, int, float, str, or a list of these, under each name.
    `name_of(function)` gives the number under which a function can be called back; without it
    functions cannot be sent. Raises WireError.
    """
    numbers = []
    tree = {**_flat(head), "value": _Encoder(numbers, name_of).tree(value, 0)}
    try:
        written = json.dumps(tree, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise WireError(f"cannot be written as JSON: {error}") from None
    text = written.encode("utf-8", "replace")  # a lone surrogate becomes "?"
    length = _LENGTH.size + len(text) + sum(map(len, numbers))
    if length > LARGEST or len(text) > HEAD:
        raise WireError(f"{length} bytes are too many")
    return b"".join([_LENGTH.pack(length), _LENGTH.pack(len(text)), text, *numbers])


class _Counter:
    """Counts the parts of a value, when it is sent and when it is received."""

    nodes = 0

    def count(self, depth, nodes=1):
        self.nodes += nodes
        if depth > _DEEPEST or self.nodes > _MOST_NODES:
            raise WireError("nested too deeply, or made of too many parts")


class _Encoder(_Counter):
    def __init__(self, numbers, name_of):
        self.numbers, self.name_of = numbers, name_of

    def tree(self, value, depth):
        self.count(depth)
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"f": repr(value)}
        if type(value) is list:
            return [self.tree(part, depth + 1) for part in value]
        if type(value) is tuple:
            return {"t": [self.tree(part, depth + 1) for part in value]}
        if type(value) is dict:
            return {"d": [[_key(k), self.tree(v, depth + 1)] for k, v in value.items()]}
        if isinstance(value, np.str_):
            return str(value)
        if isinstance(value, (np.ndarray, np.generic)):
            return self.array(value, depth)
        if callable(value) and self.name_of:
            return {"c": self.name_of(value)}
        raise WireError(f"cannot send a {type(value).__name__[:60]}")

    def array(self, value, depth):
        shape = _bounded(np.shape(value))
        if value.dtype.kind == "U":
            self.count(depth, value.size)
            return {"u": _fitting(np.ravel(value).tolist()), "s": list(shape)}
        little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        if little.dtype.str not in _TYPES:
            raise WireError(f"cannot send numbers of type {str(value.dtype)[:60]}")
        self.numbers.append(little.tobytes())
        return {"n" if isinstance(value, np.generic) else "a": little.dtype.str, "s": list(shape)}


# ----------------------------------------------------------------------------- receiving


def length_of(start: bytes) -> int:
    """How many bytes follow the first four; raise WireError if that is too much."""
    (length,) = _LENGTH.unpack(start)
    if not _LENGTH.size <= length <= LARGEST:
        raise WireError(f"a frame of {length} bytes")
    return length


def decode(frame: bytes, function_of=None) -> tuple:
    """(head, value) of a frame without its first four bytes.

    `function_of(number)` makes the function that calls back; without it such a tag is refused.
    Raises WireError for all that `encode` would not have written.
    """
    try:
        (length,) = _LENGTH.unpack_from(frame)
        end = _LENGTH.size + length
        if length > HEAD or end > len(frame):
            raise WireError("the head is too long")
        head = _JSON.decode(str(frame[_LENGTH.size : end], "utf-8"))
        if type(head) is not dict or "value" not in head:
            raise WireError("the head is no dict with a value")
        tree = head.pop("value")
        decoder = _Decoder(memoryview(frame)[end:], function_of)
        value = decoder.value(tree, 0)
        if decoder.rest.nbytes:
            raise WireError("bytes are left over")
        json.dumps(_flat(head), ensure_ascii=False).encode("utf-8")  # no lone surrogates
        return head, value
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, struct.error) as error:
        raise WireError(f"no frame: {type(error).__name__}") from None


def _once(pairs):
    """A dict; of a repeated name, other readers might take the other value."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WireError("a name is repeated")
    return found


def _finite(text):
    """A float; Infinity, NaN and 1e999 are refused (see the tag "f")."""
    number = float(text)
    if not math.isfinite(number):
        raise WireError("a number that is not finite")
    return number


_JSON = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite, parse_constant=_finite)


class _Decoder(_Counter):
    def __init__(self, numbers, function_of):
        self.rest, self.function_of = numbers, function_of

    def value(self, tree, depth):
        self.count(depth)
        if tree is None or type(tree) in (bool, int, float):
            return tree
        if type(tree) is str:
            return _text(tree)
        if type(tree) is list:
            return [self.value(part, depth + 1) for part in tree]
        shape = _bounded(_listed(tree.pop("s"))) if "s" in tree else None
        if len(tree) != 1:
            raise WireError("a dict without its one tag")
        ((tag, body),) = tree.items()
        return self.tagged(tag, body, depth) if shape is None else self.shaped(tag, body, shape)

    def tagged(self, tag, body, depth):
        match tag:
            case "f":
                return _NOT_FINITE[body]
            case "t":
                return tuple(self.value(part, depth + 1) for part in _listed(body))
            case "d":
                pairs = map(_listed, _listed(body))
                return _once([(_key(name), self.value(part, depth + 1)) for name, part in pairs])
            case "c" if self.function_of and type(body) is int:
                return self.function_of(body)
        raise WireError("an unknown tag")

    def shaped(self, tag, body, shape):
        match tag:
            case "u":
                self.count(0, len(_listed(body)))
                return np.array(_fitting(body), dtype=str).reshape(shape)
            case "a":
                return self.array(body, shape)
            case "n" if shape == ():
                return self.array(body, ())[()]
        raise WireError("an unknown tag")

    def array(self, kind, shape):
        if kind not in _TYPES:
            raise WireError("an unknown type of numbers")
        dtype = np.dtype(kind)
        size = dtype.itemsize * math.prod(shape)
        if size > self.rest.nbytes:
            raise WireError("numbers are missing")
        numbers, self.rest = self.rest[:size], self.rest[size:]
        # NumPy counts True by adding bytes, so a 2 would make it leave its memory.
        if dtype.kind == "b" and np.any(np.frombuffer(numbers, np.uint8) > 1):
            raise WireError("a truth value that is neither 0 nor 1")
        return np.frombuffer(numbers, dtype).reshape(shape).copy()


# -------------------------------------------------------------------------- both directions


def _flat(head):
    """The head; raise WireError if it is nested or too long."""
    for entry in head.values():
        for one in entry if type(entry) is list and len(entry) <= _LONGEST else [entry]:
            if one is not None and type(one) not in (bool, int, float, str):
                raise WireError("a head that is not flat")
            if type(one) is str and len(one) > _LONGEST:
                raise WireError("a head that is too long")
    return head


def _bounded(shape):
    """A shape; an empty array may not be a huge one in its other directions."""
    if len(shape) > 8 or not all(type(n) is int and n >= 0 for n in shape):
        raise WireError("no shape")
    if math.prod(max(n, 1) for n in shape) > LARGEST:
        raise WireError("an array that is too large")
    return tuple(shape)


def _fitting(texts):
    """A list of texts; in an array each takes as much memory as the longest."""
    longest = max((len(_text(one)) for one in texts), default=0)
    if 4 * longest * len(texts) > LARGEST:
        raise WireError("an array of texts that is too large")
    return texts


def _listed(body):
    if type(body) is not list:
        raise WireError("a list is expected")
    return body


def _key(body):
    if type(body) is not str:
        raise WireError("a name is expected")
    return _text(body)


def _text(body):
    """A text without lone surrogates, which cannot be written to a file."""
    if type(body) is not str:
        raise WireError("text is expected")
    try:
        body.encode("utf-8")
    except UnicodeEncodeError:
        raise WireError("a lone surrogate in a text") from None
    return body
