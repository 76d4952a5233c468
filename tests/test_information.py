"""Chapter 3: entropy, cross-entropy, divergence, information gain, Gini, the best split."""

import math
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.metrics import log_loss, mutual_info_score
from sklearn.tree import DecisionTreeClassifier

from lossbook.information import (
    _impurity_after_each,
    best_split,
    conditional_entropy,
    cross_entropy,
    entropy,
    gini,
    information_gain,
    kl_divergence,
    mutual_information,
)
from tests.helpers.numerical import rounding

LN2 = math.log(2)
EPS = np.finfo(float).eps
# Sums over the tables of `labellings`: 16 cells, logarithms of at most ln 40, of either sign.
CELLS = rounding(16, 2 * math.log(40))

# Masses on up to eight classes, with zeros; two masses without; two labels for each sample.
masses = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e6)), min_size=1, max_size=8).filter(any)
pairs = st.lists(st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1)), min_size=1, max_size=8)
labellings = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


def normalised(mass):
    mass = np.array(mass)
    return mass / mass.sum()


# Values. mpmath, mp.dps = 40: -sum(p * log(p)), -sum(p * log(q)), sum(p * log(p / q)), over
# log(base); for counts p = c / sum(c).
P, Q = [0.5, 0.3, 0.2], [0.2, 0.5, 0.3]


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: entropy([0.25, 0.75], base=2), 0.81127812445913286391),
        (lambda: entropy([0.25, 0.75]), 0.56233514461880835029),
        (lambda: entropy(P), 1.0296530140645735274),
        (lambda: entropy([8, 9], base=2), 0.99750254636911521613),
        (lambda: entropy([50, 50, 50], base=2), 1.5849625007211561815),
        (lambda: entropy([1, 1], base=math.e), 0.69314718055994530942),
        (lambda: entropy([1, 2], base=3), 0.57938016428569504193),
        (lambda: cross_entropy(P, Q), 1.2534576712502209787),
        (lambda: kl_divergence(P, Q), 0.22380465718564745123),
        (lambda: kl_divergence(Q, P), 0.19379419794061364316),
        (lambda: mutual_information([0, 0, 1], [0, 1, 1]), 0.17441604792151594551),
        (lambda: information_gain([0, 0, 1], [0, 1, 1], base=2), 0.25162916738782284813),
        # log(2) * 2 / 3: two of three samples are in a group of both labels
        (lambda: conditional_entropy([0, 0, 1], [0, 1, 1]), 0.46209812037329687294),
        (lambda: conditional_entropy([0, 0, 1], [0, 1, 1], base=2), 0.66666666666666666667),
        (lambda: gini([59, 71, 48]), 0.65831334427471278879),  # wine
        (lambda: gini([212, 357]), 0.46753006075469250466),  # breast cancer
    ],
)
def test_values(call, value):
    assert call() == pytest.approx(value, rel=4 * EPS, abs=0)  # a few roundings


def test_powers_of_the_base_give_exact_values():
    assert entropy([0.5, 0.25, 0.25], base=2) == 1.5
    assert entropy(np.ones(1000), base=10) == pytest.approx(3, rel=40 * EPS, abs=0)  # as below
    assert cross_entropy([0, 1], [0.875, 0.125], base=2) == 3
    assert cross_entropy([0, 1], [0.9, 0.1], base=10) == 1
    assert kl_divergence([1, 0], [0.125, 0.875], base=2) == 3
    for half in range(1, 100):
        assert information_gain([1, 0] * half, ["x", "y"] * half, base=2) == 1
    assert gini([1, 1, 1, 1]) == 0.75


# The 17 melons: (good, bad) for each value of each attribute. 西瓜书 prints 0.109 for 色泽,
# because it rounds the entropies to three digits on the way; the other five agree.
MELONS = {
    "色泽": ([(3, 3), (4, 2), (1, 4)], 0.108125),
    "根蒂": ([(5, 3), (3, 4), (0, 2)], 0.142675),
    "敲声": ([(6, 4), (2, 3), (0, 2)], 0.140781),
    "纹理": ([(7, 2), (1, 4), (0, 3)], 0.380592),
    "脐部": ([(5, 2), (3, 3), (0, 4)], 0.289159),
    "触感": ([(6, 6), (2, 3)], 0.006046),
}


@pytest.mark.parametrize("attribute", MELONS)
def test_the_melons(attribute):
    table, gain = MELONS[attribute]
    groups, y = [], []
    for value, (good, bad) in enumerate(table):
        groups += [f"value {value}"] * (good + bad)
        y += ["good"] * good + ["bad"] * bad
    assert (y.count("good"), y.count("bad")) == (8, 9)
    assert round(information_gain(y, groups, base=2), 6) == gain
    children = sum(sum(row) * entropy(row, base=2) for row in table) / 17
    difference = entropy([8, 9], base=2) - children
    assert information_gain(y, groups, base=2) == pytest.approx(difference, abs=rounding(6, 2))


# scikit-learn and SciPy as witnesses. Counts are exact; what rounds are entropies of up to ten
# classes, 18 ε · 3.4 bits = 1e-14, or the 178 terms of a log loss, 186 ε · 1.6 bits = 7e-14.
@pytest.mark.parametrize(
    ("load", "bits"),
    [
        (load_iris, 1.5849625007211561815),
        (load_wine, 1.5668222768551811407),
        (load_breast_cancer, 0.9526351224018599199),
        (load_digits, 3.3217753538402384669),
    ],
)
def test_roots_of_trees(load, bits):
    X, y = load(return_X_y=True)
    counts = np.bincount(y)
    trees = [DecisionTreeClassifier(max_depth=1, criterion=c) for c in ("entropy", "gini")]
    roots = [tree.fit(X, y).tree_.impurity[0] for tree in trees]
    assert entropy(counts, base=2) == pytest.approx(bits, rel=4 * EPS, abs=0)
    assert [entropy(counts, base=2), gini(counts)] == pytest.approx(roots, abs=1e-12)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_log_loss_of_a_tree_is_the_entropy_left_in_its_leaves(load, depth):
    X, y = load(return_X_y=True)
    tree = DecisionTreeClassifier(max_depth=depth, criterion="entropy", random_state=0).fit(X, y)
    leaf = tree.apply(X)
    left = sum((leaf == v).mean() * entropy(np.bincount(y[leaf == v]), base=2) for v in set(leaf))
    assert log_loss(y, tree.predict_proba(X)) / LN2 == pytest.approx(left, abs=1e-12)
    # and (3.7): the gain of the whole tree is what its leaves have removed.
    gain = entropy(np.bincount(y), base=2) - left
    assert information_gain(y, leaf, base=2) == pytest.approx(gain, abs=1e-12)


@given(pairs)
def test_scipy(pair):
    p, q = map(normalised, zip(*pair, strict=True))
    assert entropy(p) == pytest.approx(scipy.stats.entropy(p), abs=rounding(8, 2.1))  # ln 8
    bits = scipy.stats.entropy(p, base=2)
    assert entropy(p, base=2) == pytest.approx(bits, abs=rounding(8, 3))
    terms = scipy.special.rel_entr(p, q)
    budget = rounding(8, np.abs(terms).sum() + 1)  # Σ p − Σ q are terms, too
    assert kl_divergence(p, q) == pytest.approx(terms.sum(), abs=budget)


@given(labellings)
def test_mutual_information_of_scikit_learn(labelling):
    x, y = zip(*labelling, strict=True)
    value = mutual_information(x, y)
    assert value == pytest.approx(mutual_info_score(x, y), abs=2 * CELLS)  # it has more terms
    assert information_gain(y, x, base=2) == pytest.approx(value / LN2, abs=CELLS)


@given(labellings)
def test_conditional_entropy_of_scipy(labelling):
    """H(Y | G) = H(Y, G) − H(G), both from counts."""
    table = np.zeros((4, 4))
    np.add.at(table, tuple(zip(*labelling, strict=True)), 1)
    g, y = zip(*labelling, strict=True)
    expected = scipy.stats.entropy(table.ravel()) - scipy.stats.entropy(table.sum(axis=1))
    assert conditional_entropy(y, g) == pytest.approx(expected, abs=CELLS)


# Identities and bounds.
@given(labellings)
def test_conditional_entropy_is_what_the_gain_leaves(labelling):
    y, groups = zip(*labelling, strict=True)
    left, all_of_it = conditional_entropy(y, groups, base=2), entropy(np.bincount(y), base=2)
    gain = information_gain(y, groups, base=2)
    assert left == pytest.approx(all_of_it - gain, abs=CELLS)
    assert 0 <= left <= all_of_it + CELLS
    assert conditional_entropy(y, [0] * len(y), base=2) == pytest.approx(all_of_it, abs=CELLS)


@given(labellings)
def test_groups_that_determine_the_label_leave_exactly_nothing(labelling):
    y, other = map(np.array, zip(*labelling, strict=True))
    for groups in (y, y.astype(str), 4 * y + other):
        assert conditional_entropy(y, groups) == 0
        assert math.copysign(1, conditional_entropy(y, groups)) == 1  # 0, not −0


def test_conditional_entropy_is_not_symmetric():
    """Twelve samples: the number of the sample tells its parity, parity not the number."""
    number, parity = np.arange(12), np.arange(12) % 2
    assert conditional_entropy(parity, number, base=2) == 0
    assert conditional_entropy(number, parity, base=2) == pytest.approx(math.log2(6), rel=4 * EPS)


@given(masses)
def test_entropy_and_gini_are_bounded(mass):
    assert 0 <= entropy(mass) <= math.log(len(mass)) + rounding(8, 2.1)
    assert 0 <= gini(mass) <= 1 - 1 / len(mass) + rounding(8, 1)


@given(masses, st.randoms())
def test_order_and_scale_of_a_mass_do_not_matter(mass, random):
    shuffled = random.sample(mass, len(mass))
    for impurity in (entropy, gini):
        assert impurity(shuffled) == pytest.approx(impurity(mass), abs=rounding(8, 2.1))
        assert impurity(np.array(mass) * 2.0**-90) == impurity(mass)  # exact: a power of two


@given(pairs, st.floats(0, 1))
def test_entropy_and_gini_are_concave(pair, t):
    p, q = map(normalised, zip(*pair, strict=True))
    for impurity in (entropy, gini):
        chord = (1 - t) * impurity(p) + t * impurity(q)
        assert impurity((1 - t) * p + t * q) >= chord - rounding(8, 2 * 2.1)


@given(pairs)
def test_cross_entropy_is_entropy_plus_divergence(pair):
    p, q = map(normalised, zip(*pair, strict=True))
    total = entropy(p, base=2) + kl_divergence(p, q, base=2)
    budget = rounding(8, 2 * 23)  # p / q < 8e6
    assert cross_entropy(p, q, base=2) == pytest.approx(total, abs=budget)
    assert kl_divergence(p, q) >= 0 == kl_divergence(p, p)


def test_entropy_is_the_least_cross_entropy():
    """(3.6): of all predictions q, the class proportions leave the smallest log loss."""
    grid = [(i / 20, j / 20, (20 - i - j) / 20) for i in range(21) for j in range(21 - i)]
    p = (0.25, 0.6, 0.15)
    losses = {q: cross_entropy(p, q) for q in grid}
    assert min(losses, key=losses.get) == pytest.approx(p)
    assert min(losses.values()) == pytest.approx(entropy(p), abs=rounding(3, 1))


@given(labellings, st.randoms())
def test_mutual_information_sees_neither_order_nor_names(labelling, random):
    x, y = map(np.array, zip(*labelling, strict=True))
    value = mutual_information(x, y)
    order = random.sample(range(len(x)), len(x))
    assert mutual_information(x[order], y[order]) == value
    assert mutual_information(y, x) == pytest.approx(value, abs=CELLS)
    renamed = np.array(list("zebu"))[x], -2.5 * y
    assert mutual_information(*renamed) == pytest.approx(value, abs=CELLS)
    smaller = min(entropy(np.bincount(x)), entropy(np.bincount(y)))
    assert 0 <= value <= smaller + CELLS
    assert mutual_information(y, y) == pytest.approx(entropy(np.bincount(y)), abs=CELLS)


# Small numbers and large ones.
@pytest.mark.parametrize("shift", [1e-3, 1e-6, 1e-9, 1e-12, 1e-15])
def test_divergence_of_nearly_equal_distributions(shift):
    """Σ p log(p/q) evaluated literally is off by 1e-17 or more: all of it, below 1e-9."""
    p = np.array([0.1, 0.2, 0.3, 0.4])
    q = p + shift * np.array([1, 2, -5, 2])  # whose sum is 1 ± 3e-17
    with mpmath.workdps(60):
        exact_p, exact_q = ([mpmath.mpf(float(v)) for v in vector] for vector in (p, q))
        exact_p, exact_q = ([v / sum(vector) for v in vector] for vector in (exact_p, exact_q))
        terms = [a * mpmath.log(a / b) for a, b in zip(exact_p, exact_q, strict=True)]
        exact = float(mpmath.fsum(terms))
    # Each term, of size `shift`, is right to a rounding; the sum is of size shift².
    assert kl_divergence(p, q) == pytest.approx(exact, rel=EPS / shift, abs=0)
    assert kl_divergence(p, q, base=2) == pytest.approx(exact / LN2, rel=EPS / shift, abs=0)


def float32_rows(n_classes):
    """Softmax in float32; the sums are off 1 by up to 3e-7."""
    z = np.random.default_rng(n_classes).normal(size=(100, n_classes)).astype(np.float32)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("n_classes", [2, 10, 1000])
def test_distributions_of_float32_models(n_classes):
    p = float32_rows(n_classes)
    assert np.abs(p.sum(axis=1, dtype=float) - 1).max() > 1e-8  # else this shows nothing
    for one, other in zip(p, p[::-1], strict=True):
        exact = one.astype(float) / one.sum(dtype=float)
        for as_given in (one, one.tolist(), one.astype(float), one.astype(object)):
            assert kl_divergence(as_given, as_given) == 0
            # Sums that differ by s = 3e-7 leave ½ s² and never less than 0; s itself cancels.
            assert 0 <= kl_divergence(as_given, exact) < 1e-13
            assert 0 <= kl_divergence(exact, as_given) < 1e-13
            surprise = -(one.astype(float) @ np.log(other.astype(float)))  # as they are
            budget = rounding(n_classes, surprise)
            assert cross_entropy(as_given, other) == pytest.approx(surprise, abs=budget)
        one, other = one.astype(float), other.astype(float)
        divergence = scipy.special.kl_div(one, other).sum()
        budget = rounding(n_classes, np.abs(one * np.log(one / other)).sum() + 2)
        assert kl_divergence(one, other) == pytest.approx(divergence, abs=budget)


def test_divergence_where_sums_are_off_by_rounding():
    """The float32 softmax of (1, 2, 3) has a sum of 1 − 1.5e-8."""
    p = np.float32([0.09003057, 0.24472848, 0.66524094])
    q = np.float32([0.3, 0.3, 0.4])
    with mpmath.workdps(40):
        a, b = ([mpmath.mpf(float(v)) for v in vector] for vector in (p, q))
        as_they_are = mpmath.fsum(x * mpmath.log(x / y) - x + y for x, y in zip(a, b, strict=True))
        a, b = ([v / sum(vector) for v in vector] for vector in (a, b))
        normalised = mpmath.fsum(x * mpmath.log(x / y) for x, y in zip(a, b, strict=True))
    assert kl_divergence(p, q) == pytest.approx(float(as_they_are), abs=rounding(3, 0.5))
    # The divergence is as many times too large as the sum of p: 1e-7 of it.
    assert kl_divergence(p, q) == pytest.approx(float(normalised), rel=1e-7)


def test_divergence_of_neighbours_is_not_negative():
    """Two and two units in the last place apart, found by search: the sum comes to −2e-32."""
    p = [0.39421049566488975, 0.4673951583661231, 0.13839434596898706]
    q = [0.39421049566488975, 0.467395158366123, 0.13839434596898711]
    assert 0 <= kl_divergence(p, q) < 1e-30


def test_mutual_information_of_nearly_independent_labels():
    # mpmath, mp.dps = 40: sum(c / n * log(c / n * 4)). A cell is off independence by the factor
    # 1 ± 4e-6, hence as above an error of EPS / 4e-6 = 6e-11.
    counts = [250001, 249999, 249999, 250001]
    x, y = np.repeat([0, 0, 1, 1], counts), np.repeat([0, 1, 0, 1], counts)
    assert mutual_information(x, y) == pytest.approx(8.0000000000213333e-12, rel=1e-10, abs=0)


def test_independent_labels_share_exactly_nothing():
    x, y = np.divmod(np.arange(7 * 11), 11)
    assert mutual_information(x, y) == 0
    assert information_gain(y, np.zeros(77)) == 0


@pytest.mark.parametrize("tiny", [5e-324, 1e-320, 1e-310, 1e-300])
def test_divergence_from_a_tiny_probability(tiny):
    """p / q overflows, its logarithm does not."""
    expected = float(0.5 * mpmath.log(0.5 / mpmath.mpf(tiny)) + 0.5 * mpmath.log(0.5))
    assert kl_divergence([0.5, 0.5], [tiny, 1]) == pytest.approx(expected, rel=1e-15, abs=0)
    assert kl_divergence([tiny, 1], [0.5, 0.5]) == pytest.approx(LN2, rel=1e-15, abs=0)


@pytest.mark.parametrize("nothing", [[], [0.0], [0, 0], np.zeros(3, dtype=np.uint8)])
def test_no_mass_weighs_nothing(nothing):
    assert entropy(nothing) == gini(nothing) == 0


def test_extreme_masses():
    for size in (1e308, 1e-320, 5e-324, 1.7976931348623157e308):
        assert entropy([size, size], base=2) == 1
        assert gini([size, size]) == 0.5
    assert entropy([1e308, 1e-320]) == 0
    # NumPy adds in blocks of 128, eight sums in each, and these in pairs: for 10⁶ terms there are
    # 16 + 3 + 13 additions on the way of each, for 10³ fewer; the mass and the surprise are sums.
    assert entropy(np.full(10**6, 0.1)) == pytest.approx(math.log(10**6), rel=64 * EPS, abs=0)
    assert math.copysign(1, entropy([3])) == 1  # 0, not −0


def test_infinite_values_are_silent():
    assert cross_entropy([0.5, 0.5], [1, 0]) == kl_divergence([0.5, 0.5], [0, 1]) == math.inf
    assert cross_entropy([0, 1], [0, 1]) == kl_divergence([0, 1], [0, 1]) == 0
    assert kl_divergence([0, 1], [0.5, 0.5]) == pytest.approx(LN2, rel=4 * EPS)


# The best split.
def stump(x, y):
    """What scikit-learn splits: (threshold, gain in bits)."""
    x = np.array(x, dtype=float).reshape(len(y), -1)
    with np.errstate(all="ignore"):  # it adds up all of x to find infinities
        tree = DecisionTreeClassifier(max_depth=1, criterion="entropy").fit(x, y).tree_
    if tree.node_count == 1:
        return math.inf, 0.0
    parent, *children = tree.impurity
    return tree.threshold[0], parent - children @ (tree.n_node_samples[1:] / len(x))


def all_splits(x, y):
    """(cost, threshold) of every split, the cost n_l H_l + n_r H_r as exp of it: a fraction.

    n H = n log n − Σ c log c, so exp(n H) = nⁿ / Π c^c: whole numbers, in which ties are ties.
    """
    x, y = np.float32(x), np.array(y)
    values = sorted(set(x.tolist()))

    def power(side):
        counts = [int(c) for c in np.unique(y[side], return_counts=True)[1]]
        return Fraction(sum(counts) ** sum(counts), math.prod(c**c for c in counts))

    for low, high in pairwise(values):
        if np.float32(high) > np.float32(low) + np.float32(1e-7):
            yield power(x <= low) * power(x > low), low / 2 + high / 2


# Ties; neighbours in float32, around 0 and 1e-7; numbers that only float64 tells apart; the ends.
numbers = st.one_of(
    st.integers(-3, 3).map(float),
    st.integers(-4, 4).map(lambda k: k * 5e-8),
    st.integers(-4, 4).map(lambda k: 1 + k * 2.0**-24),
    st.integers(-4, 4).map(lambda k: 4 + k * 2.0**-22),
    st.sampled_from([-3.4e38, -1e-40, -0.0, 1e-40, 1e30, 3.4e38]),
)
samples = st.lists(st.tuples(numbers, st.integers(0, 2)), min_size=1, max_size=24)


@given(samples)
def test_best_split_against_every_split(sample):
    x, y = zip(*sample, strict=True)
    splits = sorted(all_splits(x, y)) if len(set(y)) > 1 else []
    split = best_split(x, y)
    if not splits:
        assert split == (math.inf, 0)
        return
    (cost, threshold), *others = splits
    assert split.threshold == threshold  # to the last bit, and the lowest of those that tie
    counts = np.unique(y, return_counts=True)[1]
    gain = entropy(counts) - math.log(cost) / len(x)
    assert split.gain == pytest.approx(gain, abs=rounding(6, 3))
    rule = np.float64(np.float32(x)) <= threshold
    assert split.gain == pytest.approx(information_gain(y, rule), abs=rounding(6, 2.2))

    witness, gain = stump(x, y)
    assert split.gain / LN2 == pytest.approx(gain, abs=1e-12)  # as for the trees above
    assert split.threshold == witness or cost == others[0][0]  # it breaks ties by its rounding


# Thresholds of the float32 features: 1.575 and 0.8 are not among them.
@pytest.mark.parametrize(
    ("load", "feature", "threshold", "gain"),
    [
        (load_wine, 6, 1.5750000476837158, 0.6468552711),  # flavanoids
        (load_breast_cancer, 22, 105.95000076293945, 0.5619868851),  # worst perimeter
        (load_iris, 2, 2.449999988079071, 0.9182958341),  # petal length
        (load_iris, 3, 0.800000011920929, 0.9182958341),  # petal width: a tie of features
    ],
)
def test_best_stumps(load, feature, threshold, gain):
    X, y = load(return_X_y=True)
    split = best_split(X[:, feature], y, base=2)
    assert split.threshold == threshold
    assert split.gain == pytest.approx(gain, abs=5e-11)  # ten printed digits
    assert stump(X, y)[1] == pytest.approx(gain, abs=5e-11)  # of all features
    gains = [best_split(column, y, base=2).gain for column in X.T]
    assert max(gains) == split.gain
    assert stump(X[:, feature], y) == (threshold, pytest.approx(split.gain, abs=1e-12))


def test_best_split_of_a_million():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 10**6)
    x = rng.normal(y, 3)
    assert best_split(x, y, base=2) == pytest.approx(stump(x, y), rel=0, abs=1e-12)


def test_ties_go_to_the_lower_threshold():
    # In bits, 0|100110 costs 6 log 6 − 6 log 3 = 6; 0100|110 costs (8 − 3 log 3) + (3 log 3 − 2).
    assert best_split(range(7), [0, 1, 0, 0, 1, 1, 0]).threshold == 0.5
    # Labels that read the same from both ends: a running sum must not drift on the way.
    half = np.random.default_rng(0).integers(0, 2, 10**5)
    x, y = np.arange(2 * 10**5), np.concatenate([half, half[::-1]])
    costs = _impurity_after_each(y, np.bincount(y))
    assert (costs == costs[::-1]).all()
    assert best_split(x, y).threshold == stump(x, y)[0] < 10**5 - 1


@pytest.mark.parametrize(
    ("x", "y", "threshold"),
    [
        ([0, 0.0, 1e-7, 1e-7], [0, 0, 1, 1], math.inf),  # no further apart than 1e-7
        ([0, 0.9e-7, 1.8e-7], [0, 0, 1], math.inf),  # nor is any neighbour of the next
        ([0, 2e-7], [0, 1], float(np.float32(2e-7)) / 2),
        ([1, 1 + 1e-9], [0, 1], math.inf),  # one number in float32
        ([1, 1 + 2.0**-23], [0, 1], math.inf),  # neighbours: 1 + 1e-7 is rounded up to the next
        ([2, 2 + 2.0**-22], [0, 1], 2 + 2.0**-23),  # neighbours: 2 + 1e-7 is rounded down to 2
        ([-3.4e38, 3.4e38], [0, 1], 0.0),
        ([3.3e38, 3.4e38], [0, 1], float(np.float32(3.3e38)) / 2 + float(np.float32(3.4e38)) / 2),
        ([1, 2, 3], [5, 5, 5], math.inf),  # pure: nothing to gain
        ([4], ["a"], math.inf),
        ([1, 1, 2, 2], [0, 1, 0, 1], 1.5),  # a split, though it gains nothing
        ([1, 2, 3], [0, 1, 0], 1.5),  # a tie: the lower one
        ([3, 1, 2], ["b", "a", "b"], 1.5),
    ],
)
def test_best_split_edges(x, y, threshold):
    assert best_split(x, y).threshold == threshold == stump(x, y)[0]


def test_best_split_of_many_classes():
    x = np.arange(1000)
    assert best_split(x, x, base=2) == (499.5, pytest.approx(1))


# Continuous columns.
CONTINUOUS = np.random.default_rng(5).normal(size=500)
HALVES = np.arange(500) % 7 / 2  # seven labels, not all of them whole


@pytest.mark.parametrize("measure", [mutual_information, information_gain, conditional_entropy])
def test_continuous_columns_are_taken_with_a_warning(measure):
    names = ("x", "y") if measure is mutual_information else ("y", "groups")
    y = np.arange(500) % 2
    message = "looks continuous, 500 different numbers in 500 samples.*np.digitize.*best_split"
    for column in (CONTINUOUS, CONTINUOUS.astype(np.float32), CONTINUOUS.tolist()):
        with pytest.warns(UserWarning, match=f"^{names[0]} {message}") as caught:
            measure(column, y)
        assert caught[0].filename == __file__  # the line of the caller
        with pytest.warns(UserWarning, match=f"^{names[1]} {message}"):
            value = measure(y, column)
        assert value == pytest.approx(0 if measure is conditional_entropy else LN2, rel=4 * EPS)


@pytest.mark.parametrize("measure", [mutual_information, information_gain, conditional_entropy])
@pytest.mark.parametrize(
    "labels",
    [
        HALVES,  # scikit-learn warns of every number that is not whole
        np.arange(500),  # identifiers cannot be told from labels
        np.arange(500.0),
        np.arange(500).astype(str),
        np.digitize(CONTINUOUS, [-1, 0, 1]),  # the cure of the message
        np.repeat([0.25, 0.5, 0.75, 1.5], 125),
    ],
)
def test_labels_are_taken_without_a_warning(measure, labels):
    measure(labels, np.arange(500) % 2)  # warnings are errors
    measure([0.5, 1.5, 2.5, 3.5], [0, 0, 1, 1])


def test_a_threshold_takes_continuous_columns():
    assert best_split(CONTINUOUS, CONTINUOUS > 0).gain > 0.6


# Inputs.
def test_inputs_of_every_kind_give_the_same_and_stay_as_they_were():
    counts = np.array([3, 9, 4, 9, 5, 9], dtype=np.uint8)[::2]
    counts.flags.writeable = False
    for given_as in (counts, counts.tolist(), counts.astype(np.float32), tuple(counts)):
        assert entropy(given_as) == entropy([3, 4, 5])
        assert gini(given_as) == gini([3, 4, 5])
    x, y = np.array([3.0, 1.0, 2.0, 0.0]), np.array([1, 0, 1, 0], dtype=np.uint64)
    x.flags.writeable = y.flags.writeable = False
    assert best_split(x, y) == best_split(x[::-1], y[::-1]) == (1.5, pytest.approx(LN2))
    for labels in (y.astype(bool), y * 10.0**6, 3 * y, y.astype(int) - 5, list("baba")):
        assert best_split(x, labels) == best_split(x, y)
    assert x.tolist() == [3, 1, 2, 0]
    assert counts.tolist() == [3, 4, 5]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: entropy([0.5, -0.1]), ValueError, r"p must not be negative, got -0\.1"),
        (lambda: entropy([1, np.inf]), ValueError, "p must be finite, got inf"),
        (lambda: gini([1, np.nan]), ValueError, "p must not contain NaN, found one at index 1"),
        (lambda: entropy([[0.5, 0.5]]), ValueError, r"p must have shape \(K,\), got \(1, 2\)"),
        (lambda: gini(3), ValueError, r"p must have shape \(K,\), got \(\)"),
        (lambda: entropy(["a"]), TypeError, "p must hold real numbers"),
        (lambda: entropy([1], base=1), ValueError, "base must be .* greater than 1, .* got 1"),
        (lambda: kl_divergence([1], [1], base=0.5), ValueError, "base must be"),
        (lambda: cross_entropy([1], [1], base=np.inf), ValueError, "base must be"),
        (lambda: information_gain([1], [1], base=[2]), ValueError, "base must be"),
        (lambda: best_split([1], [1], base="2"), TypeError, "base must be a number, got .2."),
        (lambda: cross_entropy([0.5, 0.6], [0.5, 0.5]), ValueError, r"p must .* a sum of 1\.1"),
        (lambda: kl_divergence([0.5, 0.5], [3, 4]), ValueError, r"q must .* a sum of 7\.0"),
        (lambda: cross_entropy([1, 0], [1.5, -0.5]), ValueError, "q must not be negative"),
        (lambda: cross_entropy([1], [1 + 2e-8]), ValueError, r"a sum of 1\.00000002"),
        (lambda: cross_entropy([1e308, 1e308], [0, 1]), ValueError, "p must .* a sum of inf"),
        (lambda: cross_entropy([], []), ValueError, r"p must have shape \(n,\) with n ≥ 1"),
        (lambda: kl_divergence([0.5, 0.5], [1]), ValueError, "p and q must have the same shape"),
        (lambda: mutual_information([], []), ValueError, "x must not be empty"),
        (lambda: mutual_information([1, 2], [1]), ValueError, "x and y must have the same shape"),
        (lambda: information_gain([1, 2], [1]), ValueError, "y and groups must have the same"),
        (lambda: information_gain([1], [np.nan]), ValueError, "groups must not contain NaN"),
        (lambda: information_gain([1, "a", None], [1, 2, 3]), TypeError, "y must hold labels"),
        (lambda: conditional_entropy([1, 2], [1]), ValueError, "y and groups must have the same"),
        (lambda: mutual_information(["a", np.nan], [0, 1]), ValueError, "x must .* index 1"),
        (lambda: kl_divergence([np.nan, 1], [0, 1]), ValueError, "p must not contain NaN"),
        (lambda: cross_entropy([0, 1], [3, -2]), ValueError, r"q must not .* softmax\(q\)"),
        (lambda: best_split([], []), ValueError, r"x must have shape \(n,\) with n ≥ 1"),
        (lambda: best_split([1, 2], [1]), ValueError, "x and y must have the same shape"),
        (lambda: best_split([1, np.nan], [0, 1]), ValueError, "x must not contain NaN"),
        (lambda: best_split([1, -1e39], [0, 1]), ValueError, r"x must stay .*, got -1e\+39"),
        (lambda: best_split([np.inf, 1], [0, 1]), ValueError, "x must stay .*, got inf"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
