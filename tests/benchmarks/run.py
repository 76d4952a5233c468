"""Speed beside scikit-learn, one thread each: `make bench`.

Each contest first makes sure that both give the same answer. The table is printed and written to
results.md; the exit code is 1 if a median is over its limit. No other place claims a speed.

Limits are for the kind of processor, which the table names: with AVX-512 NumPy's exp takes a
seventh of the time. NPY_DISABLE_CPU_FEATURES makes a lesser kind of the processor at hand, for
NumPy, not for the compiled code of scikit-learn; with NumPy 2.4, for example::

    NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4" python -m tests.benchmarks.run
"""

import os
import platform
import sys
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import race  # isort: skip  (first: it limits the threads of what is imported below)

import numpy as np
import sklearn
from sklearn import metrics
from sklearn._loss.loss import HalfMultinomialLoss, HuberLoss, PinballLoss
from sklearn.tree import DecisionTreeClassifier

from lossbook.information import best_split
from lossbook.regression import (
    mean_huber_loss_with_gradient,
    mean_pinball_loss_with_gradient,
    mean_squared_error,
)
from lossbook.softmax import softmax_cross_entropy_with_gradient

HEADER = [
    "| contest | ours ms | theirs ms | ratio median [quartiles] | limit | verdict |",
    "|---|---:|---:|---:|---:|---|",
]


def has_avx512():
    """Whether NumPy works with AVX-512; the feature has another name from NumPy 2.4 on."""
    features = np._core._multiarray_umath.__cpu_features__
    return any(features.get(name, False) for name in ("AVX512_SKX", "X86_V4"))


def kind_of_processor():
    kind = f"{platform.machine()} {'with' if has_avx512() else 'without'} AVX-512"
    disabled = os.environ.get("NPY_DISABLE_CPU_FEATURES")
    return f"{kind} (switched off: {disabled})" if disabled else kind


class Contest(NamedTuple):
    """Two functions without arguments that give the same; ours may take `limit` of their time."""

    name: str
    ours: object
    theirs: object
    limit: float

    def run(self):
        for our, their in zip(self.ours(), self.theirs(), strict=True):
            # Gradients: p − 1 rounds at 1e-16, before the division by n.
            np.testing.assert_allclose(our, their, rtol=1e-10, atol=1e-15)
        return race.race(self.ours, self.theirs)


def mean_with_gradient(loss, y, prediction):
    """scikit-learn's compiled loss, averaged: what its own solvers do with it."""
    losses, gradient = loss.loss_gradient(y, prediction, n_threads=1)
    gradient /= len(y)
    return losses.mean(), gradient


def softmax_contest(n, n_classes, limit):
    rng = np.random.default_rng(0)
    logits, y = 3 * rng.normal(size=(n, n_classes)), rng.integers(n_classes, size=n)
    loss, y_float = HalfMultinomialLoss(n_classes=n_classes), y.astype(float)
    return Contest(
        f"softmax cross-entropy with gradient, {n} × {n_classes}",
        lambda: softmax_cross_entropy_with_gradient(y, logits),
        lambda: mean_with_gradient(loss, y_float, logits),
        limit,
    )


def regression_contests(n):
    rng = np.random.default_rng(1)
    y, f = rng.normal(size=(2, n))
    huber, pinball = HuberLoss(delta=1.35), PinballLoss(quantile=0.1)
    return [
        Contest(
            f"Huber loss with gradient, {n}",
            lambda: mean_huber_loss_with_gradient(y, f, delta=1.35),
            lambda: mean_with_gradient(huber, y, f),
            0.6,
        ),
        Contest(
            f"pinball loss with gradient, {n}",
            lambda: mean_pinball_loss_with_gradient(y, f, quantile=0.1),
            lambda: mean_with_gradient(pinball, y, f),
            0.5,
        ),
        Contest(
            f"mean squared error, {n}",
            lambda: [mean_squared_error(y, f)],
            lambda: [metrics.mean_squared_error(y, f)],
            0.6,
        ),
    ]


def split_contest(n, n_classes, limit):
    rng = np.random.default_rng(2)
    x = rng.normal(size=n).astype(np.float32)  # the precision of scikit-learn's trees
    y = np.clip(np.floor(n_classes / 2 + x + rng.normal(size=n)), 0, n_classes - 1).astype(int)
    X = x[:, np.newaxis]

    def stump():
        tree = DecisionTreeClassifier(max_depth=1, criterion="entropy").fit(X, y).tree_
        share = tree.weighted_n_node_samples / n
        gain = tree.impurity[0] - share[1:] @ tree.impurity[1:]
        return tree.threshold[0], gain

    return Contest(
        f"best split, {n} rows, {n_classes} classes",
        lambda: best_split(x, y, base=2),
        stump,
        limit,
    )


def import_row():
    """What `import lossbook` adds to an interpreter that has NumPy already."""
    result = race.race_scripts("import numpy, lossbook, lossbook.regression", "import numpy")
    return row("import lossbook and regression, after NumPy", result, 30, "{:+.1f} ms")


def row(name, result, limit, form="{:.2f}"):
    """A line of the table, and whether the limit was kept."""
    kept = result.middle <= limit
    middle, low, high, limit = map(form.format, (result.middle, result.low, result.high, limit))
    cells = [name, f"{result.ours:.2f}", f"{result.theirs:.2f}", f"{middle} [{low}, {high}]", limit]
    return f"| {' | '.join(cells)} | {'kept' if kept else '**over**'} |", kept


def main():
    versions = f"Python {sys.version.split()[0]}, NumPy {np.__version__}"
    versions += f", scikit-learn {sklearn.__version__}"
    lines = [f"{versions}, one thread; {kind_of_processor()}.", "", *HEADER]
    print("\n".join(lines), flush=True)
    # Without AVX-512, exp alone takes 0.5 (10 classes) and 0.6 (1000 classes) of their whole time.
    few_classes, many_classes = (0.6, 0.5) if has_avx512() else (1.0, 1.0)
    contests = [
        softmax_contest(100_000, 10, few_classes),
        softmax_contest(10_000, 10, few_classes),
        softmax_contest(10_000, 1000, many_classes),
        *regression_contests(1_000_000),
        split_contest(1_000_000, 2, 0.5),
        split_contest(1_000_000, 10, 0.5),
    ]
    all_kept = True
    for line, kept in (*(row(c.name, c.run(), c.limit) for c in contests), import_row()):
        print(line, flush=True)
        lines.append(line)
        all_kept &= kept
    Path(__file__).with_name("results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0 if all_kept else 1


if __name__ == "__main__":
    sys.exit(main())
