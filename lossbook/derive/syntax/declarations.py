r"""What the letters of a derivation are: Let and Define; and the lines that are read with them."""

import re
from itertools import pairwise
from typing import NamedTuple

from lossbook.derive import constructs as c
from lossbook.derive.constructs import free_indices
from lossbook.derive.evaluate.numbers import ZERO
from lossbook.derive.syntax.reader import Reader
from lossbook.derive.syntax.spelling import (
    LETTERS,
    LINKS,
    RELATIONS,
    CannotRead,
    folded,
    key,
    tokens,
)

_RESERVED = ("I", r"\mathbb E", r"\mathbb 1", r"\mathbf I")
_NAME_PART = re.compile(r"[A-Za-z0-9]+|\\[A-Za-z]+(?: \\?[A-Za-z0-9]+)?|[_^{}()+\-*.]|,|'")


class Variable(NamedTuple):
    """A declared letter: where its entries live, and the names of its sizes.

    space: real, positive, nonnegative, integer, simplex, open simplex, set, interval, label,
    random; detail: the choices of a set, (low, high, open left, open right) of an interval, the
    number of labels, the group of random variables.
    """

    space: str
    dims: tuple
    detail: object = None


class Definition(NamedTuple):
    """name_indices(parameters) = body."""

    name: str
    indices: tuple
    parameters: tuple
    body: c.Node


class Line(NamedTuple):
    """One line of a derivation: claims joined by ⇔ and ⇒.

    `lead` is the relation or link with which it continues the line above, or empty.
    """

    lead: str
    claims: tuple
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
        self.raised = {}  # families that are written x^{(i)}
        self.broken = {}  # name → the line that failed to give it a meaning
        self._known = {}  # what has been found out about trees; they are kept with it

    def copy(self):
        twin = Setting()
        for field, value in vars(self).items():
            setattr(twin, field, dict(value) if field != "_known" else {})
        return twin

    def known(self, question, tree):
        """The answer of a function of (tree, setting), remembered for this very tree."""
        key = (question.__name__, id(tree))
        if key not in self._known:
            self._known[key] = (tree, question(tree, self))
        return self._known[key][1]

    def rests_on(self, tree):
        """All names that a tree, or a definition of that name, rests on."""
        return self.known(_rests, self.definitions[tree].body if type(tree) is str else tree)

    # ------------------------------------------------------------ Let

    def let(self, source):
        """Declare: x_i \\in \\mathbb{R}^d, \\alpha_i \\ge 0, …"""
        reader = Reader(source, self)
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
            tokens = [token for piece in waiting for token in piece]
            for token in tokens:
                if token.text in _NOT_DECLARED:
                    raise CannotRead(_NOT_DECLARED[token.text], source, token.place)
            place = tokens[0].place if tokens else 0
            raise CannotRead(r"where does this live? write … \in …", source, place)

    def _declare(self, tokens, sign, rest, source, group):
        texts = [token.text for token in tokens]
        place = tokens[0].place if tokens else 0
        if not texts:
            raise CannotRead("a name is missing here", source, place)
        space = "".join(token.text for token in rest)
        name, indices, raised = _with_indices(texts, self.scope)
        lead = tuple(self.ranges[i] for i in indices)
        if sign == r"\ge" and re.fullmatch(r"[2-9]", space) and not lead:
            self._new(name, "size", source, place, texts)
            self.smallest[name] = int(space)
            return
        labels = re.fullmatch(r"\\{1,(?:2,)?\\dots,([A-Za-z0-9]+)\\}|\[([A-Za-z])\]", space)
        if labels:
            size = self._size(labels[1] or labels[2], source, place)
            self._new(name, "label" if lead else "index", source, place, texts)
            if lead:
                self._variable(name, Variable("label", (*lead, 1), size), source, place)
            else:
                self.ranges[name] = size
            return
        if space == r"\mathbb N":
            self._new(name, "size", source, place, texts)
            return
        if sign in ("random", "are random", "is random"):
            self._new(name, "variable", source, place, texts)
            self.variables[name], self.random[name] = Variable("random", (), group), group
            return
        kind, detail, dims = self._space(sign, space, source, place)
        dims = tuple(self._size(d, source, place) for d in dims)
        self._new(name, "variable", source, place, texts)
        self._variable(name, Variable(kind, (*lead, *dims), detail), source, place)
        if raised:
            self.raised[name] = True

    def _space(self, sign, space, source, place):
        """(space, detail, dims as written) of what is right of the sign."""
        size = r"(?:\^\{?([A-Za-z0-9]+)(?:\\times([A-Za-z0-9]+))?\}?)?"
        if sign in (r"\ge", ">"):
            if space == "0":
                return {r"\ge": "nonnegative", ">": "positive"}[sign], None, ()
            raise CannotRead(f"declare {sign} 0, and put other bounds into Assume", source, place)
        if m := re.fullmatch(r"\\mathbb R\^\{?([A-Za-z0-9]+)\}?_\{?(\+\+|\+|>0|\\ge0)\}?", space):
            return "positive" if m[2] in ("++", ">0") else "nonnegative", None, (m[1], "1")
        if m := re.fullmatch(r"\\mathbb R(?:[_^]\{?(>0|\\ge0|\+\+?)\}?)?" + size, space):
            kind = {None: "real", ">0": "positive", "++": "positive"}.get(m[1], "nonnegative")
            return kind, None, _dims(m[2], m[3])
        if m := re.fullmatch(r"\\mathbb Z" + size, space):
            return "integer", None, _dims(m[1], m[2])
        if m := re.fullmatch(r"\\{([-+]?\d+(?:,[-+]?\d+)*)\\}" + size, space):
            return "set", tuple(int(x) for x in m[1].split(",")), _dims(m[2], m[3])
        if m := re.fullmatch(r"\\Delta_\{?([A-Za-z0-9]+)\}?(\^\{?\\circ\}?)?", space):
            return ("open simplex" if m[2] else "simplex"), None, (m[1], "1")
        if m := re.fullmatch(r"([\[(])([^,]+),([^,\])]+)([\])])" + size, space):
            low, high = (self._bound(bound, source, place) for bound in (m[2], m[3]))
            return "interval", (low, high, m[1] == "(", m[4] == ")"), _dims(m[5], m[6])
        said = r"\mathbb{R}^n, \{1,\dots,n\}, \{-1,+1\}, [0,1], \Delta_K or \mathbb{N}"
        raise CannotRead(f"I do not know the set {space}: write {said}", source, place)

    def _bound(self, text, source, place):
        try:
            text = re.sub(r"(\\[A-Za-z]+)", r"\1 ", text)
            return Reader(text, self).formula()
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

    def _new(self, name, kind, source, place, texts):
        self._check_name(name, texts, source, place)
        if name in self.scope or name in _RESERVED:
            taken = "already has a meaning" if name in self.scope else "cannot be declared"
            raise CannotRead(f"{name} {taken}", source, place)
        self.scope[name] = kind
        self.broken.pop(name, None)

    def _check_name(self, name, texts, source, place):
        """A name is a letter or a word, with a decoration perhaps; nothing else is."""
        first = next((text for text in texts if text != "{"), "")
        plain = re.fullmatch(r"[A-Za-z]+", first) or first in LETTERS or " " in first
        fine = all(_NAME_PART.fullmatch(text) for text in texts[1:])
        signs = [a for a, b in pairwise(texts) if b in ("+", "-", "(", "*")]
        fine = fine and all(before in ("_", "^", "{", "(") for before in signs)
        if not plain or not fine or max(map(texts.count, "_^")) > 1:
            raise CannotRead(f"{name} cannot be declared: a name is one letter, "
                             r"a Greek one, or a word in \mathrm{…}, decorated as x_0, \hat x, "
                             r"x^\star, x^{(1)}", source, place)  # fmt: skip

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
        reader = Reader(source, self)
        texts = [token.text for token in reader.tokens]
        if not {"=", ":="} & set(texts[1:]):
            raise CannotRead("a definition reads name = formula", source, 0)
        cut = min(texts.index(sign) for sign in ("=", ":=") if sign in texts)
        head, parameters = texts[:cut], ()
        if "(" in head and head[-1] == ")" and head[head.index("(") - 1] not in ("^", "{"):
            opening = head.index("(")
            parameters = _split(head[opening + 1 : -1])
            head = head[:opening]
        if not head or not all(parameters):
            raise CannotRead("a definition reads name = formula", source, 0)
        name, indices, raised = _with_indices(head, self.scope)
        is_function = bool(parameters)
        stored = f"{name}/{len(parameters)}" if is_function else name
        overload = is_function and self.scope.get(name) == "function"
        if stored in self.definitions or (name in self.scope and not overload):
            raise CannotRead(f"{name} already has a meaning", source, 0)
        self._check_name(name, head, source, 0)
        local = {p: "label" if self.scope.get(p) == "label" else "variable" for p in parameters}
        reader.scope = {**self.scope, **local}
        reader.at = cut + 1
        body = reader.without_bold(cut + 1).formula()
        if reader.token == ",":
            reader.fail("one definition a line: write the next one behind a Define of its own")
        reader.end()
        self._check_indices(body, source)
        loose = free_indices(body, self.scope) - set(indices)
        if loose:
            raise CannotRead(f"{min(loose)} is on the right only", source, 0)
        self._check_partners(reader, set(indices), source)
        self.scope[name] = "function" if is_function else "variable"
        self.definitions[stored] = Definition(name, indices, parameters, body)
        if raised:
            self.raised[name] = True
        self.broken.pop(name, None)
        self._known.clear()
        return self.definitions[stored]

    def blame(self, source, label):
        """Remember which names a Let or Define that was not read would have given a meaning."""
        for piece in re.split(r"(?<![\\{])[,，](?![^{]*\})", folded(source)):
            head = re.match(r"\s*((?:\\[A-Za-z]+\s*\{[^{}]*\}|\\?[A-Za-z]+))", piece)
            if head:
                name = key([t.text for t in Reader(head[1], self).tokens])
                if name not in self.scope:
                    self.broken[name] = label

    # ------------------------------------------------------------ lines

    def read(self, source, anchor=None):
        """The Line that a source spells; `anchor` is the side that it continues."""
        reader = Reader(source, self).without_bold()
        self._check_declaration(reader)
        lead = reader.maybe(*RELATIONS, *LINKS)
        claims = [reader.statement(lead if lead in RELATIONS else "")]
        links = []
        while reader.token in LINKS:
            links.append(reader.take())
            claims.append(reader.statement())
        reader.end()
        for claim in claims:
            for relation in claim.relations:
                self._check_relation(relation, source)
        free = [free_indices(claim, self.scope) for claim in claims]
        outside = set() if anchor is None else free_indices(anchor, self.scope)
        self._check_partners(reader, outside, source, claims)
        for one, link, two in zip(free, links, free[1:], strict=False):
            if link == r"\iff" and bool(one) != bool(two):
                (index, *_) = sorted(one | two)
                raise CannotRead(
                    f"{index} is free on one side of ⇔ only: for this {index}, or for all? write "
                    rf"two lines with \implies, or \max_{index} |…| = 0 for all",
                    source,
                    0,
                )
        return Line(lead, tuple(claims), tuple(links))

    def _check_declaration(self, reader):
        """A line x \\in … lacks its Let."""
        (first, *_) = _pieces(reader.tokens)
        texts = [token.text for token in first]
        if r"\in" not in texts or {"{", "(", *RELATIONS} & set(texts[: texts.index(r"\in")]):
            return
        name = key(texts[: texts.index(r"\in")])
        if name in self.scope:
            reader.fail(f"{name} has been declared: leave this line away, or write what holds", 0)
        reader.fail(f"a declaration begins with Let: write Let {reader.source}", 0)

    def _check_relation(self, relation, source):
        for k, side in enumerate(relation.sides):
            if side is None:
                continue
            self._check_indices(side, source)
            optimum = any(type(part) is c.ArgOptimum for part in side.parts())
            alone = type(side) is c.ArgOptimum and relation.signs == ("=",) and k == 1
            if optimum and not alone:
                raise CannotRead("arg min must be alone, on the right of =", source, 0)

    def _check_indices(self, tree, source):
        bound = {i for part in tree.parts() if type(part) is c.Big for i in part.binds}
        both = free_indices(tree, self.scope) & bound
        if both:
            index = min(both)
            raise CannotRead(
                f"{index} is bound by a sum and is also outside of it: put brackets around "
                "the summand, or use another letter",
                source,
                max(source.rfind(index), 0),
            )

    def _check_partners(self, reader, outside, source, claims=()):
        r"""\sum_{i \ne j} is a sum over i where j is known outside; else it has two readings."""
        for other, index, at in reader.partners:
            elsewhere = [_without_conditions(claim, other) for claim in claims]
            known = outside.union(*[free_indices(claim, self.scope) for claim in elsewhere])
            if other not in known:
                said = rf"\sum_{index} \sum_{{{other} \ne {index}}}"
                said += rf", or \sum_{{{index} : {index} \ne {other}}}"
                said = f"a sum over {index}, or over {index} and {other}? write {said}"
                raise CannotRead(said, source, reader.tokens[at].place)


def _without_conditions(claim, name):
    """The claim with 0 in the place of every sum under a condition on that name."""
    return c.replaced_if(claim, lambda part: _compares(part, name), _NOTHING)


def _rests(tree, setting):
    found, todo = set(), [tree]
    while todo:
        for name in todo.pop().names() - found:
            found.add(name)
            if name in setting.definitions:
                todo.append(setting.definitions[name].body)
    return found


def _compares(part, name):
    """Whether this is a sum under a condition on that name."""
    return type(part) is c.Big and part.condition is not None and name in part.condition.names()


_NOTHING = c.Num(ZERO)


def is_definition(source):
    """Whether what follows Let is a name, = and a formula."""
    texts = [token.text for token in tokens(source)]
    signs = [text for text in texts if text in ("=", ":=", *_DECLARES, *_NOT_DECLARED)]
    return signs[:1] in (["="], [":="]) and r"\dots" not in texts[:6]


_DECLARES = (r"\in", r"\ge", ">", "random", "are random", "is random")
_NOT_DECLARED = {
    "=": r"Define gives a name a value; an index is declared as i \in \{1,\dots,n\}",
    r"\ne": "put ≠ into Assume, after Let has said where the letter lives",
    "<": "put bounds into Assume, after Let has said where the letter lives",
    r"\le": "put bounds into Assume, after Let has said where the letter lives",
    r"\sim": r"write X \text{ random}: any finite distribution is drawn",
    r"\succ": r"declare the matrix, and Assume v^\top A v > 0 for a vector v",
    r"\succeq": r"declare the matrix, and Assume v^\top A v \ge 0 for a vector v",
}


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
    """x_{ij} → ("x", ("i", "j"), False) if i and j are indices; else it is all one name."""
    bare = [text for text in texts if text not in ("{", "}")]
    if (
        len(bare) > 4
        and bare[-4:-2] == ["^", "("]
        and bare[-1] == ")"
        and scope.get(bare[-2]) == "index"
    ):
        return key(bare[:-4]), (bare[-2],), True
    if "_" in texts[1:]:
        cut = texts.index("_", 1)
        below = [text for text in texts[cut + 1 :] if text not in ("{", "}", ",")]
        if below and all(scope.get(text) == "index" for text in below):
            return key(texts[:cut]), tuple(below), False
    return key(texts), (), False
