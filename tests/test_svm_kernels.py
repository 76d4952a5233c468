"""The kernels, entry by entry: exact, symmetric, and a function of the two rows alone."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.metrics import pairwise

from lossbook.svm import KernelSVM, linear_kernel, polynomial_kernel, rbf_kernel
from lossbook.svm._kernels import GaussianPairs
from tests.helpers.svm_witness import SHARP, data, kernel

DATA = data()

# In units of ε = 2.2e-16. The product of z of d numbers and size q ≤ 2 is off by a few ε q, and
# what is computed from differences by (d + 2) ε of an exponent e, which is at most 1/e in K.
EXACT = 20 * np.finfo(float).eps


@pytest.mark.parametrize(
    ("X", "i", "j", "gamma"),
    [
        ([[0], [1e8], [1e8 + 1]], 1, 2, 1),
        ([[1e8], [1e8 + 1]], 0, 1, 1),
        ([[1.7e9], [0], [1.7e9 + 1]], 0, 2, 1),
        ([[-999999999, 1], [0.5, 2], [0.25, 1.5]], 1, 2, 1),
        ([[1e20], [3], [3.5]], 1, 2, 2),
        ([[1e155], [-1e155]], 0, 1, 1),
        ([[1e300], [1e300]], 0, 1, 1),
        ([[1e-160], [3e-160]], 0, 1, 1e300),
        ([[1e-170], [3e-170]], 0, 1, 1e300),
        ([[1e155], [3e155]], 0, 1, 5e-311),
        ([[1.7e308], [-1.7e308], [0]], 0, 1, 1e-300),
        ([[1e-8, 1e8], [3e-8, 1e8]], 0, 1, 1e15),
    ],
)
def test_entries_are_those_of_mpmath(X, i, j, gamma):
    with mpmath.workdps(50):
        square = sum((mpmath.mpf(a) - mpmath.mpf(b)) ** 2 for a, b in zip(X[i], X[j], strict=True))
        true = float(mpmath.exp(-mpmath.mpf(gamma) * square))
    K = rbf_kernel(X, gamma=gamma)
    alone = rbf_kernel([X[i]], [X[j]], gamma=gamma)[0, 0]
    among = rbf_kernel(X, [X[j]], gamma=gamma)[i, 0]
    # A float64 γ and squares are each off by half a unit: ε of an exponent e, K ε e ≤ ε/e.
    np.testing.assert_allclose([K[i, j], K[j, i], alone, among], true, rtol=0, atol=1e-15)


@pytest.mark.skipif(not SHARP, reason="long double is double here: no witness")
@pytest.mark.parametrize("name", DATA)
def test_the_whole_matrix_is_exact(name):
    X = DATA[name][0][:70]
    for gamma in (1e-12, 1e-3, 0.1, 10, 1e5, 1e300):
        true = kernel(X, X, gamma)
        K = rbf_kernel(X, gamma=gamma)
        assert float(np.abs(K - true).max()) <= EXACT, gamma
        assert (K.diagonal() == 1).all()
        assert (K == K.T).all()
        part = rbf_kernel(X[:5], X[3:], gamma=gamma)
        assert float(np.abs(part - true[:5, 3:]).max()) <= EXACT, gamma
        # The search is content with single precision, whose ε is 1.2e-7, and sizes of 64.
        rough = GaussianPairs(gamma, X, X).whole(np.float32)
        assert float(np.abs(rough - true).max()) <= 1e-4, gamma


far = st.floats(-1e300, 1e300, allow_nan=False)


@settings(deadline=None, max_examples=50)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 3)), elements=far),
    st.floats(1e-300, 1e300),
)
def test_any_finite_rows_have_a_kernel(X, gamma):
    K = rbf_kernel(X, gamma=gamma)
    assert ((K >= 0) & (K <= 1)).all()
    assert (K == K.T).all()
    assert (K.diagonal() == 1).all()
    for i in range(len(X)):
        np.testing.assert_allclose(rbf_kernel(X[i : i + 1], X, gamma=gamma)[0], K[i], atol=EXACT)


@pytest.mark.parametrize("far_row", [0.0, -999999999, 1e20, 1e300])
def test_a_row_in_the_batch_does_not_change_the_others(far_row):
    """The kernel by hand has f = ±1 on the four rows; e⁻¹ would be e⁻¹·⁵ at 2^53 ε |x|²."""
    X = 1.7e9 + np.arange(4.0)[:, np.newaxis]
    model = KernelSVM(C=100, gamma=1).fit(X, [0, 1, 0, 1])
    alone = [model.decision_function(row[np.newaxis])[0] for row in X]
    batch = model.decision_function(np.vstack([X, [[far_row]]]))[:4]
    # Four terms of at most 3, each of an entry that is off by some ε.
    np.testing.assert_allclose(alone, [-1, 1, -1, 1], atol=1e-13)
    np.testing.assert_allclose(batch, alone, rtol=0, atol=1e-14)
    odd = model.decision_function([[far_row]])
    np.testing.assert_allclose(odd, model.intercept_, atol=1e-15)


@pytest.mark.parametrize("name", ["two irises + 1e9", "a row of -999999999", "1e20 twice"])
def test_fit_and_predict_see_one_kernel(name):
    X, y = DATA[name]
    model = KernelSVM(C=10, gamma=0.5).fit(X, y)
    free = (model.alpha_ > 0) & (model.alpha_ < 10)
    # 120 terms of at most 10, each of an entry that is off by some ε.
    np.testing.assert_allclose((y * model.decision_function(X))[free], 1, atol=1e-12)


# Polynomials


def test_polynomial_kernel_by_hand():
    assert polynomial_kernel([[1, 2]], [[3, 1]], degree=2, gamma=2, coef0=3).tolist() == [[169]]
    assert polynomial_kernel([[2.0]], degree=3, coef0=0).tolist() == [[64]]
    X = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(
        polynomial_kernel(X, degree=1, coef0=0), linear_kernel(X), rtol=1e-15
    )


@pytest.mark.parametrize(("degree", "gamma", "coef0"), [(2, 1, 1), (3, 0.5, 0), (5, 2, 1.5)])
def test_polynomial_kernel_is_that_of_scikit_learn(degree, gamma, coef0):
    X, Y = np.random.default_rng(0).normal(size=(2, 20, 4))
    parameters = {"degree": degree, "gamma": gamma, "coef0": coef0}
    theirs = pairwise.polynomial_kernel(X, Y, **parameters)
    # The base may be near 0 where its terms are not.
    np.testing.assert_allclose(polynomial_kernel(X, Y, **parameters), theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("coef0", [0, 0.5, 2])
def test_polynomial_kernel_is_an_inner_product(coef0):
    """(x·y + c)² = Σ x_i x_j y_i y_j + 2c Σ x_i y_i + c²."""
    X = np.random.default_rng(0).normal(size=(10, 3))
    phi = np.column_stack(
        [np.einsum("ni,nj->nij", X, X).reshape(10, 9), np.sqrt(2 * coef0) * X, np.full(10, coef0)]
    )
    np.testing.assert_allclose(polynomial_kernel(X, degree=2, coef0=coef0), phi @ phi.T, rtol=1e-12)


# What is refused


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: rbf_kernel([[1.0]], gamma="scale"), TypeError, "a number, got 'scale'.*KernelSVM"),
        (lambda: rbf_kernel(sparse.eye(2).tocsr(), gamma=1), TypeError, r"X\.toarray\(\)"),
        (lambda: linear_kernel([[1.0]], sparse.eye(1).tocsr()), TypeError, r"Y\.toarray\(\)"),
        (lambda: rbf_kernel([[1.0]], gamma=0), ValueError, "gamma must be finite and greater"),
        (lambda: linear_kernel([[1e200]]), ValueError, "scale X"),
        (lambda: polynomial_kernel([[1e60]], degree=3), ValueError, "scale X"),
        (lambda: polynomial_kernel([[1.0]], degree=0), ValueError, "degree must be a whole"),
        (lambda: polynomial_kernel([[1.0]], degree=1.5), ValueError, "degree must be a whole"),
        (lambda: polynomial_kernel([[1.0]], degree=2, coef0=np.inf), ValueError, "coef0 must be"),
        (lambda: polynomial_kernel([[1.0]], degree=2, gamma=-1), ValueError, "gamma must be"),
    ],
)
def test_kernels_refuse_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_overflow_names_what_is_large():
    with pytest.raises(ValueError, match=r"X of up to 1\.0e\+00 and Y of up to 1\.0e\+300, deg"):
        polynomial_kernel([[1.0]], [[1e300]], degree=2)
    with pytest.raises(ValueError, match="degree=1e\\+08, gamma=1, coef0=1; "):
        polynomial_kernel([[1.0]], degree=10**8)
    with pytest.raises(ValueError, match=r"Y of up to 1\.0e\+200; scale X and Y"):
        linear_kernel([[1e200]])
