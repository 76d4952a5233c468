"""The smallest formulas: numbers, what brackets of any kind hold, and functions by their word.

A part of the reader in `tex.py`.
"""

from fractions import Fraction

from lossbook.derive.tokens import Token

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_SUMS = (r"\sum", r"\prod", r"\max", r"\min")


class Atoms:
    """Methods of `tex.Reader`; each returns a tree, or (tree, word) as `Reader.atom` does."""

    def number(self):
        return ("num", Fraction(self.take()))

    def bracket(self):
        closing = _CLOSING[self.take()]
        self.open.append(closing)
        tree = self.formula()
        self.open.pop()
        self.take(closing)
        return tree

    def bars(self):
        opening = self.take()
        closing = {r"\lVert": r"\rVert"}.get(opening, opening)
        self.open.append(closing)
        tree = self.formula()
        self.open.pop()
        self.take(closing)
        if opening == "|":
            return ("abs", tree)
        order = 2
        if self.maybe("_"):
            order = {"1": 1, "2": 2, r"\infty": "∞"}.get(self.token)
            if order is None:
                self.fail(r"I know the norms 1, 2 and \infty")
            self.take()
        return ("norm", tree, order)

    def angle(self):
        self.take()
        left = self.formula()
        self.take(",")
        right = self.formula()
        self.take(r"\rangle")
        return ("dot", left, right)

    def root(self):
        self.take()
        if self.token == "[":
            self.fail("write another root than the square root as a power")
        return ("pow", self.argument(), ("num", Fraction(1, 2)))

    def logarithm(self):
        self.take()
        base = self.argument() if self.maybe("_") else None
        body, bare = self.applied(r"\log")
        return ("log", body, base), bare

    def function(self):
        word = self.take().lstrip("\\")
        if word == "diag" or word == "median" or self.token in ("(", "["):
            return ("fn", word, self.arguments()), ""
        body, bare = self.applied(word)
        return ("fn", word, (body,)), bare

    def applied(self, word):
        """What an operator acts on: a bracket, or one factor and not a sign further."""
        if self.token in ("(", "["):
            return self.bracket(), ""
        if self.token in ("^", "_"):
            self.fail(f"write ({word} …)^… for a power of {word}")
        sum_follows = self.token in _SUMS
        body, bare = self.factor()
        return body, "" if sum_follows else bare or word

    def arguments(self):
        """(a, b ‖ c) after a function's name."""
        closing = _CLOSING[self.take("(", "[")]
        self.open.append("args")
        found = [self.formula()]
        while self.maybe(",", r"\|", "|", ";"):
            found.append(self.formula())
        self.open.pop()
        self.take(closing)
        return tuple(found)

    def argument(self):
        r"""{…} or, as TeX has it, one token: \frac12 is a half."""
        if self.maybe("{"):
            tree = self.formula()
            self.take("}")
            return tree
        text, place = self.tokens[self.at]
        if text.isdigit() and len(text) > 1:
            digits = [Token(digit, place + k) for k, digit in enumerate(text)]
            self.tokens[self.at : self.at + 1] = digits
        if not (text.isdigit() or text in self.scope):
            self.fail("put braces around this argument")
        return self.number() if text.isdigit() else self.named()
