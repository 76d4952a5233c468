"""Values pass between grader and sandbox bit by bit, and hostile bytes are refused."""

import json
import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lossbook.checking.spec import Function
from lossbook.exercises import CHAPTERS, checker
from lossbook.grading.sandbox import wire
from lossbook.grading.sandbox.wire import WireError


def received(value, head=None, **how):
    """The value that the other side receives."""
    frame = wire.encode(head or {"op": "x"}, value)
    assert wire.length_of(frame[:4]) == len(frame) - 4
    return wire.decode(frame[4:], **how)[1]


def same(left, right):
    """Whether two values are the same in type, form and every bit."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (np.ndarray, np.generic)):
        form = (left.dtype, left.shape) == (right.dtype, right.shape)
        return form and (left.tolist() == right.tolist() or left.tobytes() == right.tobytes())
    if isinstance(left, float):
        return struct.pack("<d", left) == struct.pack("<d", right) or left != left != right
    return left == right


# ------------------------------------------------------------------------------ round trips

NUMBERS = st.one_of(
    *(hnp.integer_dtypes(endianness="<", sizes=(size,)) for size in (8, 16, 32, 64)),
    *(hnp.unsigned_integer_dtypes(endianness="<", sizes=(size,)) for size in (8, 16, 32, 64)),
    hnp.floating_dtypes(endianness="<", sizes=(16, 32, 64)),
    hnp.complex_number_dtypes(endianness="<", sizes=(64, 128)),
    hnp.boolean_dtypes(),
)
ARRAYS = hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# NumPy itself drops zeros at the end of a text.
TEXTS = hnp.arrays(
    st.integers(1, 8).map(lambda n: np.dtype(f"<U{n}")),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    elements=st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1), max_size=1),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT, ARRAYS, TEXTS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(TEXT, inner, max_size=4),
    ),
    max_leaves=12,
)


def spelled_alike(value):
    """Text arrays come back as wide as their longest text; nothing else changes its type."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "U":
        return np.array(value.tolist(), dtype=str).reshape(value.shape)
    if isinstance(value, (list, tuple)):
        return type(value)(map(spelled_alike, value))
    if isinstance(value, dict):
        return {key: spelled_alike(part) for key, part in value.items()}
    return value


@given(VALUES)
def test_a_value_comes_back_bit_by_bit(value):
    assert same(received(value), spelled_alike(value))


@pytest.mark.parametrize(
    "value",
    [
        -0.0,
        math.nan,
        -math.inf,
        5e-324,
        10**4000,
        -(2**63) - 1,
        np.float64(-0.0),
        np.float32(1 / 3),
        np.uint8(255),
        np.bool_(True),
        np.complex64(1 - 2j),
        np.array(3.5),
        np.zeros((0, 3)),
        np.zeros((3, 0), np.uint8),
        np.array([np.nan, -np.nan, np.inf, -0.0]),
        np.array([1, 2**63], np.uint64),
        np.array(["α", ""]),
        ((), [], {}, ((1,), [2])),
        {"": None, "v": {"a": 1}},
        "a\0b\n\U0001f600",
    ],
    ids=repr,
)
def test_odd_values_come_back_bit_by_bit(value):
    back = received(value)
    assert same(back, value)
    if isinstance(value, np.ndarray) and value.dtype.kind != "U":
        assert back.tobytes() == value.tobytes()


def test_the_order_in_memory_does_not_matter():
    value = np.arange(6.0).reshape(2, 3)
    for other in (value.T.copy().T, value[:, ::-1][:, ::-1], value.astype(">f8")):
        back = received(other)
        assert same(back, value)
        back[0, 0] = 1  # it is the reader's own


def test_a_lone_surrogate_is_sent_as_a_question_mark():
    # A student's text may hold one; no file and no page could.
    assert received("a\ud800") == "a?"
    frame = wire.encode({"words": "\udfff"})
    assert wire.decode(frame[4:])[0] == {"words": "?"}


def test_text_of_numpy_is_text():
    assert same(received(np.str_("B")), "B")


def test_a_function_passes_as_a_number():
    frame = wire.encode({"op": "x"}, (len, [max]), [len, max].index)
    _, value = wire.decode(frame[4:], ["zero", "one"].__getitem__)
    assert value == ("zero", ["one"])
    with pytest.raises(WireError, match="unknown tag"):
        wire.decode(frame[4:])  # the grader takes no functions


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_case_of_the_course_can_be_sent(chapter):
    for exercise in checker(chapter).exercises.values():
        if not isinstance(exercise, Function):
            continue
        for case in exercise.draw_cases(1):
            functions = []
            frame = wire.encode({"op": "call"}, (case.args, case.kwargs), collect(functions))
            back = wire.decode(frame[4:], functions.__getitem__)[1]
            assert same(back, (case.args, case.kwargs)), case.about


def collect(functions):
    def name_of(function):
        functions.append(function)
        return len(functions) - 1

    return name_of


# ---------------------------------------------------------------------- refused on sending


class Sly(float):
    def __repr__(self):
        return "__import__('os').abort()"


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Sly(1),
        {1, 2},
        b"bytes",
        1j,
        len,
        {1: "a number as a name"},
        np.array([None]),
        np.array([b"x"]),
        np.zeros(2, "V8"),
        np.array(["2020-01-01"], "M8[D]"),
        np.zeros(2, [("a", "f8")]),
        np.longdouble(1),
        10**5000,
        nested(30),
        [0] * 200_000,
        np.zeros(wire.LARGEST // 8 + 1),
        np.zeros((0, 2**20, 2**20)),
        np.array(["\ud800"]),
        "x" * (wire.HEAD + 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_sent_says_so(value):
    with pytest.raises(WireError):
        wire.encode({"op": "x"}, value)


@pytest.mark.parametrize(
    "head",
    [{"op": {}}, {"op": [[]]}, {"op": object()}, {"op": "x" * 20_000}, {"op": np.float64(1)}],
    ids=["dict", "nested", "object", "long", "scalar"],
)
def test_a_head_is_flat_and_short(head):
    with pytest.raises(WireError, match="head"):
        wire.encode(head)


def test_what_is_sent_is_also_received():
    # The same bounds hold on both sides: what a student returns never looks like an attack.
    for value in (nested(20), [0] * 99_999, np.zeros(wire.LARGEST // 8 - 100), ["x" * 100] * 9999):
        received(value)


# ------------------------------------------------------------------------- refused on arrival


def framed(head, numbers=b""):
    """A frame without its first four bytes, from a head as text or as Python writes it."""
    if isinstance(head, bytes):
        text = head
    else:
        text = (head if isinstance(head, str) else json.dumps(head)).encode()
    return struct.pack("<I", len(text)) + text + numbers


def valued(tree, numbers=b""):
    return framed({"value": tree}, numbers)


ONE = struct.pack("<d", 1.0)

MALFORMED = {
    "nothing": b"",
    "half a length": b"\0\0",
    "a head longer than the frame": struct.pack("<I", 100) + b"{}",
    "a head of 4 GB": b"\xff\xff\xff\xff{}",
    "no JSON": framed("{"),
    "JSON and more": framed('{"value": 1} 2'),
    "a list": framed("[]"),
    "a number": framed("1"),
    "no value": framed("{}"),
    "UTF-16": framed('{"value": 1}'.encode("utf-16")),
    "a byte order mark": framed(b'\xef\xbb\xbf{"value": 1}'),
    "no UTF-8": framed(b'{"value": "\xff"}'),
    "a surrogate": framed(b'{"value": "\\ud800"}'),
    "a surrogate as a name": framed(b'{"value": {"d": [["\\ud800", 1]]}}'),
    "a surrogate in the head": framed(b'{"value": 1, "words": "\\ud800"}'),
    "a surrogate as a name in the head": framed(b'{"value": 1, "\\ud800": 1}'),
    "NaN": framed('{"value": NaN}'),
    "Infinity": framed('{"value": [-Infinity]}'),
    "Infinity in disguise": framed('{"value": 1e999}'),
    "NaN in the head": framed('{"value": 1, "a": NaN}'),
    "5000 digits": framed('{"value": ' + "1" * 5000 + "}"),
    "two values": framed('{"value": 1, "value": 2}'),
    "two names in the head": framed('{"op": 1, "op": 2, "value": 2}'),
    "two tags": valued({"t": [], "d": []}),
    "the same tag twice": framed('{"value": {"t": [], "t": []}}'),
    "two shapes": framed('{"value": {"a": "<f8", "s": [], "s": [1]}}', ONE),
    "no tag": valued({}),
    "a shape alone": valued({"s": []}),
    "an unknown tag": valued({"x": 1}),
    "a long unknown tag": valued({"__reduce__": ["os.system", "true"]}),
    "a function": valued({"c": 0}),
    "a dict in the head": framed('{"value": 1, "kind": {}}'),
    "a nest in the head": framed('{"value": 1, "kind": [[1]]}'),
    "a long head": framed({"value": 1, "words": "x" * 20_000}),
    "a long list in the head": framed({"value": 1, "words": [1] * 20_000}),
    "an odd float": valued({"f": "1"}),
    "an odd float that is a list": valued({"f": []}),
    "an odd float with a shape": valued({"f": "nan", "s": []}),
    "a tuple that is text": valued({"t": "ab"}),
    "a tuple with a shape": valued({"t": [], "s": [0]}),
    "a dict that is a dict": valued({"d": {"a": 1}}),
    "a dict of texts": valued({"d": ["ab"]}),
    "a dict of threes": valued({"d": [["a", 1, 2]]}),
    "a dict with a list as a name": valued({"d": [[[], 1]]}),
    "a dict with a name twice": valued({"d": [["a", 1], ["a", 2]]}),
    "an array without a shape": valued({"a": "<f8"}, ONE),
    "an array of objects": valued({"a": "|O", "s": [1]}, ONE),
    "an array of O": valued({"a": "O", "s": [1]}, ONE),
    "an array of bytes": valued({"a": "|S5", "s": [1]}, b"12345"),
    "an array of voids": valued({"a": "V8", "s": [1]}, ONE),
    "an array the wrong way round": valued({"a": ">f8", "s": [1]}, ONE),
    "an array of times": valued({"a": "<M8[s]", "s": [1]}, ONE),
    "an array of a machine's own type": valued({"a": "<f16", "s": [1]}, ONE + ONE),
    "an array of fields": valued({"a": "f8,f8", "s": [1]}, ONE + ONE),
    "an array of a list": valued({"a": ["<f8"], "s": [1]}, ONE),
    "an array of a number": valued({"a": 8, "s": [1]}, ONE),
    "truth values of 2": valued({"a": "|b1", "s": [2]}, b"\1\2"),
    "a truth value of 255": valued({"n": "|b1", "s": []}, b"\xff"),
    "a shape that is a number": valued({"a": "<f8", "s": 1}, ONE),
    "a negative shape": valued({"a": "<f8", "s": [-1]}, ONE),
    "a shape twice negative": valued({"a": "<f8", "s": [-1, -1]}, ONE),
    "a shape of floats": valued({"a": "<f8", "s": [1.0]}, ONE),
    "a shape of truth": valued({"a": "<f8", "s": [True]}, ONE),
    "a shape of texts": valued({"a": "<f8", "s": ["1"]}, ONE),
    "a shape in 9 directions": valued({"a": "<f8", "s": [1] * 9}, ONE),
    "a huge shape": valued({"a": "<f8", "s": [2**24]}, ONE),
    "a shape beyond 64 bits": valued({"a": "<f8", "s": [2**70]}, ONE),
    "a shape whose product is 0 in 64 bits": valued({"a": "<f8", "s": [2**32, 2**32]}),
    "an empty shape that is huge": valued({"a": "<f8", "s": [0, 2**25, 2**25]}),
    "too few bytes": valued({"a": "<f8", "s": [2]}, ONE),
    "bytes left over": valued(1, b"x"),
    "bytes of an array left over": valued({"a": "<f8", "s": [1]}, ONE + b"x"),
    "two arrays, bytes for one": valued([{"a": "<f8", "s": [1]}] * 2, ONE),
    "a number with a shape": valued({"n": "<f8", "s": [1]}, ONE),
    "texts that are numbers": valued({"u": [1], "s": [1]}),
    "texts in the wrong shape": valued({"u": ["a"], "s": [2]}),
    "texts that are a text": valued({"u": "ab", "s": [2]}),
    "texts that fill the memory": valued({"u": ["x" * 2**20] + [""] * 50_000, "s": [50_001]}),
    "a deep nest": framed('{"value": ' + "[" * 50 + "]" * 50 + "}"),
    "a nest deeper than Python": framed('{"value": ' + "[" * 10**5 + "]" * 10**5 + "}"),
    "a deep nest of tags": framed('{"value": ' + '{"t": [' * 50 + "]}" * 50 + "}"),
    "a nest in the head deeper than Python": framed('{"value": 1, "a": ' + '{"a":' * 10**5),
    "many parts": valued([0] * 100_001),
    "many empty texts": valued({"u": [""] * 100_001, "s": [100_001]}),
    "a head too large": framed('{"value": [' + "{}," * (wire.HEAD // 3) + "1]}"),
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
def test_malformed_frames_are_refused(frame):
    with pytest.raises(WireError):
        wire.decode(frame)


def test_refused_frames_take_little_memory():
    import tracemalloc

    for about, frame in MALFORMED.items():
        tracemalloc.start()
        with pytest.raises(WireError):
            wire.decode(frame)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 64 << 20, about


@pytest.mark.parametrize(("size", "fits"), [(0, False), (3, False), (4, True), (2**31, False)])
def test_the_length_of_a_frame_is_bounded(size, fits):
    start = struct.pack("<I", size)
    if fits:
        assert wire.length_of(start) == size
    else:
        with pytest.raises(WireError):
            wire.length_of(start)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_frame(data):
    with pytest.raises(WireError):
        wire.decode(data)


@given(VALUES, st.data())
def test_a_frame_with_changed_bytes_is_a_value_or_refused(value, data):
    frame = bytearray(wire.encode({"op": "x"}, value)[4:])
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        head, value = wire.decode(bytes(frame))
    except WireError:
        return
    # What is accepted is a value that could have been sent.
    assert same(received(value, head), value)
