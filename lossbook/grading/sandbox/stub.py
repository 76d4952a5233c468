"""What a notebook finds in place of lossbook while it is graded.

`from lossbook.exercises import checker`, `%load_ext lossbook.derive` and the checks themselves
must not stop a notebook, and must not lend it the course's own functions. So here is a package of
that name in which `check(…)` says nothing and only remembers what a question was answered with.
"""

import sys
from types import ModuleType


class Checker:
    """Does nothing; `remembered` keeps what was given for a name."""

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
    """A derivation is read from the notebook's text, so running it does nothing."""

    last = None

    def attempt(self, body):
        pass


def load_ipython_extension(shell):
    """`%load_ext lossbook.derive`"""
    for name in ("attempt", "derive"):
        shell.register_magic_function(_nothing, "cell", name)


def _nothing(line, cell=None):
    pass


class _Module(ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(f"{self.__name__} lends nothing while an answer is graded")


def move_in(remembered):
    """Put the stand-in where lossbook was; whoever holds the real modules keeps them."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "lossbook"]:
        del sys.modules[name]
    package, exercises, derive = (
        _Module(name) for name in ("lossbook", "lossbook.exercises", "lossbook.derive")
    )
    package.__path__ = []
    package.exercises, package.derive = exercises, derive
    exercises.checker = lambda chapter: Checker(remembered)
    derive.load_ipython_extension = load_ipython_extension
    sys.modules |= {module.__name__: module for module in (package, exercises, derive)}


class Forbidden:
    """An import hook that says why a package is out of reach; the wall itself is Landlock."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{name} is out of reach while an answer is graded")
        return None
