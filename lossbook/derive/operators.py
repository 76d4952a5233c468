r"""The operators of the language: what acts on a formula, and how far it reaches.

A part of the reader in `tex.py`: fractions and ∂, ∇, Σ Π max min, lim, E, arg min, indicators
and cases.
"""

_CONSTANTS = {
    "I": ("unit",),
    "e": ("name", "e"),
    r"\pi": ("name", r"\pi"),
    r"\infty": ("infty",),
}


class Operators:
    """Methods of `tex.Reader`; each returns a tree, or (tree, word) as `Reader.atom` does."""

    def constant(self):
        return _CONSTANTS[self.take()]

    # ------------------------------------------------------------ derivatives

    def fraction(self):
        r"""\frac{a}{b}, or a derivative: \frac{\partial f}{\partial x}."""
        self.take()
        sign = self.ahead() if self.token == "{" else ""
        if sign == r"\partial" or (sign == "d" and "d" not in self.scope):
            return self.derivative(sign)
        start = self.at
        above = self.argument()
        if sign == "d" and self.token == "{" and self.ahead() == "d":
            self.fail(r"d is a declared letter here: write \partial for a derivative", start)
        return ("div", above, self.argument()), ""

    def derivative(self, sign):
        start = self.at
        self.take("{")
        self.take(sign)
        order = self.order()
        body = None if self.token == "}" else self.term()
        self.take("}")
        self.take("{")
        variables = []
        while self.maybe(sign):
            variable = self.variable()
            variables += [variable] * self.order()
        self.take("}")
        if len(variables) != order:
            self.fail(f"the order above is {order}, below it is {len(variables)}", start)
        bare = ""
        if body is None:
            body, bare = self.applied("∂")
        return ("part", body, tuple(variables)), bare

    def order(self):
        """The order of a derivative: 1, or what stands behind ^."""
        if not self.maybe("^"):
            return 1
        braces = self.maybe("{")
        if self.token not in ("1", "2"):
            self.fail("expected the order of a derivative, 1 or 2")
        order = int(self.take())
        if braces:
            self.take("}")
        return order

    def nabla(self):
        """∇_w f, ∇²_w f, or ∇J(w): the gradient of a defined function at a point."""
        self.take()
        start, variable, order = self.at, None, 1
        while self.token in ("_", "^"):
            if self.token == "^":
                order = self.order()
            else:
                self.take()
                variable = self.variable()
        body, bare = self.applied("∇")
        if variable is None:
            if body[0] != "call" or len(body[3]) != 1 or body[2]:
                self.fail(r"say in which variable: \nabla_w …", start)
            return ("slope", body[1], order, body[3][0]), ""
        if body[0] == "call":
            bare = ""
        if body[0] == "call" and variable not in body[3]:
            shown = variable[1]
            self.fail(
                f"{shown} is not an argument here: write "
                rf"\nabla {body[1]}(…) for the gradient at a point",
                start,
            )
        return ("grad", variable, order, body), bare

    # ------------------------------------------------------------ sums and their kin

    def big(self):
        r"""\sum_i, \sum_{i=1}^n, \sum_{i,j}, \sum_{j \ne i}; max and min also of a list."""
        sign = self.take().lstrip("\\")
        if sign in ("max", "min") and self.token in ("(", "["):
            return ("fn", sign, self.arguments())
        if sign in ("max", "min") and self.token == r"\{":
            self.fail("write max(…) with round brackets")
        if not self.maybe("_"):
            self.fail(f"write the index below: \\{sign}_i")
        binders = self.binders(sign)
        names = [binder[0] for binder in binders]
        if len(set(names)) < len(names) or set(names) & set(self.bound):
            self.fail("this index is bound twice: use another letter")
        outside = self.scope
        self.scope = outside | dict.fromkeys(names, "index")
        self.bound += names
        body = self.term()
        del self.bound[-len(names) :]
        self.scope = outside
        return (sign, binders, body)

    def binders(self, sign):
        braces, found = self.maybe("{"), []
        while True:
            found.append(self.binder(sign, braces))
            if not (braces and self.maybe(",")):
                break
        if braces:
            self.take("}")
        if self.token == "^":
            self.take()
            index, low, _, unequal = found[0]
            if low is None or len(found) > 1:
                self.fail(f"an upper bound needs a lower one: \\{sign}_{{i=1}}^n", self.at - 1)
            found[0] = (index, low, self.argument(), unequal)
        elif found[0][1] is not None:
            self.fail("a lower bound needs an upper one")
        return tuple(found)

    def binder(self, sign, braces):
        start, index = self.at, self.take()
        known = self.scope.get(index)
        if known not in (None, "index"):
            self.fail(f"{index} is not an index", start)
        if braces and self.maybe("="):
            return (index, self.formula(), None, None)
        if known != "index":
            self.fail(
                f"over which range does {index or 'this'} run? declare it, "
                rf"Let {index} \in \{{1,\dots,n\}}, or write \{sign}_{{{index}=1}}^n",
                start,
            )
        if braces and self.maybe(r"\ne"):
            return (index, None, None, self.index())
        return (index, None, None, None)

    def optimum(self):
        r"""\arg\min_w J(w): stands alone, right of an = sign."""
        word = self.take().lstrip("\\").replace(" ", "")
        if word == "arg":
            word += self.take(r"\min", r"\max").lstrip("\\")
        self.take("_")
        return (word, self.variable(), self.term())

    def limit(self):
        r"""\lim_{t \to 0^+}, \lim_{t \to 0^-}, \lim_{t \to \infty}."""
        self.take()
        self.take("_")
        self.take("{")
        name = self.name()
        if self.scope[name] != "variable":
            self.fail(f"{name} is not a declared real variable", self.at - 1)
        self.take(r"\to")
        point, _ = self.atom()
        side = "-"
        if point != ("infty",):
            self.take("^")
            braces = self.maybe("{")
            side = self.take("+", "-")
            if braces:
                self.take("}")
        self.take("}")
        return ("lim", name, point, side, self.term())

    def expectation(self):
        self.take()
        if self.token not in ("(", "["):
            self.fail("write the brackets of an expectation: \\mathbb{E}[…]")
        return ("E", self.bracket())

    # ------------------------------------------------------------ statements as numbers

    def indicator(self):
        r"""\mathbb{1}[a < b]: 1 where the statement holds, 0 elsewhere."""
        self.take()
        self.take("[")
        statement = self.statement()
        self.take("]")
        return ("ind", statement)

    def count(self):
        r"""\#\{i : y_i < c\}: for how many i the statement holds."""
        self.take()
        self.take(r"\{")
        index = self.take()
        if self.scope.get(index) != "index":
            self.fail(f"{index or 'this'} is not a declared index", self.at - 1)
        self.take(":", "|")
        self.bound.append(index)
        statement = self.statement()
        self.bound.pop()
        self.take(r"\}")
        return ("sum", ((index, None, None, None),), ("ind", statement))

    def kronecker(self):
        start = self.at
        self.take()
        if not self.maybe("_"):
            self.fail(r"Kronecker's δ takes two indices: \delta_{ij}", start)
        indices = self.subscripts()
        if len(indices) != 2:
            self.fail(r"Kronecker's δ takes two indices: \delta_{ij}", start)
        return ("kron", *indices)

    def cases(self):
        r"""\begin{cases} a & \text{if } x > 0 \\ b & \text{otherwise} \end{cases}."""
        self.take()
        pieces = []
        while not pieces or self.maybe(r"\\"):
            value = self.formula()
            self.take("&")
            word = self.take("if", "otherwise")
            pieces.append((value, self.statement() if word == "if" else None))
            if word == "otherwise":
                break
        self.take(r"\end{cases}")
        return ("cases", tuple(pieces))
