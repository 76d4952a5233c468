r"""Sums and their kin: \sum, \prod, \max and \min over indices; and sums written with dots."""

from dataclasses import dataclass

from lossbook.derive.constructs.arithmetic import TIMES, Add, Mul, Name, Num, Sub
from lossbook.derive.constructs.functions import Function
from lossbook.derive.constructs.limits import Optimum, letters_below
from lossbook.derive.constructs.statements import Claim, Indicator, Relation
from lossbook.derive.constructs.tree import BIG, Effort, Node, TooLarge, replaced, spelled
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.numbers import ONE, ZERO, Undefined, exact
from lossbook.derive.syntax.spelling import key

_LONGEST_SUM = 1000


@dataclass(frozen=True)
class Big(Node):
    r"""\sum_i, \sum_{i=1}^n, \sum_{j \ne i}, \sum_{i<j}, \sum_{i : …}; \prod, \max, \min."""

    kind: str  # sum, prod, max, min
    binders: tuple  # (index, low, high); no low where the declared range is meant
    condition: Node | None
    body: Node
    reaches_right = True

    @property
    def binds(self):
        return tuple(binder[0] for binder in self.binders)

    def value(self, world):
        terms = list(self._terms(world, self.binders))
        if self.kind in ("max", "min"):
            if not terms:
                raise Undefined
            numbers = [ar.number(term, self.kind) for term in terms]
            return nb.extreme(numbers, 1 if self.kind == "max" else -1)
        if not terms:
            return ZERO if self.kind == "sum" else ONE
        total, combine = terms[0], ar.plus if self.kind == "sum" else ar.times
        for term in terms[1:]:
            total = combine(total, term)
        return total

    def _terms(self, world, binders):
        if not binders:
            if self.condition is None or self.condition.truth(world):
                yield self.body.value(world)
            return
        (index, low, high), rest = binders[0], binders[1:]
        first = 1 if low is None else low.place(world)
        last = world.length_of(index) if low is None else high.place(world)
        if last - first >= _LONGEST_SUM:
            raise TooLarge(f"the sum over {index} has more than {_LONGEST_SUM} terms")
        there = world.at(dict(world.indices))  # one world for all terms: each is computed at once
        for k in range(first, last + 1):
            there.indices[index] = k
            Effort.spend()
            yield from self._terms(there, rest)

    def text(self):
        sign = {"sum": "Σ", "prod": "Π"}.get(self.kind, self.kind)
        shown = [
            spelled(index) + (f"={low}..{high}" if low else "") for index, low, high in self.binders
        ]
        shown = ",".join(shown)
        if self.condition is not None:
            said = str(self.condition)
            if said.startswith(shown + " ") and len(self.condition.relations) == 1:
                shown = said.replace(" ", "")
            else:
                shown += f": {said}"
        return f"{sign}_{{{shown}}} {self.body.at_least(BIG)}", BIG

    @classmethod
    def read(cls, reader, word):
        kind, start = word.lstrip("\\"), reader.at - 1
        if kind in ("max", "min") and reader.token in ("(", "[", r"\{"):
            return Function(kind, reader.arguments()), ""
        high = None
        if reader.token == "^":
            reader.take()
            high = reader.argument()
        if not reader.maybe("_"):
            reader.fail(f"write the index below: \\{kind}_i")
        if kind in ("max", "min") and (found := letters_below(reader)):
            return Optimum(kind, found, reader.under((), ())), ""
        binders, condition = _binders(reader, kind, high)
        return cls(kind, *_body_of_sum(reader, kind, binders, condition, start)), ""


# -------------------------------------------------------------------- what is below a sum


def _binders(reader, kind, high):
    """(index, low, high) of every index below a sum, and the condition on them."""
    braces, found, condition = reader.maybe("{"), [], None
    if braces and reader.token.isdigit():
        return _between(reader)
    while not found or (braces and reader.maybe(",")):
        start, index = reader.at, reader.take()
        if reader.scope.get(index) not in (None, "index"):
            reader.fail(f"{index} is not an index", start)
        if braces and reader.maybe("="):
            low = reader.formula()  # also of the indices before it: i, j = 1
            found = [(i, low if first is None else first, None) for i, first, _ in found]
            found.append((index, low, None))
            continue
        found.append((index, *_range_of(reader, kind, index, braces, start)))
        if braces and reader.token in (r"\ne", "<", r"\le", ">", r"\ge"):
            condition = _compared(reader, found)
        elif braces and reader.maybe(":", "|", ";"):
            condition = reader.under([i for i, *_ in found], [], reader.statement)
    if braces:
        reader.take("}")
    if reader.token == "^" and high is None:
        reader.take()
        if all(low is None for _, low, _ in found):
            reader.fail(f"an upper bound needs a lower one: \\{kind}_{{i=1}}^n", reader.at - 1)
        high = reader.argument()
    if high is not None:
        found = [(i, low, own or (None if low is None else high)) for i, low, own in found]
    elif any(low is not None and own is None for _, low, own in found):
        reader.fail("a lower bound needs an upper one")
    return tuple(found), condition


def _range_of(reader, kind, index, braces, start):
    """(low, high) of an index without a bound of its own: as declared, or as its uses imply."""
    if braces and reader.token == r"\in":
        said = rf"write the range, \{kind}_{{{index}=1}}^n, or a condition behind :"
        reader.fail(said, start)
    if reader.scope.get(index) == "index":
        return None, None
    size = _implied(reader, index) if index.isalpha() else None
    if size is not None:
        return Num(ONE), size
    if braces and "=" in reader.until_closing_brace():
        return None, None
    said = rf"Let {index} \in \{{1,\dots,n\}}, or write \{kind}_{{{index}=1}}^n"
    if kind in ("max", "min"):
        said += rf"; or Let {index} \in \mathbb{{R}} for an optimum over all numbers"
    reader.fail(f"over which range does {index or 'this'} run? declare it, {said}", start)


def _implied(reader, index):
    """The size that an index which was not declared runs up to, if all its uses agree."""
    sizes, texts = set(), [token.text for token in reader.tokens]
    for at, text in enumerate(texts):
        if text != index or "_" not in texts[max(0, at - 6) : at]:
            continue
        under = max(k for k in range(at) if texts[k] == "_")
        below = [t for t in texts[under + 1 : at] if t not in ("{", ",")]
        name = next(
            (
                key(texts[k:under])
                for k in range(max(0, under - 6), under)
                if key(texts[k:under]) in reader.scope
            ),
            None,
        )
        if "}" in below or name is None:
            continue
        dims = reader.setting.variables[name].dims if name in reader.setting.variables else ()
        definition = reader.setting.definitions.get(name)
        if definition is not None:
            dims = tuple(reader.setting.ranges[i] for i in definition.indices)
        if len(below) < len(dims):
            sizes.add(dims[len(below)])
    if len(sizes) != 1:
        return None
    (size,) = sizes
    return Num(exact(size)) if isinstance(size, int) else Name(size)


def _compared(reader, found):
    r"""j ≠ i, where i is known outside; i < j, where both are bound unless j is already."""
    index, sign = found[-1][0], reader.take()
    start = reader.at
    names = [i for i, *_ in found]
    if sign != r"\ne" and reader.scope.get(reader.token) is None and len(reader.token) == 1:
        size = _implied(reader, reader.token) if reader.token.isalpha() else None
        if size is not None:
            found.append((reader.token, Num(ONE), size))
            names.append(reader.token)
    other = reader.under(names, [], reader.formula)
    name = getattr(other, "name", None)
    if reader.scope.get(name) == "index" and name not in [*names, *reader.bound]:
        if sign == r"\ne":
            reader.partners.append((name, index, start))
        else:
            found.append((name, None, None))
    return Claim((Relation((Name(index), other), (sign,)),))


def _between(reader):
    r"""\sum_{1 \le i < j \le n}"""
    low, relations, names = reader.formula(), [], []
    side = low
    while reader.token in ("<", r"\le"):
        sign = reader.take()
        last = reader.tokens[reader.at + 1].text not in ("<", r"\le")
        if not last:
            names.append(reader.take())
        new = reader.formula() if last else Name(names[-1])
        if last:
            high = new
        if sign == "<" or (names[1:] and not last):
            relations.append(Relation((side, new), (sign,)))
        side = new
    reader.take("}")
    if not names or (not relations and len(names) > 1):
        reader.fail(r"write \sum_{i<j}")
    claim = Claim(tuple(relations)) if relations else None
    return tuple((name, low, high) for name in names), claim


def _body_of_sum(reader, kind, binders, condition, start):
    r"""(binders, condition, body); in \sum_i x_i \sum_i y_i the second i gets its own letter.

    Both readings of that product are worth the same. Of all else an index is bound once.
    """
    before = reader.summed
    names = [index for index, *_ in binders]
    again = set(names) & set(reader.bound)
    beside = before is not None and reader.open == before[1] and start > before[0]
    if kind != "sum" or not beside or len(names) > 1 or condition is not None:
        again = set()
    reader.summed = (reader.at, list(reader.open)) if kind == "sum" else None
    body = reader.under(names, [n for n in names if n not in again])
    reader.summed = before
    if again:
        ((index, low, high),) = binders
        used = {token.text for token in reader.tokens}
        own = next(x for x in "jklrstuvabc" if x not in used and x not in reader.scope)
        if low is None:
            size = reader.setting.ranges[index]
            low, high = Num(ONE), Num(exact(size)) if type(size) is int else Name(size)
        binders, body = ((own, low, high),), replaced(body, Name(index), Name(own))
    return binders, condition, body


# -------------------------------------------------------------------- x_1 + … + x_n


def read_dots(reader, kind, parts):
    r"""x_1 + … + x_n, read as the sum that its first and its last term spell."""
    start, (join, signs) = reader.at, {"sum": (Add, ("+",)), "prod": (Mul, TIMES)}[kind]
    reader.take(r"\dots")
    if not reader.maybe(*signs) and kind == "sum":
        reader.take("+")
    last = reader.term() if kind == "sum" else reader.factor()[0]
    used = set().union(*[part.names() for part in (*parts, last)])
    index = next(i for i in "ijklrst" if i not in used)
    for skip in range(len(parts)):
        found = _series(parts[skip:], last, index)
        if found is not None:
            low, high, body = found
            series = Big(kind, ((index, low, high),), None, body)
            for part in reversed(parts[:skip]):
                series = join(part, series)
            return series
    reader.fail(f"what do the dots stand for? write \\{kind}_{{i=1}}^n", start)


def _series(parts, last, index):
    """(low, high, body) of which the parts and the last one are terms, or None."""
    ends = set()
    body = _merged(parts[0], last, index, ends)
    if body is None or len(ends) != 1:
        return None
    ((low, high),) = ends
    if type(low) is not Num:
        return None
    for step, part in enumerate(parts):
        if replaced(body, Name(index), Num(low.number + step)) != part:
            return None
    return low, high, body


def _merged(first, last, index, ends):
    """The tree that both are: where they differ, the index."""
    if first == last:
        return first
    if type(first) is Num and first.number.q == 1 and type(last) in (Num, Name, Add, Sub):
        ends.add((first, last))
        return Name(index)
    if type(first) is not type(last):
        return None
    one, two = list(first.children()), list(last.children())
    if len(one) != len(two) or not one:
        return None
    merged = [_merged(a, b, index, ends) for a, b in zip(one, two, strict=True)]
    if None in merged:
        return None
    remaining = iter(merged)
    found = first.rebuilt(lambda _: next(remaining))
    remaining = iter(two)
    return found if first.rebuilt(lambda _: next(remaining)) == last else None


def read_count(reader, word):
    r"""\#\{i : y_i < c\}: for how many i the statement holds."""
    reader.take(r"\{")
    index = reader.take()
    if reader.scope.get(index) != "index":
        reader.fail(f"{index or 'this'} is not a declared index", reader.at - 1)
    reader.take(":", "|")
    claim = reader.under([index], [], reader.statement)
    reader.take(r"\}")
    return Big("sum", ((index, None, None),), None, Indicator(claim)), ""
