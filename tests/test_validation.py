"""What callers hand over: which values are taken, which are refused, and what the refusal says."""

import numpy as np
import pytest

from lossbook import _validation as check

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
    with pytest.raises(ValueError, match=rf"^p must sum to 1 within {tolerance}, got a sum of .*"
                       r"softmax\(p\) .*, p / p\.sum\(\)"):
        check.distributions("p", p)
    with pytest.raises(ValueError, match=rf"^every row of p .* {tolerance}, row 1 sums to .*keepd"):
        check.distributions("p", np.array([np.eye(1, len(p))[0], p]))


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
        (2, ValueError, "z: axis 2 is out of bounds"),
    ],
)
def test_other_axes_are_refused(axis, error, message):
    with pytest.raises(error, match=f"^{message}"):
        check.axis("z", axis, 2)
