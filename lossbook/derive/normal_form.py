"""The normal form of a formula: what it is up to order, names of bound letters and spelling.

A formula is a sum of monomials: a number, indices that are summed over, commuting factors, and a
word of matrices. Two formulas with one normal form differ in writing only: the order of terms and
factors, the letter of an index, i = 1..n for the declared range, exp for e^, ‖a‖² for aᵀa, signs
under even powers. With `expand`, products and powers of sums are multiplied out as well.
"""

from itertools import count, permutations

from flint import ctx, fmpq

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate.numbers import ONE, ZERO

_MOST_TERMS = 250
_MOST_BINDERS = 4
_HIGHEST_POWER = 6


class TooLong(ValueError):
    """A formula that has too many terms to be multiplied out."""


class Forms:
    """Normal forms in one setting; `worlds` tell which parts are numbers and which are not."""

    def __init__(self, setting, worlds):
        self.setting, self.worlds = setting, worlds
        self._shapes, self._keys = {}, {}

    def key(self, tree, expand=True):
        """The normal form, as text that can be compared."""
        if (tree, expand) not in self._keys:
            try:
                found = _Form(self, expand).sum(tree, {})
                self._keys[tree, expand] = repr(_sorted(found))
            except TooLong:
                self._keys[tree, expand] = repr(tree)
        return self._keys[tree, expand]

    def terms(self, tree):
        """{monomial: number} of a tree that is multiplied out, or None if that is too long."""
        try:
            return _Form(self, True).sum(tree, {})
        except TooLong:
            return None

    def shape(self, tree):
        """(rows, columns) of what a part is; (1, 1) for a number."""
        if tree not in self._shapes:
            self._shapes[tree] = self._shape(tree)
        return self._shapes[tree]

    def _shape(self, tree):
        indices = {name for part in tree.parts() for name in (*part.binds, *part.own_names())}
        at = {name: 1 for name in indices if self._is_index(name, tree)}
        for world in self.worlds:
            try:
                with ctx.workprec(128):
                    value = tree.value(world().at(at))
            except (ArithmeticError, ValueError):
                continue
            if type(value) is ar.Array and len(value.dims) == 2:
                return tuple(map(str, value.dims))
            return ("1", "1") if ar.is_number(value) else ("?", "?")
        return ("1", "1")

    def _is_index(self, name, tree):
        bound = any(type(p) is c.Big and name in p.binds for p in tree.parts())
        return bound or self.setting.scope.get(name) == "index"


class _Form:
    """One formula on its way to its normal form."""

    def __init__(self, forms, expand):
        self.forms, self.expand, self.fresh = forms, expand, count()

    def sum(self, tree, names):
        """{monomial: number} of a tree; `names` maps bound letters to their ids."""
        found = self._sum(tree, names)
        if len(found) > _MOST_TERMS:
            raise TooLong
        return found

    def _sum(self, tree, names):
        kind = type(tree)
        if kind is c.Num:
            return _number(tree.number)
        if kind is c.Blank and tree.body is not None:
            return self.sum(tree.body, names)
        if kind is c.Neg:
            return _scaled(self.sum(tree.body, names), -ONE)
        if kind in (c.Add, c.Sub):
            right = self.sum(tree.right, names)
            return _added(
                self.sum(tree.left, names), right if kind is c.Add else _scaled(right, -ONE)
            )
        if kind is c.Mul:
            return self._times(self.sum(tree.left, names), self.sum(tree.right, names))
        if kind is c.Dot:
            column = self.forms.shape(tree.left)[1] == "1" and self.forms.shape(tree.left) != (
                "1",
                "1",
            )
            left = (
                c.Transpose(tree.left)
                if column and self.forms.shape(tree.right) == self.forms.shape(tree.left)
                else tree.left
            )
            return self._times(self.sum(left, names), self.sum(tree.right, names))
        if kind is c.Div:
            return self._times(self.sum(tree.above, names), self._power(tree.below, -ONE, names))
        if kind is c.Pow:
            return self._pow(tree, names)
        if kind is c.Function and tree.word == "exp":
            return self._exponential(tree.arguments[0], names)
        if kind is c.Log and tree.base is not None:
            below = self._power(c.Log(tree.base, None), -ONE, names)
            return self._times(self.sum(c.Log(tree.body, None), names), below)
        if kind is c.Transpose:
            found = {}
            for (binders, factors, word), number in self.sum(tree.body, names).items():
                turned = tuple((key, not up, cols, rows) for key, up, rows, cols in reversed(word))
                found[_monomial(binders, factors, turned)] = number
            return found
        if kind is c.Big and tree.kind == "sum":
            return self._big(tree, names)
        return self._atom(tree, names)

    def _atom(self, tree, names, power=ONE):
        key = self._key(tree, names)
        rows, columns = self.forms.shape(tree)
        if (rows, columns) == ("1", "1"):
            return {_monomial((), ((key, power),), ()): ONE}
        return {_monomial((), (), ((key, True, rows, columns),)): ONE}

    def _key(self, tree, names):
        """What a part is, with its inside in normal form."""
        kind = type(tree)
        if kind is c.Name:
            return ("id", names[tree.name]) if tree.name in names else ("name", tree.name)
        if kind in (c.Gradient, c.Slope, c.Partial):
            return self._derivative(tree, names)
        if kind is c.Big:
            inner = dict(names)
            ranges = []
            for binder in tree.binders:
                inner[binder[0]] = f"#{next(self.fresh)}"
                ranges.append((inner[binder[0]], self._range(binder, names)))
            condition = self._inside(tree.condition, inner) if tree.condition else ""
            return _renamed(
                ("big", tree.kind, tuple(ranges), condition, self._inside(tree.body, inner))
            )
        if kind is c.Function and tree.word in ("max", "min"):
            return (
                tree.word,
                tuple(sorted((self._inside(a, names) for a in tree.arguments), key=repr)),
            )
        if kind is c.Delta:
            return (
                "delta",
                tuple(sorted((self._inside(x, names) for x in (tree.left, tree.right)), key=repr)),
            )
        if kind in (c.Abs, c.Norm):
            found = _sorted(self.sum(tree.body, names))
            return (kind.__name__, getattr(tree, "order", 0), _unsigned(found))
        children = tuple(self._inside(child, names) for child in tree.children())
        own = tuple(
            getattr(tree, field)
            for field in ("name", "word", "kind", "side", "variable", "signs", "prime")
            if isinstance(getattr(tree, field, None), (str, tuple, bool))
        )
        return (kind.__name__, own, children)

    def _inside(self, tree, names):
        if isinstance(tree, (c.Claim, c.Relation)):
            return self._key(tree, names)
        if type(tree) is c.Name:
            return self._key(tree, names)
        return _sorted(self.sum(tree, names))

    def _derivative(self, tree, names):
        """∇_w, ∇ at a letter and ∂/∂w are one."""
        if type(tree) is c.Slope:
            body, variables = c.Call(tree.name, (), (tree.argument,)), (tree.argument,) * tree.order
        elif type(tree) is c.Gradient:
            body, variables = tree.body, (tree.variable,) * tree.order
        else:
            body, variables = tree.body, tree.variables
        return ("d", self._inside(body, names), tuple(self._inside(v, names) for v in variables))

    def _range(self, binder, names):
        index, low, high = binder
        if low is None:
            return str(self.forms.setting.ranges[index])
        low, high = self._inside(low, names), self._inside(high, names)
        if low == _sorted(_number(ONE)) and len(high) > 1 and high[0] == "name":
            return high[1]
        return (low, high)

    def _big(self, tree, names):
        inner, binders = dict(names), []
        for binder in tree.binders:
            inner[binder[0]] = f"#{next(self.fresh)}"
            binders.append((inner[binder[0]], self._range(binder, names)))
        body = self.sum(tree.body, inner)
        if tree.condition is not None:
            condition = ("Indicator", (), (self._key(tree.condition, inner),))
            body = self._times({_monomial((), ((condition, ONE),), ()): ONE}, body)
        found = {}
        for (own, factors, word), number in body.items():
            key = _monomial((*binders, *own), factors, word)
            found[key] = found.get(key, ZERO) + number
        return {key: number for key, number in found.items() if number}

    # ------------------------------------------------------------ products and powers

    def _times(self, left, right):
        if not self.expand:  # a number goes into every term; another factor stays outside
            a, b = _only_number(left), _only_number(right)
            if a is not None or b is not None:
                return _scaled(left, b) if a is None else _scaled(right, a)
            left = self._closed(left) if len(left) > 1 else left
            right = self._closed(right) if len(right) > 1 else right
        found = {}
        for (b1, f1, w1), n1 in left.items():
            for (b2, f2, w2), n2 in right.items():
                b2, f2, w2 = self._apart(b1, b2, f2, w2)
                key = _monomial((*b1, *b2), (*f1, *f2), (*w1, *w2))
                found[key] = found.get(key, ZERO) + n1 * n2
                if len(found) > _MOST_TERMS:
                    raise TooLong
        return {key: number for key, number in found.items() if number}

    def _apart(self, taken, binders, factors, word):
        """A second monomial with ids of its own."""
        new = {one[0]: f"#{next(self.fresh)}" for one in binders if taken}
        return tuple(_with(binders, new)), tuple(_with(factors, new)), tuple(_with(word, new))

    def _closed(self, terms):
        """A sum as one factor: its number in front, the rest in brackets."""
        if any(word for _, _, word in terms):
            rows = {(word[0][2], word[-1][3]) for _, _, word in terms if word}
            if len(rows) == 1 and all(word for _, _, word in terms):
                ((first, last),) = rows
                return {_monomial((), (), ((("sum", _sorted(terms)), True, first, last),)): ONE}
            return terms
        lead = _sorted(terms)[0][1]
        return {_monomial((), ((("sum", _sorted(_scaled(terms, 1 / lead))), ONE),), ()): lead}

    def _pow(self, tree, names):
        base, exponent = tree.base, tree.exponent
        if base == c.EULER and "e" not in self.forms.setting.scope:
            return self._exponential(exponent, names)
        power = self.sum(exponent, names)
        number = _only_number(power)
        if number is None:
            key = ("pow", self._inside(base, names), _sorted(power))
            return {_monomial((), ((key, ONE),), ()): ONE}
        if type(base) is c.Norm and base.order == 2 and number == 2:
            return self._square(base.body, names)
        return self._power(base, number, names)

    def _square(self, body, names):
        """‖a‖² = aᵀa, and for a matrix the sum of its squares."""
        shape = self.forms.shape(body)
        if shape == ("1", "1"):
            return self._power(body, fmpq(2), names)
        if shape[1] != "1":
            return {_monomial((), ((("frobenius", self._inside(body, names)), ONE),), ()): ONE}
        terms = self.sum(body, names)
        if not self.expand and len(terms) > 1:
            key = ("square", _unsigned(_sorted(terms)))
            return {_monomial((), ((key, ONE),), ()): ONE}
        return self._times(self.sum(c.Transpose(body), names), terms)

    def _power(self, base, number, names):
        """A number to a power: of one monomial, multiplied out, or as it is."""
        terms = self.sum(base, names)
        if self.forms.shape(base) != ("1", "1"):
            key = ("matrix power", self._inside(base, names), str(number))
            rows, columns = self.forms.shape(base)
            return {_monomial((), (), ((key, True, rows, columns),)): ONE}
        if number.q == 1 and 0 <= number.p <= _HIGHEST_POWER and (self.expand or len(terms) == 1):
            found = _number(ONE)
            for _ in range(int(number.p)):
                found = self._times(found, terms)
            return found
        if len(terms) == 1:
            (((binders, factors, word), lead),) = terms.items()
            if not binders and not word and (number.q == 1 or lead == 1):
                raised = tuple((key, power * number) for key, power in factors)
                return {_monomial((), raised, ()): lead ** int(number.p) if number.q == 1 else ONE}
        if not terms:
            return {_monomial((), ((("zero power", str(number)), ONE),), ()): ONE}
        lead = _sorted(terms)[0][1]
        key = ("sum", _sorted(_scaled(terms, 1 / lead)))
        front = lead ** int(number.p) if number.q == 1 else ONE
        if number.q != 1:
            key = ("sum", _sorted(terms))
        return {_monomial((), ((key, number),), ()): front}

    def _exponential(self, exponent, names):
        """e^{2a + b} is (e^a)² e^b."""
        factors = []
        for monomial, number in self.sum(exponent, names).items():
            factors.append((("exp", _canonical(monomial)), number))
        return {_monomial((), tuple(factors), ()): ONE}


def _number(x):
    return {((), (), ()): x} if x else {}


def _only_number(terms):
    if not terms:
        return ZERO
    return terms.get(((), (), ())) if len(terms) == 1 else None


def _scaled(terms, factor):
    return {key: number * factor for key, number in terms.items()}


def _added(left, right):
    found = dict(left)
    for key, number in right.items():
        found[key] = found.get(key, ZERO) + number
    return {key: number for key, number in found.items() if number}


def _monomial(binders, factors, word):
    """Factors with equal keys are one; a word that is a number commutes; all in one order."""
    if word and (word[0][2], word[-1][3]) == ("1", "1"):
        turned = tuple((key, not up, cols, rows) for key, up, rows, cols in reversed(word))
        factors, word = (*factors, (("word", min(word, turned, key=repr)), ONE)), ()
    powers = {}
    for key, power in factors:
        powers[key] = powers.get(key, ZERO) + power
    factors = tuple(sorted(((k, p) for k, p in powers.items() if p), key=repr))
    return _canonical((tuple(binders), factors, word))


def _canonical(monomial):
    """The monomial with its bound ids named in the one order that sorts first."""
    binders, factors, word = monomial
    if not binders:
        return monomial
    used = repr((factors, word))
    free = [(one, span) for one, span in binders if repr(one) not in used]
    for _, span in free:  # the sum of what does not depend on the index
        size = ("name", span) if isinstance(span, str) else ("range", span)
        factors = (*factors, (size, ONE))
    binders = tuple(pair for pair in binders if pair not in free)
    best = None
    orders = permutations(binders) if len(binders) <= _MOST_BINDERS else [binders]
    for order in orders:
        new = {one: f"%{k}" for k, (one, _) in enumerate(order)}
        found = (
            tuple((new[one], span) for one, span in order),
            tuple(sorted(_with(factors, new), key=repr)),
            tuple(_with(word, new)),
        )
        if best is None or repr(found) < repr(best):
            best = found
    return best


def _with(tree, new):
    """Nested tuples with ids renamed."""
    if isinstance(tree, tuple):
        return tuple(_with(one, new) for one in tree)
    if isinstance(tree, list):
        return [_with(one, new) for one in tree]
    return new.get(tree, tree) if isinstance(tree, str) else tree


def _renamed(key):
    """The key of a maximum or product, with the ids that it binds named by their place."""
    return _with(key, {pair[0]: f"@{k}" for k, pair in enumerate(key[2])})


def _sorted(terms):
    return tuple(sorted(terms.items(), key=repr))


def _unsigned(terms):
    """The same for a sum and for its negative."""
    return min(terms, tuple((key, -number) for key, number in terms), key=repr)
