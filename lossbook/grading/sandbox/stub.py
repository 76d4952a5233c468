"""The stub that takes the place of lossbook while a notebook is graded.

`from lossbook.exercises import checker`, `%load_ext lossbook.derive` and the checks must run, and
must not give access to the course's own functions. So `check(…)` of the stub prints nothing and
only remembers the answer to each question.
"""

import sys
from types import ModuleType


class StubChecker:
    """Does nothing but keep the answer for each name in `remembered`."""

    def __init__(self, remembered):
        self._remembered = remembered

    def __call__(self, answer, name=None):
        if isinstance(name, str) and not callable(answer):
            self._remembered[name] = answer

    require = __call__

    def report(self, answer, name=None):
        self(answer, name)

    def derivation(self, name):
        return Derivation()

    def progress(self):
        pass


class Derivation:
    """Does nothing: derivations are read from the notebook's text."""

    last = None

    def attempt(self, body):
        pass


def load_ipython_extension(shell) -> None:
    """`%load_ext lossbook.derive`"""
    for name in ("attempt", "derive"):
        shell.register_magic_function(_nothing, "cell", name)


def _nothing(line, cell=None):
    pass


class _Module(ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(f"{self.__name__} is not available while an answer is graded")


def replace_lossbook(remembered: dict) -> None:
    """Replace lossbook in sys.modules by the stub; existing references are unaffected."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "lossbook"]:
        del sys.modules[name]
    package, exercises, derive = (
        _Module(name) for name in ("lossbook", "lossbook.exercises", "lossbook.derive")
    )
    package.__path__ = []
    package.exercises, package.derive = exercises, derive
    exercises.checker = lambda chapter: StubChecker(remembered)
    derive.load_ipython_extension = load_ipython_extension
    sys.modules |= {module.__name__: module for module in (package, exercises, derive)}


class Forbidden:
    """An import hook that says why a package is missing; Landlock is what keeps it out of reach."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{name} cannot be imported while an answer is graded")
        return None
