"""The SVM beside scikit-learn's, one thread each, both with their certificates.

Each row fits the same data with both, kernel matrix and validation included. Beside the times
stand what each leaves of KKT (the largest wrong side of a margin) and of the duality gap,
relative to 1 + P. The exit code is 1 if a ratio is over its limit or a certificate of ours fails.
A second table holds what no solver in Python gets around on small data.
`--long` adds what takes minutes.
"""

import sys
import tracemalloc
import warnings
from functools import partial
from time import process_time
from typing import NamedTuple

from tests.benchmarks import race  # isort: skip  (first: it limits the threads of what is imported below)

import numpy as np
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.utils.validation import validate_data

from lossbook.svm import KernelSVM, rbf_kernel
from lossbook.svm._gram import GaussianRows

HEADER = [
    "| contest | ours ms | theirs ms | ratio median [quartiles] | limit | verdict | "
    "ours: KKT, gap/(1+P) | theirs |",
    "|---|---:|---:|---:|---:|---|---|---|",
]


class Data(NamedTuple):
    name: str
    X: np.ndarray
    y: np.ndarray


def small_data():
    X, y = datasets.load_breast_cancer(return_X_y=True)
    yield Data("breast_cancer 569 × 30", StandardScaler().fit_transform(X), y)
    X, y = datasets.load_digits(return_X_y=True)
    pair = (y == 3) | (y == 8)
    yield Data("digits 3/8 357 × 64", X[pair] / 16, y[pair] == 8)


def classification(n):
    return Data(f"classification {n} × 20", *datasets.make_classification(n, 20, random_state=0))


def moons(n):
    return Data(f"moons {n} × 2", *datasets.make_moons(n, noise=0.3, random_state=0))


def told(model, data):
    """(KKT, gap/(1+P), P) of a fitted model, from what it says in its attributes."""
    y = np.where(data.y == model.classes_[1], 1.0, -1.0)
    C = np.full(len(y), float(model.C))
    if not hasattr(model, "dual_coef_"):  # LinearSVC keeps no multipliers
        scores = data.X @ model.coef_[0] + model.intercept_[0]
        hinge = np.maximum(0, 1 - y * scores).sum()
        return np.nan, np.nan, 0.5 * model.coef_[0] @ model.coef_[0] + model.C * hinge
    beta = model.dual_coef_[0]
    alpha = np.zeros(len(y))
    alpha[model.support_] = np.abs(beta)
    b, support = model.intercept_[0], data.X[model.support_]
    if model.kernel == "linear":  # near the origin less is rounded off
        centre = data.X.mean(axis=0)
        w = beta @ (support - centre)
        scores, b = (data.X - centre) @ w, b + centre @ w
    else:
        gamma, scores = 1 / (data.X.shape[1] * data.X.var()), np.empty(len(y))
        for rows in np.array_split(np.arange(len(y)), -(-len(y) // 1000)):
            scores[rows] = rbf_kernel(data.X[rows], support, gamma=gamma) @ beta
    m = y * (scores + b)
    lam, mu = np.maximum(0, m - 1), np.maximum(0, 1 - m)
    wrong = max(lam[alpha > 0].max(initial=0), mu[alpha < C].max(initial=0), abs(alpha @ y))
    primal = 0.5 * beta @ scores[model.support_] + C @ mu
    gap = (alpha * lam + (C - alpha) * mu).sum() - b * (alpha @ y)
    return wrong, abs(gap) / (1 + primal), primal


def fitted(model, data):
    """Seconds of one fit, and whether it converged."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = process_time()
        model.fit(data.X, data.y)
        spent = process_time() - start
    return spent, not any(issubclass(one.category, ConvergenceWarning) for one in caught)


def contest(data, ours, theirs, limit, seconds):
    """A line of the table, and whether the limit and the certificate were kept."""
    _, certified = fitted(ours, data)
    spent, converged = fitted(theirs, data)  # where they stop early the ratio flatters them
    mine, other = told(ours, data), told(theirs, data)
    if spent > seconds:
        own = sorted(fitted(ours, data)[0] for _ in range(3))
        low, middle, high = (one / spent for one in own)
        result = race.Result(1e3 * own[1], 1e3 * spent, low, middle, high)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            result = race.race(
                lambda: ours.fit(data.X, data.y),
                lambda: theirs.fit(data.X, data.y),
                seconds=seconds,
                turns=15,
                least=0.005,
            )
    certified &= mine[0] <= 1e-8 and mine[1] <= 1e-10
    kept = result.middle <= limit
    left = f"{other[0]:.0e}, {other[1]:.0e}"
    if np.isnan(other[0]):
        left = f"P is {other[2] / mine[2] - 1:+.0e} off"
    cells = [
        f"{data.name}, {type(theirs).__name__}, C = {ours.C}, tol {theirs.tol:g}",
        f"{result.ours:.2f}",
        f"{result.theirs:.2f}",
        f"{result.middle:.3f} [{result.low:.3f}, {result.high:.3f}]",
        f"{limit}",
        "**no certificate**" if not certified else "kept" if kept else "**over**",
        f"{mine[0]:.0e}, {mine[1]:.0e}",
        left if converged else f"{left}, stopped early",
    ]
    return f"| {' | '.join(cells)} |", kept and certified


def linear_contests(short):
    sets = [*small_data(), classification(500), moons(500), classification(1000), moons(1000)]
    if not short:
        sets += [classification(10_000), moons(10_000)]
    for data in sets:
        n = len(data.y)
        most = 2 * 10**13 // n**2  # steps; at n = 10 000 LIBSVM would go on for minutes
        for C in (1, 100):
            ours = KernelSVM(C=C, kernel="linear")
            limit = 1.3 if n < 1000 else 0.2
            yield data, ours, SVC(C=C, kernel="linear", tol=1e-6, max_iter=most), limit
            if n >= 500 and C == 1:
                peer = LinearSVC(C=C, loss="hinge", max_iter=10**8 // n, random_state=0)
                yield data, ours, peer, 1.0


def rbf_contests(short):
    sets = [*small_data()]
    for n in (500, 1000, 2000):
        sets += [classification(n), moons(n)]
    if not short:
        sets += [classification(5000), moons(5000)]
    for data in sets:
        for C in (1, 100):
            limit = 2.0 if len(data.y) > 2000 else 1.1 if C == 1 else 1.5
            for tol in (1e-3, 1e-6):  # LIBSVM's default, and as far as it goes
                yield data, KernelSVM(C=C), SVC(C=C, tol=tol), limit


def floors():
    """Lines on what a fit of small data pays beside its calls of NumPy, and all of SVC's fit."""
    cancer, digits = small_data()
    rbf = [("rbf", data) for data in (cancer, digits, moons(500), moons(1000))]
    for kernel, data in [("linear", digits), ("linear", classification(1000)), *rbf]:
        ours, theirs = KernelSVM(kernel=kernel), SVC(kernel=kernel)
        steps = ours.fit(data.X, data.y).n_iter_
        gamma = 1 / (data.X.shape[1] * data.X.var())
        work, times = partial(GaussianRows(data.X, gamma).whole, np.float32), 1
        if kernel == "linear":
            work, times = partial(np.matmul, data.X.T, data.X), steps
        read = partial(validate_data, ours, data.X, data.y, dtype=np.float64)
        short = {"seconds": 1, "turns": 9, "least": 0.005}
        parts = race.race(read, work, **short)
        whole = race.race(
            partial(ours.fit, data.X, data.y), partial(theirs.fit, data.X, data.y), **short
        )
        yield (
            f"| {data.name}, {kernel} | {parts.ours:.2f} | {times * parts.theirs:.2f} | "
            f"{steps} | {whole.ours:.2f} | {whole.theirs:.2f} |"
        )


def growth(make, sizes, kernel, C):
    """Lines on KernelSVM alone: time, memory in units of X or of the kernel matrix, certificate."""
    for n in sizes:
        data, model = make(n), KernelSVM(C=C, kernel=kernel)
        start = process_time()
        model.fit(data.X, data.y)
        spent = process_time() - start
        tracemalloc.start()
        model.fit(data.X, data.y)
        unit = data.X.nbytes if kernel == "linear" else 8 * n * n
        memory = tracemalloc.get_traced_memory()[1] / unit
        tracemalloc.stop()
        kkt, gap, _ = told(model, data)
        yield (
            f"| {data.name}, {kernel}, C = {C} | {1e3 * spent:.0f} | {memory:.2f} | {kkt:.0e}, "
            f"{gap:.0e} |"
        )


def main():
    short = "--long" not in sys.argv
    print("\n".join(HEADER), flush=True)
    all_kept = True
    for contests in (linear_contests(short), rbf_contests(short)):
        for data, ours, theirs, limit in contests:
            line, kept = contest(data, ours, theirs, limit, seconds=1 if short else 3)
            print(line, flush=True)
            all_kept &= kept
    print()
    print("What is over on small data goes into calls of NumPy: 7 µs a pair step, 60 µs a step of")
    print("the interior point beside its matrix product.\n")
    print("| C = 1, ms | validation | kernel matrix or products | steps | our fit | SVC's fit |")
    print("|---|---:|---:|---:|---:|---:|")
    for line in floors():
        print(line, flush=True)
    print()
    print("| KernelSVM | ms | peak memory / X or K | KKT, gap/(1+P) |")
    print("|---|---:|---:|---|")
    sizes = [10_000, 100_000] if short else [10_000, 100_000, 1_000_000]
    for kernel, C, n in (("linear", 1, sizes), ("rbf", 1, [2000, 5000]), ("rbf", 100, [2000])):
        for line in growth(classification, n, kernel, C):
            print(line, flush=True)
    return 0 if all_kept else 1


if __name__ == "__main__":
    sys.exit(main())
