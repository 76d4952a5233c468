"""Support vector machines with a certificate (chapters 5 and 6).

The dual and its solvers are functions on a kernel matrix; `KernelSVM` is the estimator around
them, and loads scikit-learn when it is first asked for.

In the order of reading: `_kernels`, `_objectives` (what is solved, and the proof that it is),
`_smo` (two multipliers at a time), `_finish` (the exact end), `_interior_point` (all at once) and
its steps in `_central_path`, `_gram` and `_gaussian` (how a kernel matrix is held), `_scores` (how
the model that predicts is certified), `_estimator`.
"""

from lossbook.svm._bias import bias_interval
from lossbook.svm._interior_point import interior_point
from lossbook.svm._kernels import linear_kernel, polynomial_kernel, rbf_kernel
from lossbook.svm._objectives import (
    IndefiniteKernelWarning,
    dual_objective,
    kkt_residuals,
    primal_objective,
)
from lossbook.svm._smo import smo

__all__ = [
    "IndefiniteKernelWarning",
    "KernelSVM",
    "bias_interval",
    "dual_objective",
    "interior_point",
    "kkt_residuals",
    "linear_kernel",
    "polynomial_kernel",
    "primal_objective",
    "rbf_kernel",
    "smo",
]


def __getattr__(name):
    if name == "KernelSVM":
        from lossbook.svm._estimator import KernelSVM

        return KernelSVM
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
