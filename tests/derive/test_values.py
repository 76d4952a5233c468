"""What a formula is worth on given numbers: against NumPy, mpmath and numbers done by hand."""

# ruff: noqa: E501 (formulas are not cut)

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from lossbook.derive import CannotRead, Derivation

LETTERS = r"""
Let i, j \in \{1,\dots,n\}, k, l \in \{1,\dots,K\}, y \in \mathbb{R}^n, X \in \mathbb{R}^{n\times d}
Let w, v \in \mathbb{R}^d, z \in \mathbb{R}^K, A \in \mathbb{R}^{d\times d}, x_i \in \mathbb{R}^d
Let a, b, u \in \mathbb{R}, t > 0, g_i \in \{1,\dots,K\}, p \in \Delta_K
Define q_k = \frac{e^{z_k}}{\sum_l e^{z_l}}
Define J(w) = \lVert X w - y \rVert^2
Define s_k(z) = \frac{e^{z_k}}{\sum_l e^{z_l}}
Define h = \frac12
Define \rho(u) = \begin{cases} h u^2 & \text{if } |u| \le 1 \\ |u| - h & \text{otherwise} \end{cases}
Define \varphi(u) = \max(0, 1 - u)
"""
LEAF = Derivation("letters", LETTERS)
X = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]])
Y = np.array([1.0, -2.0, 0.5])
W = np.array([0.5, -1.5])
Z = np.array([0.3, -1.0, 2.0, 0.0])
A = np.array([[2.0, 1.0], [0.5, -1.0]])
Q = np.exp(Z) / np.exp(Z).sum()


@pytest.mark.parametrize(
    ("source", "given", "expected"),
    [
        (r"\frac12 a^2 - 3", {"a": 4.0}, 5),
        (r"e^{a}", {"a": 1.0}, np.e),
        (r"2^{a}", {"a": -2.0}, 0.25),
        (r"\sqrt{a}", {"a": 2.0}, 2**0.5),
        (r"2 \pi a", {"a": 1.0}, 2 * np.pi),
        (r"\log_2 t", {"t": 8.0}, 3),
        (r"\log_{10} t", {"t": 1000.0}, 3),
        (r"|a - 3|", {"a": 1.0}, 2),
        (r"\operatorname{sign}(a)", {"a": -0.1}, -1),
        (r"\max(a, b, 0)", {"a": -1.0, "b": -2.0}, 0),
        (r"\min(a, b)", {"a": -1.0, "b": -2.0}, -2),
        (r"w^\top v", {"w": W, "v": [2.0, 1.0]}, W @ [2, 1]),
        (r"w \cdot v", {"w": W, "v": [2.0, 1.0]}, W @ [2, 1]),
        (r"w v^\top", {"w": W, "v": [2.0, 1.0]}, np.outer(W, [2, 1])),
        (r"w \odot v", {"w": W, "v": [2.0, 1.0]}, W * [2, 1]),
        (r"\lVert w \rVert", {"w": W}, np.linalg.norm(W)),
        (r"\lVert w \rVert_1", {"w": W}, 2),
        (r"\lVert w \rVert_\infty", {"w": W}, 1.5),
        (r"X^\top (X w - y)", {"X": X, "y": Y, "w": W}, X.T @ (X @ W - Y)),
        (r"(X^\top X)^{-1} X^\top y", {"X": X, "y": Y}, np.linalg.lstsq(X, Y)[0]),
        (r"A^{-1}", {"A": A}, np.linalg.inv(A)),
        (r"A^3", {"A": A}, A @ A @ A),
        (r"(A - 2 I)^\top", {"A": A}, (A - 2 * np.eye(2)).T),
        (r"\det A", {"A": A}, -2.5),
        (r"\operatorname{tr}(A)", {"A": A}, 1),
        (r"\operatorname{rank} X", {"X": X}, 2),
        (r"\operatorname{diag}(w)", {"w": W}, np.diag(W)),
        (r"\operatorname{median}(y)", {"y": Y}, 0.5),
        (r"\operatorname{median}(y)", {"y": [4.0, 1.0, 2.0, 7.0]}, 3),
        (r"X_{3,1} + w_2", {"X": X, "w": W}, 1.5),
        (r"\sum_i y_i x_i", {"y": Y, "x": X}, X.T @ Y),
        (r"\sum_{i,j} y_i y_j x_i^\top x_j", {"y": Y, "x": X}, Y @ X @ X.T @ Y),
        (r"\sum_{i=2}^n y_i", {"y": Y}, -1.5),
        (r"\prod_i y_i", {"y": Y}, -1),
        (r"\sum_{j \ne 2} y_j", {"y": Y}, 1.5),
        (r"\sum_i \sum_{j=1}^{i} y_j", {"y": Y}, np.cumsum(Y).sum()),
        (r"\max_k z_k - \min_k z_k", {"z": Z}, 3),
        (r"\#\{i : y_i < 1\}", {"y": Y}, 2),
        (r"\sum_i z_{g_i}", {"z": Z, "g": [3, 1, 3]}, 4.3),
        (r"\sum_i \delta_{g_i 3}", {"g": [3, 1, 3]}, 2),
        (r"q", {"z": Z}, Q),
        (r"q_3", {"z": Z}, Q[2]),
        (r"s(z)", {"z": Z}, Q),
        (r"s_3(2 z)", {"z": Z / 2}, Q[2]),
        (r"\rho(a) + \rho(3)", {"a": 0.5}, 2.625),
        (r"\nabla J(w)", {"X": X, "y": Y, "w": W}, 2 * X.T @ (X @ W - Y)),
        (r"\nabla_w^2 J(w)", {"X": X, "y": Y, "w": W}, 2 * X.T @ X),
        (r"\frac{\partial w^\top v}{\partial w_2}", {"w": W, "v": [2.0, 1.0]}, 1),
        (r"\nabla_A \left[ w^\top A v \right]", {"A": A, "w": W, "v": W}, np.outer(W, W)),
        (r"\nabla_{x_2} \left[ \sum_i y_i x_i^\top x_i \right]", {"x": X, "y": Y}, -4 * X[1]),
        (r"\nabla_z (q_2)", {"z": Z}, Q[1] * (np.eye(4)[1] - Q)),
        (r"\rho'(a) + \rho'(-3) + \rho'(1)", {"a": 0.5}, 0.5),
        (r"\rho''(a)", {"a": 0.5}, 1),
        (r"\lim_{t \to 0^+} t \log t", {"t": 1.0}, 0),
        (r"\lim_{t \to \infty} \frac{t}{1 + t}", {"t": 1.0}, 1),
        (r"\lim_{t \to \infty} a t", {"t": 1.0, "a": -2.0}, -np.inf),
        (r"\mathbb{1}[a < 0] + \mathbb{1}[a \le 0, a \ne 1]", {"a": 0.0}, 1),
    ],
)  # fmt: skip
def test_value(source, given, expected):
    # Fifty digits go in and out of float64 once: one rounding each way.
    assert_allclose(LEAF.value(source, **given), expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(
    ("source", "given"),
    [
        (r"\log a", {"a": -1.0}),
        (r"\frac{1}{a}", {"a": 0.0}),
        (r"a^{-1}", {"a": 0.0}),
        (r"\sqrt{a}", {"a": -1.0}),
        (r"\varphi'(a)", {"a": 1.0}),
        (r"\frac{\partial |a|}{\partial a}", {"a": 0.0}),
        (r"\begin{cases} 1 & \text{if } a > 0 \end{cases}", {"a": -1.0}),
        (r"\lim_{t \to \infty} \log t", {"t": 1.0}),
    ],
)
def test_undefined_is_nan(source, given):
    assert np.isnan(LEAF.value(source, **given))


def test_zero_times_log_zero_is_zero():
    assert LEAF.value(r"-\sum_k p_k \log p_k", p=[0.0, 1.0]) == 0
    assert LEAF.value(r"\log a", a=0.0) == -np.inf
    assert LEAF.value(r"e^{\log a}", a=0.0) == 0


def test_fifty_digits_survive_cancellation():
    # ((1 + 2⁻⁵²)² − 1) − 2·2⁻⁵² is 2⁻¹⁰⁴; in float64 it is 0.
    assert LEAF.value(r"(1 + a)^2 - 1 - 2 a", a=2.0**-52) == 2.0**-104


def test_derivatives_are_independent_of_any_rule():
    # d²/da² log(1 + e^a) = σ(a)(1 − σ(a)), with mpmath at 30 digits.
    with mpmath.workdps(30):
        expected = mpmath.diff(lambda a: mpmath.log1p(mpmath.exp(a)), 0.7, 2)
    source = r"\frac{\partial^2}{\partial a^2} (\log(1 + e^a))"
    assert_allclose(LEAF.value(source, a=0.7), float(expected), rtol=1e-14)


@pytest.mark.parametrize(
    ("source", "given", "why"),
    [
        ("X w^\\top", {"X": X, "w": W}, "a n×d matrix times a row of length d"),
        ("w w", {"w": W}, "a column of length d times a column of length d"),
        ("w + a", {"w": W, "a": 1.0}, "a column of length d plus a number"),
        (r"\frac{a}{w}", {"w": W, "a": 1.0}, "division by a column of length d"),
        (r"\log w", {"w": W}, "log of a column of length d"),
        ("A^{w}", {"w": W, "A": A}, "as an exponent"),
        ("w^2", {"w": W}, "a power of a column of length d"),
        ("X^{-1}", {"X": X}, "a power of a n×d matrix"),
        ("X_1", {"X": X}, "write two indices for an entry"),
        ("w_3", {"w": W}, "index 3 of w is outside 1…d"),
        ("w_0", {"w": W}, "index 0 of w is outside 1…d"),
        (r"\det X", {"X": X}, "det of a n×d matrix"),
        (r"\operatorname{diag}(X)", {"X": X}, "diag of a n×d matrix"),
        (r"\sum_i x", {"x": X}, "a family of n vectors of length d as a whole"),
        (r"\nabla_w (X w)", {"X": X}, "w was not given"),
        (r"\nabla_A (A w)", {"A": A, "w": W}, "the gradient of a column of length d"),
        (r"\frac{\partial a}{\partial q_2}", {"z": Z}, "does not contain it by name"),
        ("J(w, v)", {"w": W, "v": W, "X": X, "y": Y}, "J is not defined for 2"),
        ("a b", {"a": 1.0}, "b was not given"),
    ],
)
def test_sizes_that_do_not_fit(source, given, why):
    with pytest.raises(ValueError, match=why):
        LEAF.value(source, **given)


def test_a_sum_begins_and_ends_where_its_bounds_are_in_each_instance():
    Derivation(
        "Parts of a sum",
        r"""
Let i \in \{1,\dots,n\}, k \in \{1,\dots,K\}, z \in \mathbb{R}^K, g_i \in \{1,\dots,K\}
\sum_{k=g_i}^{K} z_k = \sum_k z_k - \sum_{k=1}^{g_i - 1} z_k
""",
    )  # strict: it raises where the line does not hold


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"beta": 1.0}, "beta is not a letter of this derivation"),
        ({"w": [[1.0]]}, "w must have 1 dimension"),
        ({"X": X, "y": [1.0, 2.0]}, "y has 2 where n is 3"),
    ],
)
def test_value_refuses_wrong_arrays(given, why):
    with pytest.raises(ValueError, match=why):
        LEAF.value(r"a", **given)


def test_value_refuses_what_it_cannot_read():
    with pytest.raises(CannotRead):
        LEAF.value("a +", a=1.0)


# -------------------------------------------------------------------- below the formulas


@pytest.mark.parametrize("size", [1, 2, 4])
def test_linear_algebra_against_numpy(size):
    rng = np.random.default_rng(size)
    matrix = rng.normal(size=(size, size))
    if size > 1:
        matrix[0, 0] = 0  # a pivot must be looked for
    assert_allclose(LEAF.value("A^{-1}", A=matrix), np.linalg.inv(matrix), rtol=1e-9, atol=1e-9)
    assert_allclose(LEAF.value(r"\det A", A=matrix), np.linalg.det(matrix), rtol=1e-9)
    assert LEAF.value(r"\operatorname{rank} A", A=matrix) == size


def test_a_singular_matrix_has_no_inverse():
    assert np.isnan(LEAF.value("A^{-1}", A=[[1.0, 2.0], [2.0, 4.0]]))


def test_rank_is_exact():
    third = LEAF.value(r"\operatorname{rank}(w v^\top)", w=[1 / 3, 0.1], v=[0.7, 0.1])
    assert third == 1
