"""Support vector machines with a certificate (chapters 5 and 6).

The dual and its solvers are functions of a kernel matrix; `KernelSVM` is the estimator around
them. It loads scikit-learn on first use.

In reading order:

- `_kernels`: kernel matrices
- `_objectives`: the primal, the dual, and the certificate of a solution
- `_bias`: the interval of optimal offsets b
- `_smo`: a solver that moves two multipliers at a time
- `_polish`: the exact last steps of every solver
- `_interior_point`, `_central_path`: a solver that moves all multipliers at once
- `_gram`, `_gaussian`: representations of a kernel matrix
- `_scores`: the certificate of a fitted model
- `_estimator`: KernelSVM
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
