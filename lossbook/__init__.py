"""Loss functions, derived, checked and explained: the package behind the course.

One module for each chapter: `regression`, `information`, `softmax`, `svm`, `margin`, `network`.
They load on first use, so that `import lossbook` costs no more than NumPy.
"""

from importlib import import_module

__version__ = "0.1.0"

_MODULES = (
    "checking",
    "derive",
    "exercises",
    "grading",
    "information",
    "margin",
    "network",
    "notebook",
    "regression",
    "softmax",
    "svm",
)


def __getattr__(name):
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_MODULES])
