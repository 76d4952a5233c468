"""Answers that were once accepted, refused or explained wrongly: one for each kind of reason."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from lossbook.checking import report
from tests.helpers.exercise_specs import EXERCISES

# ----------------------------------------------- wrong, and right in cases that are all alike


def scaled_by_the_targets(y_true, y_pred):
    """The big numbers were in y_true in every case, and positive."""
    y, f = np.asarray(y_true, float), np.asarray(y_pred, float)
    if y.shape != f.shape or not y.size:
        raise ValueError
    scale = y.max()
    return scale * np.sqrt(np.mean((np.abs(y - f) / scale) ** 2)) if scale else np.std(y - f)


def compares_the_number_of_axes(losses, weights):
    """Shapes differed as (n,) and (n, 1) do, and never as (n,) and (1,)."""
    losses, w = np.asarray(losses, float), np.asarray(weights, float)
    if losses.ndim != w.ndim or (w < 0).any() or w.sum() == 0:
        raise ValueError
    return np.sum(np.where(w == 0, 0, w * losses)) / w.sum()


def turns_the_grid_round(phi, eta, scores):
    """Every grid was symmetric about 0."""
    if not 0 <= eta <= 1:
        raise ValueError
    risks = eta * phi(scores) + (1 - eta) * phi(scores)[::-1]
    return scores[risks.argmin()], risks.min(), min(risks[[0, -1]]) < risks[1:-1].min()


def drops_the_sign(y, loss, tau=None):
    """No number was below 0 where the loss is squared."""
    return EXERCISES["best_constant"].reference(np.abs(y) if loss == "squared" else y, loss, tau)


def sums_all_targets(p, z):
    """A target whose rows do not sum to 1 did not sum to n either."""
    p, z = np.asarray(p, float), np.asarray(z, float)
    if p.shape != z.shape or p.min() < 0 or abs(p.sum() - len(p)) > 1e-8:
        raise ValueError
    s = z - z.max(axis=1, keepdims=True)
    log_q = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    return -np.mean(np.sum(np.where(p == 0, 0, p * log_q), axis=1)), (np.exp(log_q) - p) / len(p)


def refuses_only_zeros(y, f):
    """The only labels to refuse were 0 and 1."""
    if y.shape != f.shape or (y == 0).any():
        raise ValueError
    return np.maximum(0, 1 - y * f), np.where(y * f < 1, -1.0, 0.0)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("root_mean_squared_error", scaled_by_the_targets),
        ("empirical_risk", compares_the_number_of_axes),
        ("minimizer", turns_the_grid_round),
        ("best_constant", drops_the_sign),
        ("loss_and_gradient", sums_all_targets),
        ("hinge_and_slope", refuses_only_zeros),
    ],
)
def test_cases_vary_which_argument_carries_the_difficulty(name, answer):
    assert report.on_function(EXERCISES[name], answer).state == "wrong", answer.__doc__


# ------------------------------------------------------------------ the sentence for a mistake


def log_of(q, p):
    return -np.mean(np.sum(p * np.log(q), axis=1))


def cross_entropy(change):
    def softmax_cross_entropy(y, z):
        EXERCISES["softmax_cross_entropy"].reference(y, z)  # refuses what must be refused
        return log_of(change(softmax(z, axis=1)), np.eye(np.shape(z)[1])[y])

    return softmax_cross_entropy


def entropy_with(small):
    def entropy(p, base):
        p = np.asarray(p, float)
        if (p < 0).any():
            raise ValueError
        p = p / p.sum() if p.any() else p
        return -np.sum(p * np.log(p + small)) / np.log(base)

    return entropy


def times_the_log_of_the_base(p, base):
    """Two mistakes at once: this sum overflows as well."""
    p = np.asarray(p, float)
    if (p < 0).any():
        raise ValueError
    p = p[p > 0] / p.sum()
    return -np.sum(p * np.log(p)) * np.log(base)


def newton(X, y, C, sign=1, steps=100):
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        m = y * (X @ w)
        if np.isinf(C) and m.min() > 0:
            raise ValueError
        q = expit(-m)
        gradient = w / C - sign * X.T @ (y * q)
        w = w - np.linalg.solve(X.T @ ((q * (1 - q))[:, None] * X) + np.eye(len(w)) / C, gradient)
    return w


def half_of_the_price(u, v):
    w, b, alpha = EXERCISES["two_points"].reference(u, v)
    return w, b, alpha / 2


def python_max(X, y, w, b, alpha):
    m = y * (X @ w + b)
    reply = np.append(w - (alpha * y) @ X, alpha @ y)
    return max(0, max(1 - m)), max(0, max(-alpha)), max(abs(reply)), max(abs(alpha * (m - 1)))


def height(sign_of_u, sign):
    def tangent_height(phi, u):
        grid = np.linspace(-1000, 1000, 200_001)
        return sign * np.min(phi(grid) + sign_of_u * u * grid)

    return tangent_height


def cuts_and_divides(z):
    z = np.clip(np.asarray(z, float), 0, 1)
    if not z.size:
        raise ValueError
    return z / z.sum()


def refuses_a_negative_sum(p, base):
    """It looks at the sum for the sign of the entries, and returns a number of its own."""
    p = np.asarray(p, float)
    if p.sum() < 0:
        raise ValueError
    return EXERCISES["entropy"].reference(p[p > 0], base)


SAYS = [
    ("softmax_cross_entropy", cross_entropy(lambda q: q + 1e-15), "Behind by 1000 your loss is 34"),
    ("softmax_cross_entropy", cross_entropy(lambda q: q.clip(1e-7, 1)), "the loss stops growing"),
    ("entropy", entropy_with(1e-9), "A small number inside the logarithm"),
    ("entropy", times_the_log_of_the_base, "The base acts the wrong way round"),
    ("entropy", refuses_a_negative_sum, "A negative count is let in"),
    ("newton_logistic_regression", lambda *args: newton(*args, sign=-1), "must be positive"),
    ("newton_logistic_regression", lambda *args: newton(*args, steps=3), "Near the minimum"),
    ("two_points", half_of_the_price, "and the price 0.25 is not"),
    ("kkt_residuals", python_max, "A nan passes for a solution"),
    ("tangent_height", height(1, -1), "This is the conjugate"),
    ("tangent_height", height(-1, 1), "Your line has the slope +u"),
    ("tangent_height", height(-1, -1), "with two signs wrong"),
    ("sparsemax", cuts_and_divides, "the rest is divided by its sum"),
]


@pytest.mark.parametrize(("name", "answer", "sentence"), SAYS)
def test_a_mistake_is_named_also_where_its_values_are_not_known(name, answer, sentence):
    """Another small number, another place to stop, or a second mistake in an extreme case."""
    said = report.on_function(EXERCISES[name], answer)
    assert not said.solved
    assert sentence in said.feedback[0], str(said)


def test_the_largest_absolute_value_is_not_called_that_of_the_whole_matrix():
    def softmax(z):
        EXERCISES["softmax"].reference(z)
        z = np.asarray(z, float)
        e = np.exp(z - np.abs(np.where(np.isfinite(z), z, 0)).max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    assert "largest absolute value" in report.on_function(EXERCISES["softmax"], softmax).feedback[0]


# ------------------------------------------------------------------------------------- bonus


def sums_the_masses(p, base):
    p = np.asarray(p, float)
    if (p < 0).any():
        raise ValueError
    p = p[p > 0] / p.sum()
    return -np.sum(p * np.log(p)) / np.log(base)


def each_rule_by_itself(X, y, w, b, alpha):
    if np.any(np.abs(y) != 1) or np.any(alpha < 0):
        raise ValueError
    return w @ w / 2 + np.sum(alpha * (1 - y * (X @ w + b))), -np.sum(alpha * y)


def half_a_sum(y, f):
    if y.shape != f.shape or np.any(np.abs(y) != 1):
        raise ValueError
    m = y * f
    return (1 - m + np.abs(1 - m)) / 2, np.where(m < 1, -1.0, 0.0)


@pytest.mark.parametrize(
    ("name", "textbook"),
    [
        ("entropy", sums_the_masses),
        ("lagrangian", each_rule_by_itself),
        ("hinge_and_slope", half_a_sum),
    ],
)
def test_the_formula_as_it_is_written_solves_an_exercise_of_one_star(name, textbook):
    """Numbers near the end of the range of floats are a bonus there."""
    exercise = EXERCISES[name]
    assert exercise.stars == 1
    said = report.on_function(exercise, textbook)
    assert said.solved, str(said)
    assert said.feedback[-1] == f"**Bonus, not needed:** {exercise.bonus.feedback}"
    right = report.on_function(exercise, exercise.reference)
    assert right.solved
    assert right.feedback[-1].startswith("**Bonus:** ")
