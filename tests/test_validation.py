"""What callers hand over: which values are taken, which are refused, and what the refusal says."""

import datetime
import enum
import math
from collections import deque
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.sparse

from lossbook import _validation as check

nan = math.nan

# Probabilities


def softmax_rows(dtype, n_classes):
    """Rows of softmax as libraries compute it in `dtype`; the last sum is a plain loop."""
    rng = np.random.default_rng(n_classes)
    for scale in (1e-3, 1, 10):
        z = (scale * rng.normal(size=n_classes)).astype(dtype)
        e = np.exp(z - z.max()).astype(np.float32)  # what adds up float16 does so in float32
        for total in (e.sum(), np.add.accumulate(e)[-1]):
            yield (e / total).astype(dtype)


@pytest.mark.parametrize("n_classes", [2, 3, 10, 100, 1000, 10**4, 10**5])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_softmax_of_every_precision_is_a_distribution(dtype, n_classes):
    for p in softmax_rows(dtype, n_classes):
        if dtype == np.float64:
            p = p.astype(np.float64) / p.astype(np.float64).sum()
        as_given = check.vector("p", p)
        check.distributions("p", as_given)
        check.distributions("p", as_given[np.newaxis])
        assert (as_given == p).all()  # used as they are


@pytest.mark.parametrize(
    ("row", "tolerance"),
    [
        ([0.5, 0.5 + 2e-8], "1e-08"),  # float64: no float32 holds the second number
        ([0.99, 0.0], "1e-08"),
        (np.float32([0.3, 0.7004]), "0.00035"),
        (np.float32([0.3, 0.7004]).tolist(), "0.00035"),  # the same numbers
        (np.float16([0.3, 0.709]), "0.0078"),
        (np.float16([0.3, 0.691]), "0.0078"),
        (np.full(10**6, np.float32(0.99e-6)), "0.0078"),
        ([30, 70], "0.0078"),  # per cent
    ],
)
def test_other_sums_are_refused_in_every_precision(row, tolerance):
    p = check.vector("p", row)
    with pytest.raises(
        ValueError,
        match=rf"^p must sum to 1 within {tolerance}, got a sum of .*"
        r"softmax\(p\) .*, p / p\.sum\(\)",
    ):
        check.distributions("p", p)
    with pytest.raises(ValueError, match=rf"^every row of p .* {tolerance}, row 1 sums to .*keepd"):
        check.distributions("p", np.array([np.eye(1, len(p))[0], p]))


def test_each_row_has_its_own_precision():
    """Predictions of two models in one table; the slip is found, not the largest rounding."""
    rows = np.vstack([np.float32([0.3, 0.7002]).astype(float), [0.3, 0.7], np.eye(2)[0]])
    check.distributions("p", rows)
    rows[1, 1] += 1e-7
    with pytest.raises(ValueError, match=r"must sum to 1 within 1e-08, row 1 sums to 1\.0000000"):
        check.distributions("p", rows)


def test_logits_are_named():
    with pytest.raises(ValueError, match=r"^p must not be negative, got -2 in row 1; .*softmax"):
        check.distributions("p", np.array([[0, 1], [3, -2.0]]))
    with pytest.raises(ValueError, match=r"got -2 at index 1; if p holds logits, softmax\(p\)"):
        check.distributions("p", np.array([3, -2.0]))


# Axes


@pytest.mark.parametrize("axis", [1, -1, np.int8(1), np.array(1)])
def test_an_axis_is_an_integer(axis):
    assert check.axis("z", axis, 2) == 1


@pytest.mark.parametrize(
    ("axis", "error", "message"),
    [
        (None, TypeError, r"axis must be one integer, got None; SciPy's .* z\.ravel\(\)"),
        ((0, 1), TypeError, r"axis must be one integer, got \(0, 1\); \.reshape"),
        (1.0, TypeError, r"axis must be one integer, got 1\.0$"),
        ("rows", TypeError, "axis must be one integer, got 'rows'$"),
        (2, ValueError, "axis must be an axis of z, from -2 to 1, got 2$"),
    ],
)
def test_other_axes_are_refused(axis, error, message):
    with pytest.raises(error, match=f"^{message}"):
        check.axis("z", axis, 2)


# What pandas hands to NumPy, without pandas: columns of objects, its NA and NaT, an Interval.


class Column:
    """A Series, as NumPy sees it: no sequence of Python's, but `__array__` and `astype`."""

    def __init__(self, values, dtype=object):
        self.values = np.empty(len(values), dtype)
        self.values[:] = values

    def __array__(self, dtype=None, copy=None):
        return self.values.copy() if dtype is None else self.values.astype(dtype)

    def astype(self, dtype):
        return Column([dtype(value) for value in self.values])


class NAType:
    def __eq__(self, other):
        return self

    def __ne__(self, other):
        return self

    __hash__ = None

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")

    def __repr__(self):
        return "<NA>"


class NaTType:
    def __repr__(self):
        return "NaT"


class Interval:
    pass


NA, NaT = NAType(), NaTType()


# Numbers


def test_pandas_as_it_is():
    """The stand-ins above are what they stand for, where pandas is installed."""
    pd = pytest.importorskip("pandas", reason="pandas is not required; stand-ins are tested")
    assert (type(pd.NA).__name__, type(pd.NaT).__name__) == ("NAType", "NaTType")
    with pytest.raises(ValueError, match="y must not contain NaN, found <NA> at index 1"):
        check.labels_array("y", pd.Series(["a", pd.NA], dtype="string"))
    bins = pd.cut([1, 2, 3, 4], 2)
    with pytest.raises(TypeError, match=r"y holds Interval, .*; y\.astype\(str\)"):
        check.labels_array("y", bins)
    assert len(set(check.labels_array("y", bins.astype(str)))) == 2
    with pytest.raises(TypeError, match=r"x must hold real numbers only, got '1\.5'"):
        check.vector("x", pd.Series(["1.5", "2"]))
    assert check.vector("x", pd.Series([1, 2], dtype="Int64")).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (Decimal("0.1"), 0.1),
        (Fraction(1, 3), 1 / 3),
        (mpmath.mpf("0.1"), 0.1),
        (np.longdouble("0.5"), 0.5),
        (np.float32(0.1), float(np.float32(0.1))),
        (True, 1.0),
        (2**53 + 1, 2.0**53),  # rounded once, to even
        (10**400, math.inf),  # as 1e200 squared: too large is inf, and no warning
        (-(10**400), -math.inf),
        (Decimal("1e400"), math.inf),
        (Fraction(-(10**400), 3), -math.inf),
        (mpmath.mpf("-1e400"), -math.inf),
        (Decimal("-Infinity"), -math.inf),
    ],
)
def test_real_numbers_of_every_type(given, value):
    for as_given in ([given], np.array([given, 1.0], dtype=object), Column([given])):
        assert check.vector("x", as_given)[0] == value
    assert check.number("x", given) == value


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(float).max, reason="long is double")
def test_long_doubles_beyond_float64_are_infinite():
    assert check.vector("x", [np.longdouble("1e400"), 1]).tolist() == [math.inf, 1]
    assert check.vector("x", Column([np.longdouble("-1e400")])).tolist() == [-math.inf]


TEXT = r"; np\.array\(x, dtype=float\) reads text as numbers"


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (["1.5", "2"], TypeError, f"x must hold real numbers, got text, such as '1.5'{TEXT}"),
        ([b"1.5"], TypeError, f"x must hold real numbers, got text, such as b'1.5'{TEXT}"),
        ([2.5, "1"], TypeError, "x must hold real numbers, got text"),
        (Column(["1.5", "2"]), TypeError, rf"x must hold .* only, got '1.5' \(str\) .* 0{TEXT}"),
        (Column([2, b"1"]), TypeError, r"x must hold .* only, got b'1' \(bytes\) at index 1"),
        (Column([np.str_("1")]), TypeError, "x must hold real numbers only"),
        ([[1, 2], [3, None]], ValueError, "x must not contain NaN, found one at index 1, 1"),
        ([1, None], ValueError, "x must not contain NaN, found one at index 1"),
        (Column([1, NA]), ValueError, "x must not contain NaN, found one at index 1"),
        ([Decimal("sNaN")], ValueError, "x must not contain NaN, found one at index 0"),
        ([1j], TypeError, "x must hold real numbers, got an array of dtype complex128"),
        (Column([1j]), TypeError, r"x must hold real numbers only, got 1j \(complex\) at index 0"),
        (Column([np.complex128(1)]), TypeError, "x must hold real numbers only"),
        ([datetime.date(2020, 1, 1)], TypeError, "x must hold real numbers only, got datetime"),
        (np.array(["2020"], "M8[D]"), TypeError, "x must .*, got an array of dtype datetime64"),
        (Column([np.timedelta64(1, "s")]), TypeError, "x must hold real numbers only"),
        (scipy.sparse.csr_array([[1.0]]), TypeError, r"x must .* a sparse csr_array; x\.toarray"),
        (np.ma.array([1, 2], mask=[0, 1]), TypeError, "x is a masked array"),
        ([np.ma.array([1, 2], mask=[0, 1])], TypeError, "x is a masked array"),
        ([1.0, np.ma.masked], TypeError, "x is a masked array"),
        (None, TypeError, "x must be an array or a list of numbers, got None"),
        ({1, 2}, TypeError, r"x must .*, got set; it has no order, sorted\(x\) has one"),
        ({"a": 1}, TypeError, r"x must .*, got dict; list\(x\.values\(\)\) is one"),
        ((v for v in [1]), TypeError, r"x must .*, got generator; list\(x\) is one"),
    ],
)
def test_what_is_no_real_number(given, error, message):
    with pytest.raises(error, match=f"^{message}"):
        check.numbers("x", given)


def test_the_cure_for_text_works():
    for text in (["1.5", "2"], [b"1.5", b"2"], Column(["1.5", "2"])):
        assert check.vector("x", np.array(text, dtype=float)).tolist() == [1.5, 2]


@pytest.mark.parametrize("given", [2, 2.0, np.float32(2), np.array(2), np.array(2.0), Fraction(2)])
def test_scalars_of_every_type(given):
    assert check.positive("C", given) == 2
    assert check.fraction("q", check.number("q", given) / 4) == 0.5
    assert check.positive("C", np.array(np.inf), infinite=True) == np.inf


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("scale", TypeError, "gamma must be a number, got 'scale'"),
        (b"1", TypeError, "gamma must be a number, got b'1'"),
        (None, TypeError, "gamma must be a number, got None"),
        (NA, TypeError, "gamma must be a number, got <NA>"),
        ({1}, TypeError, r"gamma must be a number, got \{1\}"),
        (1j, TypeError, "gamma must hold real numbers"),
        ([1.0], ValueError, r"gamma must be a single number, got shape \(1,\)"),
        (np.array(0.0), ValueError, "gamma must be finite and greater than 0"),
        (np.inf, ValueError, "gamma must be finite and greater than 0, got inf"),
        (nan, ValueError, "gamma must be finite and greater than 0, got nan"),
    ],
)
def test_what_is_no_scalar(given, error, message):
    with pytest.raises(error, match=f"^{message}"):
        check.positive("gamma", given)


def test_an_infinite_parameter_is_still_positive():
    with pytest.raises(ValueError, match=r"^C must be greater than 0, got 0"):
        check.positive("C", 0, infinite=True)


# Labels


@pytest.mark.parametrize(
    "missing", [nan, None, NA, NaT, np.float32(nan), np.datetime64("NaT", "s"), Decimal("NaN")]
)
def test_a_missing_label_is_found(missing):
    """NumPy makes the text "nan" of the first, which would be a class like others."""
    for labels in (["a", missing, "b"], [1, missing, 2.5], [Interval(), missing]):
        for as_given in (labels, tuple(labels), deque(labels), Column(labels)):
            with pytest.raises(ValueError, match=r"^y must not contain NaN, found .* at index 1$"):
                check.labels_array("y", as_given)


def test_a_missing_label_of_an_array_is_found():
    for labels in ([1, nan], np.float16([1, nan]), np.array(["2020", "NaT"], "M8[D]")):
        with pytest.raises(ValueError, match=r"^y must not contain NaN, found .* at index 1$"):
            check.labels_array("y", labels)


@pytest.mark.parametrize(
    ("labels", "kinds"),
    [
        ([1, "a", 1], "int and str"),
        ([True, "x"], "bool and str"),
        ([b"a", "a"], "bytes and str"),
        ([2.5, b"a"], "bytes and float"),
        ([np.str_("a"), np.int64(1)], "int64 and str_"),
        ([1, "a", None], "int and str"),
        ([datetime.date(2020, 1, 1), 1], "date and int"),
    ],
)
def test_a_mixture_of_labels_is_named(labels, kinds):
    for as_given in (labels, tuple(labels), Column(labels)):
        with pytest.raises(TypeError, match=f"^y must hold labels of one kind, .* of {kinds}$"):
            check.labels_array("y", as_given)


class Colour(enum.Enum):
    RED, BLUE = 1, 2


UNSUPPORTED = {
    "Interval": [Interval(), Interval()],
    "Colour": list(Colour),
    "date": [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)],
    "Decimal": [Decimal("0.1"), Decimal("0.2")],
    "Fraction": [Fraction(1, 3), Fraction(2, 3)],
    "tuple": [(1, 2), (3, 4)],
    "complex": [1j, 2j],
    "datetime64": [np.datetime64("2020"), np.datetime64("2021")],
    "timedelta64": np.array([1, 2], "m8[s]"),
    "void": np.array([(1, 2), (3, 4)], "i4,i4"),
}


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_other_labels_are_refused_with_a_cure_that_works(kind):
    message = rf"^y holds {kind}\w*, but labels must be numbers or strings; (.*) makes strings"
    forms = [UNSUPPORTED[kind]]
    if isinstance(forms[0], list):
        forms.append(Column(forms[0]))
    for y in forms:
        with pytest.raises(TypeError, match=message) as refusal:
            check.labels_array("y", y)
        cure = str(refusal.value).split("; ")[1].removesuffix(" makes strings of it")
        assert cure in ("y.astype(str)", "[str(v) for v in y]")
        if isinstance(y, Column) and "for v" in cure:
            y = y.values  # a Series can be walked through
        cured = check.labels_array("y", eval(cure, {"y": y}))
        assert cured.dtype.kind == "U"
        assert len(set(cured)) == 2


class Fruit(str, enum.Enum):  # noqa: UP042 (a StrEnum prints otherwise)
    APPLE, ANANAS = "apple", "ananas"


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        (Column([0, 1]), [0, 1]),
        (Column([True, False]), [True, False]),
        (Column([0.5, 1]), [0.5, 1]),
        (Column(["a", "b"]), ["a", "b"]),
        (list(Fruit), ["apple", "ananas"]),  # NumPy makes "F" and "F" of it
        (Column(list(Fruit)), ["apple", "ananas"]),
        ([np.str_("a"), "bc"], ["a", "bc"]),
        ([b"a", np.bytes_(b"bc")], [b"a", b"bc"]),
        (np.array(["a", "bc"], np.dtypes.StringDType()), ["a", "bc"]),
        (range(3), [0, 1, 2]),
        ([True, 2, 2.5], [1, 2, 2.5]),
        ([2**70, -1], [2**70, -1]),
        ([2**64 - 1, -1], [2**64 - 1, -1]),  # uint64 and int64 meet in float64 only
        ([np.uint64(2**63), np.int64(-1)], [2**63, -1]),
        ([2**53 + 1, 0.5], [2**53 + 1, 0.5]),
        (Column([2**53 + 1, 0.5]), [2**53 + 1, 0.5]),
    ],
)
def test_labels_keep_their_values(given, labels):
    assert check.labels_array("y", given).tolist() == labels


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([[0], [1]], ValueError, r"y must .*, got \(2, 1\); np\.asarray\(y\)\.ravel\(\) would"),
        (np.zeros((2, 1)), ValueError, r"y must .*, got \(2, 1\); \.ravel\(\) would make it one"),
        (np.zeros((2, 2)), ValueError, r"y must have shape \(n,\), got \(2, 2\)$"),
        (3, ValueError, r"y must have shape \(n,\), got \(\)$"),
        ("abc", TypeError, r"y must .*, got 'abc' \(str\); \[y\] is a list of one label"),
        ({0, 1}, TypeError, r"y must be .* list of labels, got set; .*, sorted\(y\) has one"),
        ({0: 1}, TypeError, r"y must .*, got dict; list\(y\.values\(\)\) is one"),
        ((v for v in "ab"), TypeError, r"y must .*, got generator; list\(y\) is one"),
        (scipy.sparse.csr_matrix([[0, 1]]), TypeError, r"y must .* csr_matrix; y\.toarray\(\)"),
        (None, TypeError, "y must be an array or a list of labels, got None"),
        (np.ma.array([0, 1, 9], mask=[0, 0, 1]), TypeError, "y is a masked array"),
        (["a", np.ma.masked], TypeError, "y is a masked array"),
    ],
)
def test_what_is_no_sequence_of_labels(given, error, message):
    with pytest.raises(error, match=f"^{message}"):
        check.labels_array("y", given)


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        ([2**53 + 1], [2.0**53], False),  # they meet in float64
        ([2**53], [2.0**53], True),
        (np.array([2**63 + 1], np.uint64), [2.0**63], False),
        (np.array([2**63 - 1], np.uint64), [2**63 - 1], True),
        (np.array([2**64 - 1], np.uint64), [-1], False),
        ([2**70 + 1], [2.0**70], False),
        ([2**70], [2.0**70], True),
        ([2**53 + 1], np.float32([2.0**53]), False),
        ([True], [1.0], True),
    ],
)
def test_labels_compare_exactly(a, b, equal):
    a, b = check.labels_array("a", a), check.labels_array("b", b)
    a_comparable, b_comparable = check.one_kind("a", a, "b", b)
    assert (a_comparable == b_comparable).item() == equal
    if equal:
        assert check.class_indices(a, b)[0] == 0
    else:
        with pytest.raises(ValueError, match="which is not among the labels"):
            check.class_indices(a, b)


def test_class_indices_of_large_numbers():
    y = [2**53 + 1, 2**53, 2**53 + 2]
    assert check.class_indices(y, [2.0**53 + 2, 2**53, 2**53 + 1])[0].tolist() == [2, 1, 0]
    assert check.class_indices([*y, 0.5])[0].tolist() == [2, 1, 3, 0]
    with pytest.raises(TypeError, match=r"^y_true and labels must be of one kind, got \|S1"):
        check.class_indices([b"a"], ["a"])


@pytest.mark.parametrize(
    "value", [np.array(Fraction(1, 2), dtype=object), np.array(Decimal("0.5")), np.array(0.5)]
)
def test_an_array_without_dimensions_is_the_number_in_it(value):
    assert check.number("x", value) == 0.5
    assert check.real_array("x", value) == 0.5


def test_no_labels_at_all_are_refused():
    with pytest.raises(ValueError, match=r"labels must not be empty, got shape \(0,\)"):
        check.class_indices([0, 1], labels=[])


@pytest.mark.parametrize("axis", [10**400, -3])
def test_an_axis_out_of_range_is_named(axis):
    with pytest.raises(ValueError, match=r"axis must be an axis of z, from -2 to 1, got -?[13]"):
        check.axis("z", axis, 2)
