r"""What the letters of a derivation are: Let, Define, and the facts of Assume and Suppose."""

import re
from typing import NamedTuple

from lossbook.derive.tex import LINKS, RELATIONS, Reader
from lossbook.derive.tokens import CannotRead, key
from lossbook.derive.trees import bound_indices, free_indices, parts, relations
from lossbook.derive.world import Definition

_RESERVED = ("I", r"\mathbb E", r"\mathbb 1")


class Variable(NamedTuple):
    """A declared letter: where its entries live, and the dims of its Value.

    space: real, positive, nonnegative, simplex, open simplex, set, interval, label, random;
    detail: the choices of a set, (low, high, open left, open right) of an interval, the number
    of labels, the group of random variables.
    """

    space: str
    dims: tuple
    detail: object = None


class Line(NamedTuple):
    """One line of a derivation: statements joined by ⇔ and ⇒.

    `lead` is the relation or link with which it continues the line above, or empty.
    """

    lead: str
    statements: tuple
    links: tuple


class Setting:
    """Scope, variables, definitions and index ranges of a derivation."""

    def __init__(self):
        self.scope = {}  # name → variable, function, index, size, label
        self.variables = {}  # name → Variable
        self.definitions = {}  # name, or name/arity of a function → Definition
        self.ranges = {}  # index → the size that it runs up to
        self.random = {}  # random variable → group of jointly drawn ones
        self.smallest = {}  # size → its least value

    def copy(self):
        twin = Setting()
        for field, value in vars(self).items():
            setattr(twin, field, dict(value))
        return twin

    # ------------------------------------------------------------ Let

    def let(self, source):
        """Declare: x_i \\in \\mathbb{R}^d, \\alpha_i \\ge 0, …"""
        reader = Reader(source, self.scope)
        group = len(self.variables)  # random variables declared together are drawn jointly
        waiting = []
        for piece in _pieces(reader.tokens):
            cut = next((k for k, t in enumerate(piece) if t.text in _DECLARES), None)
            waiting.append(piece[:cut])
            if cut is None:
                continue
            sign, rest = piece[cut].text, piece[cut + 1 :]
            for name in waiting:
                self._declare(name, sign, rest, source, group)
            waiting = []
        if waiting:
            place = waiting[0][0].place if waiting[0] else 0
            raise CannotRead(r"where does this live? write … \in …", source, place)

    def _declare(self, tokens, sign, rest, source, group):
        texts = [token.text for token in tokens]
        place = tokens[0].place if tokens else 0
        if not texts:
            raise CannotRead("a name is missing here", source, place)
        space = "".join(token.text for token in rest)
        name, indices = _with_indices(texts, self.scope)
        lead = tuple(self.ranges[i] for i in indices)
        if sign == r"\ge" and re.fullmatch(r"[2-9]", space) and not lead:
            self._new(name, "size", source, place)
            self.smallest[name] = int(space)
            return
        if labels := re.fullmatch(r"\\{1,\\dots,([A-Za-z0-9]+)\\}", space):
            size = self._size(labels[1], source, place)
            self._new(name, "label" if lead else "index", source, place)
            if lead:
                self._variable(name, Variable("label", (*lead, 1), size), source, place)
            else:
                self.ranges[name] = size
            return
        if space == r"\mathbb N":
            self._new(name, "size", source, place)
            return
        if sign == "random":
            self._new(name, "variable", source, place)
            self.variables[name], self.random[name] = Variable("random", (), group), group
            return
        kind, detail, dims = self._space(sign, space, source, place)
        dims = tuple(self._size(d, source, place) for d in dims)
        self._new(name, "variable", source, place)
        self._variable(name, Variable(kind, (*lead, *dims), detail), source, place)

    def _space(self, sign, space, source, place):
        """(space, detail, dims as written) of what stands right of the sign."""
        size = r"(?:\^\{?([A-Za-z0-9]+)(?:\\times([A-Za-z0-9]+))?\}?)?"
        number = {"0": "0", r"\ge": "nonnegative", ">": "positive"}
        if sign in (r"\ge", ">"):
            if space == "0":
                return number[sign], None, ()
            raise CannotRead(f"declare {sign} 0, and put other bounds into Assume", source, place)
        if m := re.fullmatch(r"\\mathbb R(?:_\{?(>0|\\ge0|\+)\}?)?" + size, space):
            kind = {None: "real", ">0": "positive"}.get(m[1], "nonnegative")
            return kind, None, _dims(m[2], m[3])
        if m := re.fullmatch(r"\\{([-+]?\d+(?:,[-+]?\d+)*)\\}" + size, space):
            return "set", tuple(int(c) for c in m[1].split(",")), _dims(m[2], m[3])
        if m := re.fullmatch(r"\\Delta_\{?([A-Za-z0-9]+)\}?(\^\{?\\circ\}?)?", space):
            return ("open simplex" if m[2] else "simplex"), None, (m[1], "1")
        if m := re.fullmatch(r"([\[(])([^,]+),([^,\])]+)([\])])" + size, space):
            low, high = (self._bound(bound, source, place) for bound in (m[2], m[3]))
            return "interval", (low, high, m[1] == "(", m[4] == ")"), _dims(m[5], m[6])
        raise CannotRead(f"I do not know the set {space}", source, place)

    def _bound(self, text, source, place):
        try:
            return Reader(text, self.scope).formula()
        except CannotRead as error:
            raise CannotRead(error.why, source, place) from None

    def _size(self, text, source, place):
        """A number, or the name of a size, which its first use declares."""
        if text.isdigit():
            if not 1 <= int(text) <= 9:
                raise CannotRead("a size is 1 to 9, or a letter", source, place)
            return int(text)
        if text not in self.scope:
            self.scope[text] = "size"
        if self.scope[text] != "size":
            raise CannotRead(f"{text} is not a size", source, place)
        return text

    def _new(self, name, kind, source, place):
        if name in self.scope or name in _RESERVED or not re.match(r"[A-Za-z\\]", name):
            taken = "already has a meaning" if name in self.scope else "cannot be declared"
            raise CannotRead(f"{name} {taken}", source, place)
        self.scope[name] = kind

    def _variable(self, name, variable, source, place):
        dims = variable.dims
        if len(dims) == 1:
            dims = (*dims, 1)
        if len(dims) > 3 or (len(dims) == 3 and dims[2] != 1):
            raise CannotRead(f"{name} has too many dimensions", source, place)
        self.variables[name] = variable._replace(dims=dims)

    # ------------------------------------------------------------ Define

    def define(self, source):
        """Define q_k = …, J(w) = …, s_k(z) = …; return the Definition."""
        reader = Reader(source, self.scope)
        texts = [token.text for token in reader.tokens]
        if "=" not in texts[1:]:
            raise CannotRead("a definition reads name = formula", source, 0)
        cut = texts.index("=")
        head, parameters = texts[:cut], ()
        if "(" in head and head[-1] == ")":
            opening = head.index("(")
            parameters = _split(head[opening + 1 : -1])
            head = head[:opening]
        name, indices = _with_indices(head, self.scope)
        is_function = bool(parameters)
        stored = f"{name}/{len(parameters)}" if is_function else name
        overload = is_function and self.scope.get(name) == "function"
        if not re.match(r"[A-Za-z\\]", name) or not all(parameters):
            raise CannotRead("a definition reads name = formula", source, 0)
        if stored in self.definitions or (name in self.scope and not overload):
            raise CannotRead(f"{name} already has a meaning", source, 0)
        local = {p: "label" if self.scope.get(p) == "label" else "variable" for p in parameters}
        reader.scope = {**self.scope, **local}
        reader.at = cut + 1
        body = reader.formula()
        reader.end()
        self._check_indices(body, source)
        loose = free_indices(body, self.scope) - set(indices)
        if loose:
            raise CannotRead(f"{min(loose)} stands on the right only", source, 0)
        self.scope[name] = "function" if is_function else "variable"
        self.definitions[stored] = Definition(name, indices, parameters, body)
        return self.definitions[stored]

    # ------------------------------------------------------------ lines

    def read(self, source):
        """The Line that a source spells."""
        reader = Reader(source, self.scope)
        lead = reader.maybe(*RELATIONS, *LINKS)
        statements = [reader.statement(lead if lead in RELATIONS else "")]
        links = []
        while reader.token in LINKS:
            links.append(reader.take())
            statements.append(reader.statement())
        reader.end()
        for statement in statements:
            self._check_statement(statement, source)
        return Line(lead, tuple(statements), tuple(links))

    def _check_statement(self, statement, source):
        for relation in relations(statement):
            for k, side in enumerate(relation[1]):
                if side is None:
                    continue
                self._check_indices(side, source)
                optimum = [p for p in parts(side) if p[0] in ("argmin", "argmax")]
                alone = side[0] in ("argmin", "argmax") and relation[2] == ("=",) and k == 1
                if optimum and not alone:
                    raise CannotRead("arg min stands alone, on the right of =", source, 0)

    def _check_indices(self, tree, source):
        both = free_indices(tree, self.scope) & bound_indices(tree)
        if both:
            index = min(both)
            raise CannotRead(
                f"{index} is bound by a sum and also stands outside of it: put brackets around "
                "the summand, or use another letter",
                source,
                max(source.rfind(index), 0),
            )


_DECLARES = (r"\in", r"\ge", ">", "random")


def _dims(rows, columns):
    return (rows, columns or "1") if rows else ()


def _pieces(tokens):
    """The tokens between top-level commas."""
    pieces, depth = [[]], 0
    for token in tokens[:-1]:
        depth += (token.text in (r"\{", "{", "(", "[")) - (token.text in (r"\}", "}", ")", "]"))
        if token.text == "," and depth == 0:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


def _split(texts):
    """Parameter names between , | ‖ and ;"""
    runs = [[]]
    for text in texts:
        if text in (",", "|", r"\|", ";"):
            runs.append([])
        else:
            runs[-1].append(text)
    return tuple(key(run) for run in runs)


def _with_indices(texts, scope):
    """x_{ij} → ("x", ("i", "j")) if i and j are indices; otherwise it is all one name."""
    if "_" in texts[1:]:
        cut = texts.index("_", 1)
        below = [text for text in texts[cut + 1 :] if text not in ("{", "}", ",")]
        if below and all(scope.get(text) == "index" for text in below):
            return key(texts[:cut]), tuple(below)
    return key(texts), ()
