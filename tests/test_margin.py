"""Losses of the margin: their values, their companions, and the theorems that join them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn import datasets, metrics

from lossbook import margin
from lossbook.margin import MARGIN_LOSSES
from tests.helpers import numerical

inf, nan, tiny = np.inf, np.nan, 5e-324
few = 4 * np.finfo(float).eps  # four roundings of numbers up to 1
each_loss = pytest.mark.parametrize("loss", MARGIN_LOSSES.values(), ids=MARGIN_LOSSES)
# The zero-one loss is not convex: what rests on subgradients does not speak of it.
CONVEX = {name: loss for name, loss in MARGIN_LOSSES.items() if name != "zero_one"}
each_convex_loss = pytest.mark.parametrize("loss", CONVEX.values(), ids=CONVEX)


def conditional_risk(loss, eta, f):
    """C_η(f) = η φ(f) + (1 − η) φ(−f)."""
    return eta * loss.value(f) + (1 - eta) * loss.value(-f)


# from mpmath import mp, mpf, exp, log1p; mp.dps = 400; m = mpf(...)
# logistic: log1p(exp(-m)), -1 / (1 + exp(m)); exponential: exp(-m), -exp(-m); the rest by hand.
VALUES = [
    ("zero_one", -tiny, 1, 0),
    ("zero_one", 0, 1, 0),  # an undecided score is an error
    ("zero_one", tiny, 0, 0),
    ("hinge", -1e300, 1e300, -1),
    ("hinge", -0.5, 1.5, -1),
    ("hinge", 1, 0, 0),  # the kink: 0 is one of the subgradients [−1, 0]
    ("hinge", inf, 0, 0),
    ("hinge", -inf, inf, -1),
    ("square", -1, 4, -4),
    ("square", 3, 4, 4),
    ("square", 1.7e308, inf, inf),
    ("squared_hinge", -1, 4, -4),
    ("squared_hinge", 1, 0, 0),
    ("squared_hinge", 1e300, 0, 0),
    ("squared_hinge", -1.7e308, inf, -inf),
    ("logistic", 0, 0.69314718055994530942, -0.5),
    ("logistic", 1, 0.31326168751822283405, -0.26894142136999512075),
    ("logistic", -1, 1.313261687518222834, -0.73105857863000487925),
    ("logistic", 2, 0.12692801104297249644, -0.11920292202211755594),
    ("logistic", 40, 4.2483542552915889863e-18, -4.2483542552915889773e-18),
    ("logistic", -40, 40.000000000000000004, -0.99999999999999999575),
    ("logistic", 720, 2.0322308024242931529e-313, -2.0322308024242931529e-313),
    ("logistic", 1000, 0, 0),
    ("logistic", -1000, 1000, -1),
    ("logistic", -1e300, 1e300, -1),
    ("logistic", inf, 0, 0),
    ("logistic", -inf, inf, -1),
    ("exponential", 0, 1, -1),
    ("exponential", -700, 1.0142320547350045095e304, -1.0142320547350045095e304),
    ("exponential", 1000, 0, 0),
    ("exponential", -1000, inf, -inf),
]


@pytest.mark.parametrize(("name", "m", "value", "gradient"), VALUES)
def test_values(name, m, value, gradient):
    # A few roundings; 720 is a subnormal result, whose last digit is 5e-324.
    close = {"rtol": 1e-15, "atol": tiny}
    np.testing.assert_allclose(MARGIN_LOSSES[name].value(m), value, **close)
    np.testing.assert_allclose(MARGIN_LOSSES[name].gradient(m), gradient, **close)


# from mpmath import mp, mpf, log, sqrt; mp.dps = 400; e = mpf(float(...))
# logistic: log(e / (1-e)), -e*log(e) - (1-e)*log(1-e); exponential: half of it, 2*sqrt(e*(1-e))
COMPANIONS = [
    ("zero_one", 0.25, -1, 0.25),
    ("zero_one", 0.5, 1, 0.5),  # either sign is best, 0 is not
    ("zero_one", 1, 1, 0),
    ("hinge", 0.1, -1, 0.2),
    ("hinge", 0.5, 0, 1),
    ("hinge", 0.5 + 2**-53, 1, 1),
    ("hinge", 1, 1, 0),
    ("square", 0.1, -0.8, 0.36),
    ("square", 1, 1, 0),
    ("squared_hinge", 0.75, 0.5, 0.75),
    ("logistic", 0.1, -2.1972245773362193211, 0.3250829733914482517),
    ("logistic", 0.5, 0, 0.69314718055994530942),
    ("logistic", 0.5001, 0.00040000000533328940768, 0.69314716055994517609),
    ("logistic", 1e-300, -690.77552789821370518, 6.9177552789821372252e-298),
    ("logistic", 1 - 2**-53, 36.736800569677101288, 4.1896264868143241848e-15),
    ("logistic", 0, -inf, 0),
    ("logistic", 1, inf, 0),
    ("exponential", 0.1, -1.0986122886681096606, 0.6),
    ("exponential", tiny, -372.22003596069063116, 4.4455174989701549669e-162),
    ("exponential", 0, -inf, 0),
    ("exponential", 1, inf, 0),
]


@pytest.mark.parametrize(("name", "eta", "score", "risk"), COMPANIONS)
def test_minimizer_and_bayes_risk(name, eta, score, risk):
    np.testing.assert_allclose(MARGIN_LOSSES[name].minimizer(eta), score, rtol=1e-15)
    np.testing.assert_allclose(MARGIN_LOSSES[name].bayes_risk(eta), risk, rtol=1e-15)


CONJUGATES = [
    ("zero_one", [-tiny, 0, 1], [inf, 0, inf]),
    ("hinge", [-inf, -1.5, -1, -0.25, 0, tiny, inf], [inf, inf, -1, -0.25, 0, inf, inf]),
    ("square", [-inf, -4, -2, 0, 1e-20, 2, 1e200, inf], [inf, 0, -1, 0, 1e-20, 3, inf, inf]),
    ("squared_hinge", [-inf, -4, -2, 0, tiny, inf], [inf, 0, -1, 0, inf, inf]),
    # minus the entropies of the table above
    ("logistic", [-inf, -1.5, -1, -0.5, 0], [inf, inf, 0, -0.69314718055994530942, 0]),
    ("logistic", [-1e-300, tiny, inf], [-6.9177552789821372252e-298, inf, inf]),
    # u log(u) − u at u = −s
    ("exponential", [-inf, -1e308, -2, -1], [inf, inf, -0.6137056388801093812, -1]),
    ("exponential", [-1e-300, 0, tiny, inf], [-6.917755278982137052e-298, 0, inf, inf]),
]


@pytest.mark.parametrize(("name", "s", "values"), CONJUGATES)
def test_conjugates(name, s, values):
    np.testing.assert_allclose(MARGIN_LOSSES[name].conjugate(s), values, rtol=1e-15)


@each_loss
def test_gradient_is_the_derivative(loss):
    for m in (-5, -1.3, -0.2, 0.3, 0.9, 1.1, 2.5, 5):  # the kinks and jumps are at 0 and 1
        slope = numerical.derivative(loss.value, m)
        # Of the exponential loss |φ‴| = φ; of the others |φ‴| < 0.1, and |φ| ≤ 36.
        budget = numerical.budget(max(abs(loss.value(m)), 1), m)
        np.testing.assert_allclose(loss.gradient(m), slope, rtol=0, atol=budget)


@each_convex_loss
def test_gradient_supports_the_loss_everywhere(loss):
    # φ(t) ≥ φ(m) + g (t − m) for all t says that g is a subgradient: the kinks included.
    m, t = np.meshgrid(np.linspace(-4, 4, 33), np.linspace(-6, 6, 97))
    line = loss.value(m) + loss.gradient(m) * (t - m)
    assert (loss.value(t) - line >= -1e-13).all()  # 8 ε · e⁴ = 55, the largest φ(m) on the line


@each_loss
@pytest.mark.parametrize("eta", [0.01, 0.1, 0.3, 0.45, 0.5, 0.7, 0.99])
def test_companions_against_brute_force(loss, eta):
    step = 2.0**-10  # exact, and the kinks at ±1 lie on the grid
    f = np.arange(-8, 8 + step, step)
    risks = conditional_risk(loss, eta, f)
    # The grid misses the minimum by at most step/2, where C_η″ ≤ 2: by (step/2)² in value.
    leftover = loss.bayes_risk(eta)
    assert -few <= risks.min() - leftover <= step**2 / 4 * 1.001
    best = loss.minimizer(eta)
    np.testing.assert_allclose(conditional_risk(loss, eta, best), leftover, rtol=1e-14)
    minimizers = f[risks <= risks.min() + few]
    assert minimizers[0] - step <= best <= minimizers[-1] + step


@each_loss
def test_a_sure_label_leaves_no_risk(loss):
    assert loss.bayes_risk([0, 1]).tolist() == [0, 0]
    assert loss.value(loss.minimizer(1)) == 0
    assert loss.value(-loss.minimizer(0)) == 0


# Of these both 1 − η and the mean of two are exact.
binary_fractions = st.integers(0, 1024).map(lambda k: k / 1024)


@each_loss
@given(binary_fractions, binary_fractions)
def test_bayes_risk_is_concave_and_symmetric(loss, a, b):
    h = loss.bayes_risk
    assert h((a + b) / 2) >= (h(a) + h(b)) / 2 - few
    np.testing.assert_allclose(h(1 - a), h(a), rtol=1e-15)


@each_loss
@given(st.floats(0, 1).filter(lambda eta: eta != 0.5))
def test_every_loss_is_classification_calibrated(loss, eta):
    # The best score has the sign of the likelier label: item 1.8 of the course.
    assert np.sign(loss.minimizer(eta)) == (1 if eta > 0.5 else -1)


@each_convex_loss
def test_excess_risk_bound(loss):
    # Item 1.9: ψ(excess zero-one risk) ≤ excess surrogate risk, with ψ(θ) = φ(0) − H((1+θ)/2).
    def excess(loss):
        return conditional_risk(loss, eta, f) - loss.bayes_risk(eta)

    def psi(theta):
        return loss.value(0.0) - loss.bayes_risk((1 + theta) / 2)

    eta, f = np.meshgrid(np.linspace(0, 1, 101), np.arange(-3.95, 4, 0.1))
    zero_one = MARGIN_LOSSES["zero_one"]
    assert (psi(excess(zero_one).clip(0, 1)) <= excess(loss) + 5 * few).all()  # risks up to 5
    # The grid leaves out f = 0, which here is an error for either label; the theorem gives it
    # one of the two signs. At η = ½ that score loses ½ in errors and nothing in the surrogate.
    eta, f = 0.5, 0.0
    assert excess(zero_one) == 0.5
    np.testing.assert_allclose(excess(loss), 0, atol=few)


@each_convex_loss
def test_conjugate_against_a_grid(loss):
    step = 2.0**-8
    m = np.arange(-20, 20 + step, step)
    for s in (-2.5, -1.3, -0.9, -0.5, -0.1, 0.4, 1.5):
        sup = (s * m - loss.value(m)).max()
        if loss.conjugate(s) == inf:  # the supremum runs away as the grid grows
            far = 10 * m
            assert (s * far - loss.value(far)).max() > sup + 10
        else:  # φ″ ≤ 2.5 at the maximum, missed by at most step/2
            # s m and φ(m) are at most 6 there: 8 ε of them for the rounding.
            assert -1e-14 <= loss.conjugate(s) - sup <= 2.6 / 2 * (step / 2) ** 2


@each_loss
@given(m=st.floats(-30, 30), s=st.floats(-5, 5))
def test_fenchel_young(loss, m, s):
    def gap(s):
        terms = np.array([loss.value(m), loss.conjugate(s), -s * m])
        return terms.sum(), 2 * few * np.abs(terms).max()  # 2 ε a term

    value, rounding = gap(s)
    assert value >= -rounding
    if loss is not MARGIN_LOSSES["zero_one"]:  # equality exactly at s = φ′(m)
        value, rounding = gap(loss.gradient(m))
        assert abs(value) <= 4 * rounding


def test_the_conjugate_of_the_logistic_loss_is_its_bayes_risk():
    # Entropy twice: as what is left of the loss, and as its dual (chapter 8).
    u = np.linspace(0, 1, 101)
    assert (margin.logistic_conjugate(-u) == -margin.logistic_bayes_risk(u)).all()


@given(st.floats(-700, 700))
def test_surrogates_bound_the_zero_one_loss(m):
    for name, loss in CONVEX.items():
        scale = np.log(2) if name == "logistic" else 1
        assert loss.value(m) / scale >= margin.zero_one(m)
    assert margin.logistic(0.0) < margin.zero_one(0.0)  # undivided it does not


# How arrays come in and go out


@each_loss
def test_shapes_and_kinds_of_input(loss):
    strided = np.linspace(0, 1, 12).reshape(3, 4)[:, ::2]
    strided.flags.writeable = False
    assert margin.hinge(np.array([2], dtype=np.uint8)) == 0  # 1 − 2 does not wrap to 255
    for function in loss:
        out = function(strided)
        assert out.shape == (3, 2)
        assert out.dtype == np.float64
        assert (out.ravel() == [function(x) for x in strided.ravel()]).all()
        assert isinstance(function(0.5), np.float64)
        for kind in (list, np.uint8, np.float32, bool):
            ones = [0, 1] if kind is list else np.array([0, 1], dtype=kind)
            np.testing.assert_array_equal(function(ones), function([0.0, 1.0]))


ARGUMENTS = dict(zip(margin.MarginLoss._fields, ("m", "m", "eta", "eta", "s"), strict=True))


@each_loss
@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ([0.5, nan], ValueError, "must not contain NaN, found one at index 1"),
        ([], ValueError, "must not be empty"),
        ([[1], [0, 1]], ValueError, "must be a rectangular array"),
        (["0.5"], TypeError, "must hold real numbers"),
        ([1j], TypeError, "must hold real numbers"),
    ],
)
def test_bad_pointwise_input(loss, bad, error, message):
    for field, argument in ARGUMENTS.items():
        with pytest.raises(error, match=f"^{argument} {message}"):
            getattr(loss, field)(bad)


@each_loss
@pytest.mark.parametrize("eta", [-tiny, 1 + 2**-52, [0.5, inf], [[-inf]]])
def test_eta_is_a_probability(loss, eta):
    for function in (loss.minimizer, loss.bayes_risk):
        with pytest.raises(ValueError, match=r"^eta must lie between 0 and 1, got"):
            function(eta)


# Metrics


@pytest.fixture(scope="module")
def breast_cancer():
    """Labels, and a decision from one feature alone: right mostly, wrong sometimes."""
    data = datasets.load_breast_cancer()
    perimeter = data.data[:, data.feature_names.tolist().index("worst perimeter")]
    return data.target, -3 * (perimeter - perimeter.mean()) / perimeter.std()


@pytest.mark.parametrize("weighted", [False, True])
def test_scikit_learn_agrees(breast_cancer, weighted):
    y, f = breast_cancer
    w = np.random.default_rng(0).random(len(y)) if weighted else None
    agree = {"rtol": 1e-12}  # sums of 569 terms in another order
    ours = margin.hinge_loss(y, f, sample_weight=w)
    np.testing.assert_allclose(ours, metrics.hinge_loss(y, f, sample_weight=w), **agree)
    ours = margin.zero_one_loss(y, f > 0, sample_weight=w)
    np.testing.assert_allclose(ours, metrics.zero_one_loss(y, f > 0, sample_weight=w), **agree)
    ours = np.average(margin.logistic((2 * y - 1) * f), weights=w)
    both = np.column_stack([expit(-f), expit(f)])  # 1 − σ(f) would lose digits
    np.testing.assert_allclose(ours, metrics.log_loss(y, both, sample_weight=w), **agree)


def test_hinge_loss_by_hand():
    y, f = ["no", "yes", "yes"], [-2, 0.5, -1]  # margins 2, ½, −1: losses 0, ½, 2
    assert margin.hinge_loss(y, f, sample_weight=[4, 2, 2]) == 5 / 8
    assert margin.hinge_loss([0, 1, 1], f) == margin.hinge_loss([-1, 1, 1], f) == 2.5 / 3
    # The other way round the margins are −2, −½, 1.
    assert margin.hinge_loss(y, f, labels=["yes", "no"]) == 4.5 / 3
    assert margin.hinge_loss([1, 1], [0.3, 1], labels=[0, 1]) == 0.35
    assert margin.hinge_loss([0, 1], [inf, 1]) == inf
    assert margin.hinge_loss([0, 1], [inf, 1], sample_weight=[0, 1]) == 0
    assert margin.hinge_loss([0, 1], [1e308, -1e308]) == 1e308
    # Class weights 1 and 3, as the docstring has them: (1·2 + 3·0.8 + 3·2) / 7.
    y, class_weight = np.array([0, 1, 1]), np.array([1.0, 3.0])
    weighted = margin.hinge_loss(y, [1, 0.2, -1.0], sample_weight=class_weight[y])
    np.testing.assert_allclose(weighted, 10.4 / 7, rtol=1e-15)


def test_zero_one_loss_by_hand():
    assert margin.zero_one_loss(["a", "b", "c", "b"], ["a", "c", "long", "b"]) == 0.5
    assert margin.zero_one_loss([0, 1, 2], [0.0, 1.0, 1.0]) == 1 / 3
    assert margin.zero_one_loss([3, 4, 5], [3, 9, 5], sample_weight=[1, 3, 0]) == 0.75
    assert margin.zero_one_loss([1], [1]) == 0
    # Identifiers that meet in float64 only, in which NumPy compares integers with floats.
    assert margin.zero_one_loss([2**53 + 1, 3], [float(2**53), 3.0]) == 0.5


@given(st.lists(st.integers(0, 4), min_size=6, max_size=6).filter(any))
def test_weights_are_repetitions(w):
    y, f = np.array([0, 1, 1, 0, 1, 0]), np.array([-2, 0.5, -1, 0.25, 3, 1])
    for metric, guess in ((margin.zero_one_loss, f > 0), (margin.hinge_loss, f)):
        more = {"labels": [0, 1]} if metric is margin.hinge_loss else {}
        weighted = metric(y, guess, sample_weight=w, **more)
        repeated = metric(np.repeat(y, w), np.repeat(guess, w), **more)
        np.testing.assert_allclose(weighted, repeated, rtol=1e-14)  # at most 24 terms


@pytest.mark.parametrize(
    ("metric", "y", "f", "options", "error", "message"),
    [
        ("hinge", [1, 1], [1, 2], {}, ValueError, r"y_true has 1 class.*pass labels="),
        ("hinge", [0, 1, 2], [1, 2, 3], {}, ValueError, "y_true has 3 class"),
        ("hinge", [0, 1], [1, 2], {"labels": [1, 2]}, ValueError, "y_true contains 0, .* labels"),
        ("hinge", [0, 1], [1, 2], {"labels": ["a", "b"]}, TypeError, "y_true and labels must be"),
        ("hinge", [0, 1], [1, 2, 3], {}, ValueError, r"y_true and decision .* \(2,\) and \(3,\)"),
        ("hinge", [0, 1], [[1], [2]], {}, ValueError, "decision must have shape"),
        ("hinge", [[0], [1]], [1, 2], {}, ValueError, "y_true must have shape"),
        ("hinge", [], [], {}, ValueError, "y_true must not be empty"),
        ("hinge", [0, 1], [1, nan], {}, ValueError, "decision must not contain NaN"),
        ("hinge", [0, 1], ["1", "2"], {}, TypeError, "decision must hold real numbers"),
        ("hinge", [0, 1], [1, 2], {"sample_weight": [1]}, ValueError, "sample_weight must have"),
        ("hinge", [0, 1], [1, 2], {"sample_weight": [1, -1]}, ValueError, "sample_weight must not"),
        ("zero_one", [0, 1], ["0", "1"], {}, TypeError, "y_true and y_pred must be of one kind"),
        ("zero_one", [b"a"], ["a"], {}, TypeError, "y_true and y_pred must be of one kind"),
        ("zero_one", [0, 1], [0, 1, 1], {}, ValueError, "y_true and y_pred must have the same"),
        ("zero_one", [0, 1], [[0], [1]], {}, ValueError, "y_pred must have shape"),
        ("zero_one", [], [], {}, ValueError, "y_true must not be empty"),
        ("zero_one", [0, 1], [0, nan], {}, ValueError, "y_pred must not contain NaN"),
        ("zero_one", [0], [0], {"sample_weight": [0]}, ValueError, "sample_weight must have a pos"),
        ("zero_one", np.ma.array([0, 9], mask=[0, 1]), [0, 1], {}, TypeError, "y_true is a masked"),
        ("zero_one", ["a", "b"], ["a", nan], {}, ValueError, "y_pred must not .* at index 1"),
        ("hinge", [0, 1, -1], [1, 2, 3], {"labels": {0, 1}}, TypeError, "labels must .* got set"),
    ],
)
def test_bad_input_to_the_metrics(metric, y, f, options, error, message):
    with pytest.raises(error, match=f"^{message}"):
        getattr(margin, f"{metric}_loss")(y, f, **options)
