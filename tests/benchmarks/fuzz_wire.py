"""What the grader makes of 100,000 frames that were tampered with.

Good frames are changed at random places, cut, put together, or made up; each must be a value or a
WireError, within a second and under a limit of memory. The same seed gives the same frames.

    python -m tests.benchmarks.fuzz_wire [frames] [seed]
"""

import json
import random
import struct
import sys
import time
from collections import Counter

import numpy as np

from lossbook.grading.sandbox import wire
from lossbook.grading.sandbox.isolation import address_space

MEMORY = 512 << 20  # bytes beyond what the process begins with
SECONDS = 1.0

VALUES = [
    None,
    [True, -1, 0.5, "text", float("nan")],
    ((np.arange(6.0).reshape(2, 3), np.uint8(7)), {"axis": 0}),
    (np.array([True, False]), np.array(["a", "bc"]), np.zeros((0, 3), np.float32)),
    {"a": [1, [2, [3, [4]]]], "b": (), "c": 10**30},
    [["x = 1\n" * 20, "cell"], {"mean": "= 1"}],
]
# Pieces of the format, right and wrong, to be put where something else was.
WORDS = [
    b'{"a":"<f8","s":[2]}', b'{"a":"|O","s":[1]}', b'{"n":"<f8","s":[]}', b'{"u":["a"],"s":[1]}',
    b'{"f":"nan"}', b'{"t":[]}', b'{"d":[["a",1]]}', b'{"c":0}', b"[[[[[[[[[[", b"]]]]]]]]]]",
    b"{" * 50, b"1e999", b"NaN", b"-1", b"4294967296", b"18446744073709551616", b"9" * 5000,
    b'"\\ud800"', b"\\u0000", b"\xff\xfe", b"\xef\xbb\xbf", b'"s":[0,33554432,33554432]', b"null",
    b'"value":', b'"op":', b",", b":", b'"', b"\\", b"\0" * 8, b"\xff\xff\xff\x7f", b"|b1", b">f8",
]  # fmt: skip
# The same as parts of a tree.
PARTS = [
    None, True, 0, -1, 2**31, 2**70, 0.5, 1e308, "", "a", "<f8", "|b1", "|O", "nan", "s", [], {},
    [[]], [2], [0, 2**25, 2**25], [1] * 9, [-1], ["a", 1], [["a", 1]], ["x" * 5000] * 100,
    [[0] * 50] * 50,
    {"u": ["x" * 50_000] + [""] * 3000, "s": [3001]},
    {"a": "<f8", "s": [2]}, {"a": "|b1", "s": [48]}, {"n": "<i8", "s": []}, {"u": ["a"], "s": [1]},
    {"f": "inf"}, {"t": [1]}, {"d": [["a", 1]]}, {"c": 0}, {"s": []}, {"t": [], "d": []},
]  # fmt: skip


def frames(count, seed):
    """Good frames with changes, and frames that never were good."""
    rng = random.Random(seed)
    good = [wire.encode({"op": "x", "words": "w"}, value)[4:] for value in VALUES]
    for _ in range(count):
        kind = rng.random()
        if kind < 0.05:
            yield rng.randbytes(rng.randrange(300))
            continue
        frame = bytearray(rng.choice(good))
        if kind > 0.4:
            yield _regrown(frame, rng)
        elif kind > 0.2:  # only the number in front is made to fit again
            frame = bytearray(_changed(frame[4:], rng))
            size = rng.choice([len(frame), frame.rfind(b"}") + 1, rng.randrange(len(frame) + 1)])
            yield struct.pack("<I", size) + frame
        else:
            yield _changed(frame, rng)


def _regrown(frame, rng):
    """A frame whose JSON is whole, with other parts in it."""
    (length,) = struct.unpack_from("<I", frame)
    numbers = frame[4 + length :]
    head = _grafted(json.loads(frame[4 : 4 + length]), rng, rng.choice([0.02, 0.1, 0.4]))
    text = json.dumps(head).encode()
    if rng.random() < 0.2:
        numbers = _changed(numbers, rng)
    return struct.pack("<I", len(text)) + text + numbers


def _grafted(tree, rng, often):
    if rng.random() < often and tree != "value":
        return rng.choice(PARTS)
    if isinstance(tree, list):
        parts = [_grafted(part, rng, often) for part in tree]
        return rng.choice([parts, parts, parts + parts, parts[1:]])
    if isinstance(tree, dict):
        items = [(key, _grafted(part, rng, often)) for key, part in tree.items()]
        return {key if key == "value" or rng.random() > often else "s": v for key, v in items}
    return tree


def _changed(frame, rng):
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        at = rng.randrange(len(frame) + 1)
        match rng.randrange(5):
            case 0 if at < len(frame):
                frame[at] = rng.randrange(256)
            case 1:
                frame[at:at] = rng.choice(WORDS)
            case 2:
                frame[at : at + rng.randrange(1, 20)] = rng.choice(WORDS)
            case 3:
                del frame[at : at + rng.randrange(1, 10)]
            case 4:
                frame[at:at] = frame[at : at + rng.randrange(1, 40)] * rng.choice([1, 2, 50])
    return bytes(frame)


def bound_memory():
    """Let this process take no more than MEMORY; False where the system cannot."""
    if sys.platform != "linux":
        return False
    import resource

    bound = address_space() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    return True


def main(count=100_000, seed=0):
    bounded = bound_memory()
    came_to, slowest, largest, failures = Counter(), (0.0, 0), 0, 0
    for k, frame in enumerate(frames(count, seed)):
        start = time.perf_counter()
        try:
            wire.decode(frame)
            outcome = "a value"
        except wire.WireError as error:
            outcome = str(error)
        except Exception as error:  # what must never happen
            outcome, failures = f"!! {type(error).__name__} at frame {k}: {error}", failures + 1
        seconds = time.perf_counter() - start
        came_to[outcome] += 1
        slowest, largest = max(slowest, (seconds, k)), max(largest, len(frame))
    print(f"{count} frames, seed {seed}, the largest of {largest} bytes")
    for outcome, number in came_to.most_common():
        print(f"  {number:7d}  {outcome}")
    print(f"slowest: {slowest[0] * 1e3:.1f} ms (frame {slowest[1]})")
    print(f"memory: {f'within {MEMORY >> 20} MB' if bounded else 'not bounded on this system'}")
    return 1 if failures or slowest[0] > SECONDS else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
