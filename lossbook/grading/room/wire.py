"""Frames and values between the judge and the room: JSON and raw numbers, never pickle.

    frame = length of the rest | length of the head | head | numbers        (lengths: 4 bytes, <)

The head is JSON, `{"op": …, "value": tree}`. In the tree, None, bool, int, finite float, str and
list stand for themselves; everything else is a dict with one tag. The bytes of arrays follow the
head in the order in which their tags stand in it. Decoding makes plain data and arrays of a fixed
list of types, and nothing else: bytes from a hostile process cannot run code here.
"""

import json
import math
import struct

import numpy as np

LARGEST = 32 << 20  # bytes of a frame; no answer of this course comes near it
_DEEPEST = 20
_MOST_NODES = 100_000
_TYPES = {"|b1", "|i1", "|u1"} | {f"<{kind}{size}" for kind in "iu" for size in (2, 4, 8)}
_TYPES |= {"<f2", "<f4", "<f8", "<c8", "<c16"}
_ODD = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_LENGTH = struct.Struct("<I")


class WireError(Exception):
    """A value that cannot be sent, or bytes that are no frame."""


# ------------------------------------------------------------------------------- sending


def encode(head, value=None, name_of=None):
    """The frame for a head and a value.

    `name_of(function)` gives the number under which a function can be called back; without it
    functions cannot be sent. Raises WireError.
    """
    numbers = []
    tree = _Encoder(numbers, name_of).tree(value, 0)
    try:
        text = json.dumps({**head, "value": tree}, allow_nan=False).encode("utf-8", "replace")
    except (TypeError, ValueError) as error:
        raise WireError(f"cannot be written as JSON: {error}") from None
    length = _LENGTH.size + len(text) + sum(map(len, numbers))
    if length > LARGEST:
        raise WireError(f"{length} bytes are too many")
    return b"".join([_LENGTH.pack(length), _LENGTH.pack(len(text)), text, *numbers])


class _Encoder:
    def __init__(self, numbers, name_of):
        self.numbers, self.name_of = numbers, name_of

    def tree(self, value, depth):
        if depth > _DEEPEST:
            raise WireError("nested too deeply")
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"f": repr(value)}
        if type(value) is list:
            return [self.tree(part, depth + 1) for part in value]
        if type(value) is tuple:
            return {"t": [self.tree(part, depth + 1) for part in value]}
        if type(value) is dict:
            return {"d": [[str(k), self.tree(v, depth + 1)] for k, v in value.items()]}
        if isinstance(value, (np.ndarray, np.generic)):
            return self.array(value)
        if callable(value) and self.name_of:
            return {"c": self.name_of(value)}
        raise WireError(f"cannot send a {type(value).__name__}")

    def array(self, value):
        shape = list(np.shape(value))
        if value.dtype.kind == "U":
            return {"u": np.ravel(value).tolist(), "s": shape}
        little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        if little.dtype.str not in _TYPES:
            raise WireError(f"cannot send numbers of type {value.dtype}")
        self.numbers.append(little.tobytes())
        return {"n" if isinstance(value, np.generic) else "a": little.dtype.str, "s": shape}


# ----------------------------------------------------------------------------- receiving


def length_of(start):
    """How many bytes follow the first four; raise WireError where that is too much."""
    (length,) = _LENGTH.unpack(start)
    if not _LENGTH.size <= length <= LARGEST:
        raise WireError(f"a frame of {length} bytes")
    return length


def decode(frame, function_of=None):
    """(head, value) of a frame without its first four bytes.

    `function_of(number)` makes the function that calls back; without it such a tag is refused.
    Raises WireError for everything that `encode` would not have written.
    """
    try:
        (length,) = _LENGTH.unpack_from(frame)
        if length > len(frame) - _LENGTH.size:
            raise WireError("the head is longer than the frame")
        end = _LENGTH.size + length
        head = json.loads(frame[_LENGTH.size : end])
        if type(head) is not dict or "value" not in head:
            raise WireError("the head is no dict with a value")
        decoder = _Decoder(memoryview(frame)[end:], function_of)
        value = decoder.value(head.pop("value"), 0)
        if decoder.rest.nbytes:
            raise WireError("bytes are left over")
        return head, value
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, struct.error) as error:
        raise WireError(f"no frame: {type(error).__name__}") from None


class _Decoder:
    def __init__(self, numbers, function_of):
        self.rest, self.function_of, self.nodes = numbers, function_of, 0

    def value(self, tree, depth):
        self.nodes += 1
        if depth > _DEEPEST or self.nodes > _MOST_NODES:
            raise WireError("too deep or too large")
        if tree is None or type(tree) in (bool, int, float, str):
            return tree
        if type(tree) is list:
            return [self.value(part, depth + 1) for part in tree]
        return self.tagged(tree, depth)

    def tagged(self, tree, depth):
        tags = tree.keys() - {"s"}
        if len(tags) != 1:
            raise WireError("a dict without its one tag")
        (tag,) = tags
        body = tree[tag]
        match tag:
            case "f":
                return _ODD[body]
            case "t":
                return tuple(self.value(part, depth + 1) for part in _listed(body))
            case "d":
                return {_text(key): self.value(part, depth + 1) for key, part in _listed(body)}
            case "u":
                texts = [_text(part) for part in _listed(body)]
                return np.array(texts, dtype=str).reshape(self.shape(tree))
            case "a":
                return self.array(body, self.shape(tree))
            case "n":
                return self.array(body, ())[()]
            case "c" if self.function_of and type(body) is int:
                return self.function_of(body)
        raise WireError("an unknown tag")

    def shape(self, tree):
        shape = _listed(tree["s"])
        if len(shape) > 8 or not all(type(n) is int and 0 <= n <= LARGEST for n in shape):
            raise WireError("no shape")
        return tuple(shape)

    def array(self, kind, shape):
        if kind not in _TYPES:
            raise WireError("an unknown type of numbers")
        dtype = np.dtype(kind)
        size = dtype.itemsize * math.prod(shape)
        if size > self.rest.nbytes:
            raise WireError("numbers are missing")
        numbers, self.rest = self.rest[:size], self.rest[size:]
        return np.frombuffer(numbers, dtype).reshape(shape).copy()


def _listed(body):
    if type(body) is not list:
        raise WireError("a list is expected")
    return body


def _text(body):
    if type(body) is not str:
        raise WireError("text is expected")
    return body
