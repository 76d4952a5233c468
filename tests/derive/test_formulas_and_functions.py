"""The functions of the chapter modules compute the very formulas that the reader sees.

`Derivation.value` evaluates a formula of the text with 50 digits; a gradient is taken from the
displayed loss by ∇, not from the displayed gradient. rtol 1e-12: some hundred roundings of
float64 lie between the two.
"""

import functools
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lossbook import information, margin, network, regression, softmax, svm
from lossbook.derive import Derivation
from tests.helpers.derive_corpus import cells
from tests.helpers.derive_further import FURTHER

ROOT = Path(__file__).parents[2]
RNG = np.random.default_rng(20)


@functools.cache
def shown(title):
    return Derivation(title, FURTHER[title], strict=False)


def agree(computed, displayed, atol=0):
    assert_allclose(computed, displayed, rtol=1e-12, atol=atol)


def each(derivation, formula, **letters):
    """A formula in numbers, for every entry of the letters given as arrays."""
    letters = dict(zip(letters, np.broadcast_arrays(*letters.values()), strict=True))
    rows = zip(*letters.values(), strict=True)
    values = [derivation.value(formula, **dict(zip(letters, row, strict=True))) for row in rows]
    return np.array(values)


# ------------------------------------------------------ the formulas of the notebooks


class Chapter(dict):
    """The derivations of a notebook by the id of their cell, each read when it is asked for.

    The notebook itself checks their lines. Here their formulas are wanted, and the line of an
    earlier cell that one cites may not have been read.
    """

    def __init__(self, stem):
        found = cells(ROOT / "notebooks" / f"{stem}.ipynb")
        self.sources = {name: (title, body) for name, title, body in found}

    def __missing__(self, name):
        self[name] = Derivation(*self.sources[name], strict=False)
        return self[name]


chapter_1 = Chapter("01_what_a_loss_is")
chapter_2 = Chapter("02_squared_error")
chapter_3 = Chapter("03_entropy")
chapter_4 = Chapter("04_softmax_cross_entropy")
chapter_5 = Chapter("05_lagrangian")
chapter_6 = Chapter("06_hinge")
chapter_7 = Chapter("07_digits")
chapter_8 = Chapter("08_one_picture")


# -------------------------------------------------------------------- chapter 2


def test_squared_error_and_its_gradient_in_the_weights():
    squares = shown("02 Least squares")
    X, y, w = RNG.normal(size=(6, 3)), RNG.normal(size=6), RNG.normal(size=3)
    f = X @ w
    agree(regression.mean_squared_error(y, f), squares.value("J(w)", X=X, y=y, w=w))
    slope = X.T @ regression.squared_error_gradient(y, f) / len(y)
    agree(slope, squares.value(r"\nabla J(w)", X=X, y=y, w=w), atol=1e-14)
    agree(slope, squares.value(r"-\frac2n X^\top (y - X w)", X=X, y=y, w=w), atol=1e-14)


def test_squared_and_absolute_error_of_a_constant():
    y, c = RNG.normal(size=7), 0.3
    squares = shown("02 The mean minimises the sum of squares")
    agree(
        regression.squared_error(y, np.full(7, c)).sum(),
        squares.value(r"\sum_i (y_i - c)^2", y=y, c=c),
    )
    absolute = shown("02 The median minimises the absolute error")
    at = np.full(7, c)
    agree(7 * regression.mean_absolute_error(y, at), absolute.value("A(c)", y=y, c=c))
    agree(regression.absolute_error_gradient(y, at).sum(), absolute.value("A'(c)", y=y, c=c))


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.83])
def test_pinball_loss(tau):
    y, q = RNG.normal(size=9), 0.2
    at = np.full(9, q)
    pinball = shown("02 The quantile minimises the pinball loss")
    loss = regression.pinball(y, at, quantile=tau)
    agree(loss, each(pinball, r"\rho(u)", u=y - q, tau=tau))
    agree(loss, each(pinball, r"u \left( \tau - \mathbb{1}[u < 0] \right)", u=y - q, tau=tau))
    total = pinball.value("R(q)", y=y, q=q, tau=tau)
    agree(9 * regression.mean_pinball_loss(y, at, quantile=tau), total)
    slope = pinball.value("R'(q)", y=y, q=q, tau=tau)
    agree(regression.pinball_gradient(y, at, quantile=tau).sum(), slope, atol=1e-14)


@pytest.mark.parametrize("delta", [0.4, 1.0, 2.5])
def test_huber_loss(delta):
    y, f = 2 * RNG.normal(size=(2, 9))
    huber = shown("02 The Huber loss")
    losses = each(huber, "h(u)", u=f - y, delta=delta)
    agree(regression.huber(y, f, delta=delta), losses)
    agree(regression.mean_huber_loss(y, f, delta=delta), losses.mean())
    slopes = each(huber, r"\psi(u)", u=f - y, delta=delta)
    agree(regression.huber_gradient(y, f, delta=delta), slopes)
    agree(slopes, each(huber, "h'(u)", u=f - y, delta=delta))


# -------------------------------------------------------------------- chapter 3


@pytest.mark.parametrize("n_classes", [2, 5])
def test_entropy_cross_entropy_and_divergence(n_classes):
    p, q = RNG.dirichlet(np.ones(n_classes), size=2)
    gibbs = shown("03 Gibbs' inequality")
    agree(information.entropy(p), gibbs.value("H(p)", p=p))
    agree(information.cross_entropy(p, q), gibbs.value("H(p, q)", p=p, q=q))
    divergence = gibbs.value(r"\mathrm{KL}(p \,\|\, q)", p=p, q=q)
    # The text's sum has terms of both signs, so rounding is relative to the largest of them.
    agree(information.kl_divergence(p, q), divergence, atol=1e-15)


def test_the_gini_index():
    y, q = np.array([1, 3, 2, 3, 3]), RNG.dirichlet(np.ones(3))
    p = np.bincount(y - 1) / 5
    agree(information.gini(p), shown("03 Gini is leftover Brier score").value("G", y=y, q=q))


def test_information_gain():
    counts = np.array([[1, 4, 2], [3, 1, 2]])
    groups, labels = np.repeat(np.indices((2, 3)).reshape(2, -1), counts.ravel(), axis=1)
    gain = shown("03 Information gain").value("G", r=counts / counts.sum())
    agree(information.information_gain(labels, groups, base=2), gain, atol=1e-15)


def test_chapter_3_shows_the_formulas_of_its_module():
    p, q = RNG.dirichlet(np.ones(4), size=2)
    H = chapter_3["en-5-derive"]
    agree(information.entropy(p), H.value("H(p)", p=p))
    agree(information.cross_entropy(p, q), H.value("H(p, q)", p=p, q=q))
    divergence = H.value(r"\mathrm{KL}(p \,\|\, q)", p=p, q=q)
    agree(information.kl_divergence(p, q), divergence, atol=1e-15)

    y, a = np.array([1, 2, 2, 3, 1, 3, 3]), np.array([1, 1, 2, 2, 1, 2, 1])
    gain = chapter_3["en-7-derive"].value("G", y=y, a=a, K=3, V=2)
    agree(information.information_gain(y, a), gain, atol=1e-15)
    q = RNG.dirichlet(np.ones(3))
    mean = chapter_3["en-6-derive"].value(r"-\frac1n \sum_i \log q_{y_i}", y=y, q=q)
    agree(softmax.log_loss(y, np.tile(q, (7, 1))), mean)
    gini = chapter_3["en-9-derive"].value(r"1 - \sum_k \hat p_k^2", y=y, q=q)
    agree(information.gini(np.bincount(y - 1)), gini)


# -------------------------------------------------------------------- chapter 4


def test_softmax_and_log_sum_exp():
    z = 3 * RNG.normal(size=5)
    soft = shown("04 Softmax is a soft arg max")
    agree(softmax.logsumexp(z), soft.value(r"\mathrm{LSE}(z)", z=z))
    agree(softmax.softmax(z), soft.value("s(z)", z=z))
    agree(softmax.log_softmax(z), [soft.value(r"\log s_k(z)", z=z, k=k) for k in range(1, 6)])


def test_softmax_cross_entropy():
    z, t = 3 * RNG.normal(size=4), RNG.dirichlet(np.ones(4))
    loss = shown("04 The gradient of softmax cross-entropy")
    batch = t[np.newaxis], z[np.newaxis]
    agree(softmax.softmax_cross_entropy(*batch), loss.value(r"\ell", z=z, t=t))
    slope = loss.value(r"\nabla_z \left[ \ell \right]", z=z, t=t)
    agree(softmax.softmax_cross_entropy_gradient(*batch)[0], slope, atol=1e-15)
    agree([loss.value("p_k - t_k", z=z, t=t, k=k) for k in range(1, 5)], slope, atol=1e-15)
    curved = loss.value(r"\nabla_z^2 \left[ \ell \right]", z=z, t=t)
    agree(np.squeeze(softmax.softmax_cross_entropy_hessian(z)), curved, atol=1e-15)


def test_the_mean_cross_entropy_and_its_gradient_in_the_weights():
    x, W, y = RNG.normal(size=(5, 2)), RNG.normal(size=(3, 2)), np.array([1, 3, 2, 2, 1])
    weights = shown("04 The gradient in the weights")
    loss, slope = softmax.softmax_cross_entropy_with_gradient(y - 1, x @ W.T)
    agree(loss, weights.value("L(W)", x=x, W=W, y=y))
    agree(slope.T @ x, weights.value(r"\nabla L(W)", x=x, W=W, y=y), atol=1e-15)


# -------------------------------------------------------------------- margin losses

M = np.array([-3.0, -0.4, 0.3, 0.9, 1.7, 4.0])


def test_the_logistic_loss():
    logistic = shown("04 Two classes: the logistic loss")
    agree(margin.logistic(M), each(logistic, r"\phi(m)", m=M))
    agree(margin.logistic_gradient(M), each(logistic, r"\phi'(m)", m=M))


def test_the_hinge():
    agree(margin.hinge(M), each(shown("08 The hinge is no likelihood"), r"\ell(f)", f=M))
    box = shown("06 The box makes the hinge")
    agree(margin.hinge(M), each(box, r"\max(0, 1 - m)", m=M))


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        (margin.square, r"\eta (1 - f)^2 + (1 - \eta)(1 + f)^2"),
        (margin.exponential, r"\eta e^{-f} + (1 - \eta) e^f"),
        (margin.hinge, r"\eta \max(0, 1 - f) + (1 - \eta) \max(0, 1 + f)"),
        (margin.logistic, "R(f)"),
    ],
)
def test_risks(loss, formula):
    risk = shown("08 Leftover risk")
    agree(0.3 * loss(M) + 0.7 * loss(-M), each(risk, formula, f=M, eta=0.3))


# -------------------------------------------------------------------- the notebook's own cells


def test_chapter_2_shows_the_formulas_of_its_module():
    X, y, w = RNG.normal(size=(6, 3)), RNG.normal(size=6), RNG.normal(size=3)
    J = chapter_2["sq-4-derive"]
    agree(regression.mean_squared_error(y, X @ w), J.value("J(w)", X=X, y=y, w=w))
    slope = X.T @ regression.squared_error_gradient(y, X @ w) / len(y)
    agree(slope, J.value(r"\frac2n X^\top (X w - y)", X=X, y=y, w=w), atol=1e-14)

    c = np.full(6, 0.3)
    A, R = chapter_2["sq-8-derive"], chapter_2["sq-9-derive"]
    agree(regression.absolute_error(y, c).sum(), A.value("A(c)", y=y, c=0.3))
    agree(
        regression.pinball(y, c, quantile=0.2).sum(), R.value("R(c)", y=y, c=0.3, **{r"\tau": 0.2})
    )

    for r in (-3.0, 0.4, 1.5, 4.0):
        letters = {"r": r, r"\delta": 1.5}
        h = chapter_2["sq-10-derive"]
        agree(regression.huber(0, r, delta=1.5), h.value("h(r)", **letters))
        clipped = h.value(r"\max(-\delta, \min(r, \delta))", **letters)
        agree(regression.huber_gradient(0, r, delta=1.5), clipped)


def test_chapter_5_shows_the_formulas_of_its_module():
    X, w, b = RNG.normal(size=(6, 2)), RNG.normal(size=2), 0.3
    y, alpha = np.array([1.0, -1, -1, 1, 1, -1]), RNG.uniform(size=6)
    K = svm.linear_kernel(X)
    letters = {"x": X, "y": y, r"\alpha": alpha}
    dual = svm.dual_objective(K, y, alpha)
    agree(dual, chapter_5["lg-9-derive"].value(r"D(\alpha)", w=w, b=b, **letters))

    # At C = 0 the primal objective is ½ |w|²: cost minus bound is the gap of (5.10).
    w = (alpha * y) @ X
    cost = svm.primal_objective(K, y, 0, alpha, b)
    agree(cost - dual, chapter_5["lg-10-derive-gap"].value("G", w=w, b=b, **letters))


def test_chapter_4_shows_the_formulas_of_its_module():
    z, p = 3 * RNG.normal(size=4), RNG.dirichlet(np.ones(4))
    soft = chapter_4["sm-1-derive"]
    agree(softmax.softmax(z), soft.value("s(z)", z=z))
    agree(softmax.logsumexp(z), soft.value(r"\mathrm{LSE}(z)", z=z))

    batch = p[np.newaxis], z[np.newaxis]
    one, curved = chapter_4["sm-4-derive"], chapter_4["sm-6-derive"]
    agree(softmax.softmax_cross_entropy(*batch), one.value(r"\ell", z=z, p=p))
    slope = one.value(r"\nabla_z \left[ \ell \right]", z=z, p=p)
    agree(softmax.softmax_cross_entropy_gradient(*batch)[0], slope, atol=1e-15)
    matrix = curved.value(r"\operatorname{diag}(q) - q q^\top", z=z, p=p)
    agree(softmax.softmax_cross_entropy_hessian(z), matrix, atol=1e-15)

    from_zero, from_one = 2, 3  # two ways to count the same class
    exact = chapter_4["sm-10-derive"].value(
        r"\ln \left( 1 + \sum_{j \ne y} e^{z_j - z_y} \right)", z=z, y=from_one
    )
    agree(softmax.softmax_cross_entropy([from_zero], [z]), exact)

    for m in M:
        two = chapter_4["sm-8-derive"]
        agree(margin.logistic(m), two.value(r"\phi(m)", m=m))
        agree(-margin.logistic_gradient(m), two.value(r"\sigma(-m)", m=m))


@pytest.mark.parametrize(
    ("name", "risk", "leftover"),
    [
        ("square", r"C_{\text{sq}}(f)", r"4 \eta (1 - \eta)"),
        ("exponential", r"C_{\text{exp}}(f)", r"2 \sqrt{\eta (1 - \eta)}"),
        ("logistic", r"C_{\text{log}}(f)", r"-\eta \ln \eta - (1 - \eta) \ln(1 - \eta)"),
        ("hinge", r"C_{\text{hi}}(f)", r"2 \min(\eta, 1 - \eta)"),
    ],
)
def test_chapter_1_shows_the_risks_of_its_module(name, risk, leftover):
    shown_there, loss = chapter_1["ls-7-eta-derive"], margin.MARGIN_LOSSES[name]
    computed = 0.3 * loss.value(M) + 0.7 * loss.value(-M)
    agree(computed, each(shown_there, risk, f=M, eta=0.3))
    eta = np.array([0.01, 0.3, 0.5, 0.8])
    agree(loss.bayes_risk(eta), each(shown_there, leftover, f=0.0, eta=eta))


def test_chapter_1_shows_the_zero_one_loss_of_its_module():
    m = np.array([-2.0, 0.0, 2.0])  # 0 is a mistake
    step = each(chapter_1["ls-7-derive"], r"\mathbb{1}[m \le 0]", m=m)
    assert list(margin.zero_one(m)) == list(step)


def test_chapter_6_shows_the_objectives_of_the_svm_and_its_gap():
    x, y, C, b = RNG.normal(size=(6, 3)), np.array([1.0, -1, 1, -1, -1, 1]), 2.5, 0.3
    alpha = np.array([0.0, 0.5, 2.5, 2.5, 1.0, 1.5])  # Σ αy = 0, as the text assumes
    K = svm.linear_kernel(x)
    letters = {"x": x, "y": y, "C": C, "b": b, r"\alpha": alpha}
    gap = chapter_6["hi-7-derive"]
    agree(svm.primal_objective(K, y, C, alpha, b), gap.value("P", **letters))
    agree(svm.dual_objective(K, y, alpha), gap.value("D", **letters))
    parts = r"(C - \alpha_i) \max(0, 1 - m_i) + \alpha_i \max(0, m_i - 1)"
    shown_gap = gap.value(rf"\sum_i \left( {parts} \right)", **letters)
    agree(svm.kkt_residuals(K, y, C, alpha, b).gap, shown_gap)


def test_chapter_6_shows_the_losses_of_the_margin_and_their_pulls():
    losses = chapter_6["hi-13-derive"]
    for value, gradient, letter in [
        (margin.hinge, margin.hinge_gradient, r"\phi_{\text{hi}}"),
        (margin.squared_hinge, margin.squared_hinge_gradient, r"\phi_{\text{sq}}"),
        (margin.logistic, margin.logistic_gradient, r"\phi_{\text{log}}"),
        (margin.exponential, margin.exponential_gradient, r"\phi_{\text{exp}}"),
    ]:
        agree(value(M), each(losses, f"{letter}(m)", m=M))
        agree(gradient(M), each(losses, f"{letter}'(m)", m=M))
    agree(margin.zero_one(M), each(losses, r"\mathbb{1}[m \le 0]", m=M))


def test_chapter_8_shows_the_formulas_of_its_module():
    u = np.array([0.1, 0.5, 0.8])

    intercepts, others = chapter_8["op-3-derive"], chapter_8["op-3d-derive"]
    agree(-margin.logistic_conjugate(-u), each(intercepts, "h(u)", u=u))
    agree(-margin.square_conjugate(-u), each(intercepts, r"s - \tfrac14 s^2", s=u))
    agree(-margin.squared_hinge_conjugate(-u), each(others, r"u - \tfrac14 u^2", u=u))
    agree(-margin.exponential_conjugate(-u), each(others, r"u - u \ln u", u=u))

    logistic, left = chapter_8["op-5-derive"], chapter_8["op-5b-derive"]
    agree(margin.logistic_bayes_risk(u), each(logistic, r"h(\eta)", **{r"\eta": u}))
    shown = {
        margin.square_bayes_risk: r"4 \eta (1 - \eta)",
        margin.exponential_bayes_risk: r"2 \sqrt{\eta (1 - \eta)}",
        margin.hinge_bayes_risk: r"2 \min(\eta, 1 - \eta)",
    }
    for leftover, formula in shown.items():
        agree(leftover(u), each(left, formula, **{r"\eta": u}))
    agree(margin.logistic_minimizer(u), each(logistic, r"f^\star", **{r"\eta": u}), atol=1e-15)


def test_chapter_7_shows_the_layers_of_its_module():
    """Each layer's output, and the gradient that it hands back, as the formulas have it."""
    x, w, b = RNG.normal(size=(3, 3)), RNG.normal(size=(2, 2)), 0.3
    answers = chapter_7["dg-1-derive"]
    conv = network.Conv2D(1, 1, 2, dtype=np.float64)
    conv.weights[..., 0, 0], conv.bias[0] = w, b
    a = conv.forward(x[None, ..., None])[0, ..., 0]
    for r, c in np.ndindex(2, 2):
        formula = f"b + \\sum_{{u,v}} w_{{uv}} x_{{{r + 1}+u-1, {c + 1}+v-1}}"
        agree(a[r, c], answers.value(formula, x=x, w=w, b=b))

    H, W, bias = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
    y = np.array([0, 3, 1, 1, 2])
    dense = network.Dense(3, 4, dtype=np.float64)
    dense.weights[...], dense.bias[...] = W, bias
    loss, slope = softmax.softmax_cross_entropy_with_gradient(y, dense.forward(H))
    letters = {"H": H, "W": W, "b": bias, "y": y + 1}
    last = chapter_7["dg-3-derive"]
    agree(loss, last.value("J(H, W)", **letters))
    agree(dense.backward(slope), last.value(r"\nabla_H J(H, W)", **letters), atol=1e-14)
    agree(dense.gradients[0], last.value(r"\nabla_W J(H, W)", **letters), atol=1e-14)


def test_chapter_7_shows_the_gradient_of_a_filter_and_adams_running_mean():
    """A network of one filter, two squares and three classes: its gradient by ∂ of the loss."""
    image, w, W = RNG.normal(size=(4, 6)), RNG.normal(size=(3, 3)), RNG.normal(size=(2, 3))
    conv = network.Conv2D(1, 1, 3, dtype=np.float64)
    dense = network.Dense(2, 3, dtype=np.float64)
    conv.weights[..., 0, 0], conv.bias[0], dense.weights[...] = w, 0.2, W
    net = network.Network([conv, network.MaxPool2D(), network.ReLU(), network.Flatten(), dense])
    loss, (by_filter, _, _) = net.loss_with_gradients(image[None], [1])
    places = [[(r, 2 * s + c) for r in range(2) for c in range(2)] for s in range(2)]
    windows = np.array([[image[r : r + 3, c : c + 3] for r, c in square] for square in places])
    answers = (windows * w).sum(axis=(2, 3))
    assert np.all(answers.max(axis=1) > -0.2)  # both squares answer: the sum has two terms
    whole = chapter_7["dg-4-derive"]
    for u, v in np.ndindex(3, 3):  # one weight; the others are in ρ
        ink, rest = windows[:, :, u, v], answers - w[u, v] * windows[:, :, u, v]
        letters = {"x": ink, r"\rho": rest, "w": w[u, v], "b": 0.2, "W": W, "o": np.zeros(3)}
        letters["p"] = np.eye(3)[1]
        agree(loss, whole.value(r"\ell", **letters))
        slope = whole.value(r"\frac{\partial \ell}{\partial w}", **letters)
        agree(by_filter[3 * u + v, 0], slope, atol=1e-14)
    agree(by_filter[-1, 0], whole.value(r"\frac{\partial \ell}{\partial b}", **letters), atol=1e-14)

    slopes, parameter = RNG.normal(size=5), np.zeros(1)
    optimiser = network.Adam(1.0, beta1=0.8, beta2=0.5, epsilon=1e-300)
    for N in range(1, 6):
        before = parameter.copy()
        optimiser.step([parameter], [slopes[N - 1 : N]])
        mean, squares = (
            chapter_7["dg-7-derive"].value(
                r"\frac{\bar g}{1 - \beta^N}", **{"g": g[:N], r"\beta": beta}
            )
            for g, beta in ((slopes, 0.8), (slopes**2, 0.5))
        )
        agree(before - parameter, mean / np.sqrt(squares))
