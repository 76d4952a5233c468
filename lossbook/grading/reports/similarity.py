"""How much of a student's code is in another file: of the class, or of the shipped solutions.

Fingerprints of k-grams, as MOSS takes them (Schleimer, Wilkerson, Aiken 2003), of the syntax tree
without names, constants, comments and docstrings. What the released notebook has does not count,
nor does what many of the class have. A number for a person to look at: it is no proof and changes
no mark. Derivations are not compared.
"""

import ast
import builtins
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

from lossbook.grading.safe_text import as_code

_LENGTH = 12  # nodes in a k-gram
_CELL, _FILE = 20_000, 100_000  # characters that are read: the text is a stranger's
LEAST = 60  # k-grams of a file that is compared: shorter answers are alike by nature
LOOK = 80  # per cent from which on a person is asked to look
_SKIPPED = {ast.Import, ast.ImportFrom, ast.Pass, ast.Load, ast.Store, ast.Del}
_MAGIC = re.compile(r"^[ \t]*[%!].*", re.M)


class Similar(NamedTuple):
    """percent of the code that is in another file, and the name of that file."""

    percent: int
    other: str

    @property
    def reason(self) -> str:
        """Why a person should look, or ""."""
        if self.percent < LOOK:
            return ""
        return f"{self.percent} % of its code is that of {as_code(self.other)}, but for the names."


def similarities(
    files: Mapping[str, Iterable[str]],
    known: Mapping[str, Iterable[str]],
    released: Iterable[str] = (),
) -> dict[str, Similar]:
    """The most similar other file of each student with enough code.

    files : student → the sources of the cells; known : name → sources of the solutions
    released : the cells that students were given
    """
    given = fingerprints(released)
    prints = {name: fingerprints(cells) - given for name, cells in files.items()}
    solutions = {name: fingerprints(cells) - given for name, cells in known.items()}
    owners = defaultdict(list)
    for name, found in prints.items():
        for one in found:
            owners[one].append(name)
    most = max(8, min(len(files) // 5, 50))
    similar = {}
    for student, own in prints.items():
        if own.total() < LEAST:
            continue
        shared = Counter()
        for one, many in own.items():
            if len(owners[one]) <= most:
                for other in owners[one]:
                    shared[other] += min(many, prints[other][one])
        del shared[student]
        shared.update({name: (own & found).total() for name, found in solutions.items()})
        if shared:
            other, many = shared.most_common(1)[0]
            similar[student] = Similar(100 * many // own.total(), other)
    return similar


def fingerprints(cells: Iterable[str]) -> Counter:
    """The k-grams of the syntax trees of cells, as a multiset.

    A cell with an error has none, nor has a very long one. A short text can be deep, which Python
    refuses; it cannot take much memory.

    >>> one = fingerprints(["def f(x):\\n    return [a * x for a in range(3)]  # as asked"])
    >>> two = fingerprints(["def g(y_true): return [k*y_true for k in range(17)]"])
    >>> one == two and one.total() > 0
    True
    """
    found, left = Counter(), _FILE
    for cell in cells:
        if cell.lstrip().startswith("%%") or len(cell) > min(_CELL, left):
            continue
        left -= len(cell)
        nodes = []
        quiet = warnings.catch_warnings(action="ignore")  # or the parser quotes the text
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError), quiet:
            _add_labels(ast.parse(_MAGIC.sub("pass", cell)), nodes)
        found.update(hash(tuple(nodes[k : k + _LENGTH])) for k in range(len(nodes) - _LENGTH + 1))
    return found


def _add_labels(node, found):
    """Add the nodes of a tree from top to bottom; attributes and built-in functions keep names."""
    kind = type(node)
    if kind in _SKIPPED or (kind is ast.Expr and type(node.value) is ast.Constant):
        return  # the latter is a docstring, or a text in place of a comment
    if kind is ast.Attribute:
        found.append(node.attr)
    elif kind is ast.Name:
        found.append(node.id if hasattr(builtins, node.id) else kind)
        return
    else:
        found.append(kind)
    for child in ast.iter_child_nodes(node):
        _add_labels(child, found)
