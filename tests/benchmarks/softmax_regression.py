"""Speed of SoftmaxRegression beside LogisticRegression(solver="lbfgs"), one thread each.

What is measured: the whole `fit`, validation and whitening included, to the same quality. For
each of the two the loosest tol = 10^(−k/2) is sought at which the objective C Σ ℓ + ½‖W‖² is at
most 1e-6 (relative) above the minimum, so that neither pays for unneeded digits.
The minimum itself is SoftmaxRegression's at tol = 1e-12. C = 1.

Printed below the ratio: the gaps that both have left. The exit code is 1 if a median is over 0.3.
"""

import sys
import warnings
from functools import partial

from tests.benchmarks import race  # isort: skip  (first: it limits the threads of what is imported below)

import numpy as np
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from lossbook.softmax import SoftmaxRegression, softmax_cross_entropy
from tests.benchmarks.run import HEADER, row

GAP = 1e-6
LIMIT = 0.3


def synthetic(n):
    kinds = {"n_informative": 15, "n_redundant": 5, "n_clusters_per_class": 1}
    return make_classification(n, n_features=30, n_classes=5, random_state=0, **kinds)


def objective(model, X, y):
    z = X @ model.coef_.T + model.intercept_
    return len(y) * softmax_cross_entropy(y, z) + np.vdot(model.coef_, model.coef_) / 2


def loosest(kind, X, y, best):
    """The model of this kind with the loosest tol that leaves at most GAP, and its gap."""
    for k in range(2, 25):
        model = kind(tol=10 ** (-k / 2))
        gap = objective(model.fit(X, y), X, y) / best - 1
        if gap <= GAP:
            return model, gap
    raise AssertionError(f"{kind} never came within {GAP} of the minimum")


def contest(name, X, y):
    """The line of the table, whether the limit was kept, and the tolerances and gaps in words."""
    best = objective(SoftmaxRegression(tol=1e-12).fit(X, y), X, y)
    ours, our_gap = loosest(SoftmaxRegression, X, y, best)
    logistic = partial(LogisticRegression, solver="lbfgs", max_iter=100_000)
    theirs, their_gap = loosest(logistic, X, y, best)
    line, kept = row(name, race.race(lambda: ours.fit(X, y), lambda: theirs.fit(X, y)), LIMIT)
    said = (
        f"{name}: ours tol {ours.tol:.1e}, gap {our_gap:.1e}, {ours.n_iter_} steps; "
        f"theirs tol {theirs.tol:.1e}, gap {their_gap:.1e}, {theirs.n_iter_[0]} steps"
    )
    return line, kept, said


def main():
    warnings.simplefilter("error", ConvergenceWarning)
    print("\n".join(HEADER), flush=True)
    data = {
        "digits, 1797 × 64, 10 classes": load_digits(return_X_y=True),
        "digits / 16": (load_digits().data / 16, load_digits().target),
        "synthetic, 10000 × 30, 5 classes": synthetic(10_000),
        "synthetic, 100000 × 30, 5 classes": synthetic(100_000),
    }
    results = []
    for name, (X, y) in data.items():
        results.append(contest(name, X, y))
        print(results[-1][0], flush=True)
    print("", *(said for _, _, said in results), sep="\n")
    return 0 if all(kept for _, kept, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
