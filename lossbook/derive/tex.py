r"""Read a small, strict part of LaTeX mathematics into a tree.

The formula that is typeset is the very text that is read here. What could be read in two
ways is refused, with the place and the cure; what was not declared is not guessed.

A tree is a tuple whose first entry names the operation:

    ("num", Fraction)  ("name", key)  ("idx", key, subscripts)  ("call", key, subscripts, args)
    ("neg", e)  ("add"|"sub"|"mul"|"dot"|"had"|"div"|"pow", a, b)  ("T", e)
    ("norm", e, order)  ("abs", e)  ("fn", word, args)  ("log", e, base)
    ("sum"|"prod"|"max"|"min", binders, e)      a binder is (index, low, high, unequal)
    ("part", e, variables)  ("grad", variable, order, e)  ("slope"|"prime", key, order, arg)
    ("E", e)  ("lim", name, point, side, e)  ("argmin"|"argmax", variable, e)
    ("kron", i, j)  ("unit",)  ("infty",)  ("cases", ((e, statement), …))
    ("ind", statement)
    ("rel", sides, relations)  ("and", a, b)
"""

from lossbook.derive.atoms import Atoms
from lossbook.derive.cursor import Cursor
from lossbook.derive.names import Names
from lossbook.derive.operators import Operators

RELATIONS = ("=", r"\le", r"\ge", "<", ">", r"\ne")
LINKS = (r"\iff", r"\implies")
_FUNCTIONS = {r"\exp", r"\det", "tr", "diag", "rank", "sign", "median", "Var"}
# fmt: off
_STARTS_NOTHING = {
    "", "+", "-", "/", ")", "]", "}", ",", ";", ":", "&", "*", "^", "_", r"\}",
    r"\rVert", r"\rangle", r"\cdot", r"\times", r"\odot", r"\land", r"\in", r"\to", r"\\",
    r"\end{cases}", "if", "otherwise", *RELATIONS, *LINKS,
}
# fmt: on
_NOT_HERE = {
    "_": "only a declared name can carry an index",
    "'": "a prime belongs to a declared function of one variable: f'(x)",
    "!": "factorials are not read here",
}
_DEEPEST = 30
_MOST_TERMS = 40


def read_formula(source, scope):
    """The tree of one formula; `scope` maps every declared name to its kind."""
    reader = Reader(source, scope)
    tree = reader.formula()
    reader.end()
    return tree


class Reader(Cursor, Names, Atoms, Operators):
    """Recursive descent over the tokens of one source.

    Here stand statements, sums, products and powers, down to the question which atom begins;
    the atoms themselves are in `names`, `atoms` and `operators`.
    """

    def __init__(self, source, scope):
        super().__init__(source)
        self.scope = scope
        self.open = []  # closing signs that are awaited: |…| and ‖…‖ open and close alike
        self.bound = []  # indices of the sums that we are inside of
        self.depth = 0

    # ------------------------------------------------------------ statements

    def statement(self, lead=""):
        """One or more relations; `lead` is a relation that continues the line above."""
        tree = self.relation(lead)
        while self.maybe(r"\land", ","):
            tree = ("and", tree, self.relation())
        return tree

    def relation(self, lead=""):
        sides, signs = ([None], [lead]) if lead else ([], [])
        sides.append(self.formula())
        while self.token in RELATIONS:
            signs.append(self.take())
            sides.append(self.formula())
        if not signs:
            self.fail("a formula alone says nothing: expected =, ≤, ≥, < or >")
        return ("rel", tuple(sides), tuple(signs))

    # ------------------------------------------------------------ sums, products, powers

    def formula(self):
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail("brackets are nested too deeply to be read")
        sign = self.maybe("+", "-")
        tree = self.term()
        if sign == "-":
            tree = ("neg", tree)
        terms = 1
        while self.token in ("+", "-"):
            sign = self.take()
            tree = ("add" if sign == "+" else "sub", tree, self.term())
            terms = self.counted(terms)
        self.depth -= 1
        return tree

    def term(self):
        """Factors side by side, or joined by a sign of multiplication."""
        signs = {r"\cdot": "dot", r"\times": "mul", r"\odot": "had"}
        tree, bare = self.factor()
        factors = 0
        while True:
            start, factors = self.at, self.counted(factors)
            if self.token in signs:
                operation = signs[self.take()]
                if self.token in ("-", "+"):
                    self.fail("put brackets around a signed factor")
                tree = (operation, tree, self.factor()[0])
            elif self.maybe("/"):
                if self.token in ("-", "+"):
                    self.fail("put brackets around a signed denominator")
                tree, bare = ("div", tree, self.factor()[0]), ""
                if self.starts() or self.token == "/":
                    self.fail(r"a/b c can be read in two ways: write \frac{a}{b} c or a/(b c)")
            elif self.starts():
                if bare:
                    self.fail(f"does {bare} reach as far as this? use brackets", start)
                if self.token[0].isdigit():
                    self.fail("a number behind a factor: write it in front, or use \\cdot")
                right, bare = self.factor()
                tree = ("mul", tree, right)
            else:
                return tree

    def counted(self, number):
        if number == _MOST_TERMS:
            self.fail(f"more than {_MOST_TERMS} terms or factors in a row")
        return number + 1

    def starts(self):
        """Whether a factor begins at this token."""
        if self.token in ("|", r"\|"):
            return not (self.open and self.open[-1] in (self.token, "args"))
        return self.token not in _STARTS_NOTHING

    def factor(self):
        """(tree, word): `word` names an operator without brackets whose reach ends here."""
        tree, bare = self.atom()
        if self.token in _NOT_HERE:
            self.fail(_NOT_HERE[self.token])
        if self.token == "^":
            if bare:
                self.fail(f"does {bare} reach as far as this power? use brackets")
            self.take()
            tree = self.raised(tree)
            if self.token in ("^", "_", "'"):
                self.fail("put brackets around a power before it is raised or indexed")
        return tree, bare

    def raised(self, tree):
        braces = self.maybe("{")
        if self.token == r"\top" or (self.token == "T" and "T" not in self.scope):
            self.take()
            raised = ("T", tree)
        elif self.token in (r"\star", "*", r"\circ", r"\prime") or (braces and self.token == "("):
            self.fail("a decorated name must be declared with its decoration")
        elif braces:
            raised = ("pow", tree, self.formula())
        else:
            if self.token.isdigit() and len(self.token) > 1:
                self.fail(f"this prints as the power {self.token[0]}: write ^{{{self.token}}}")
            raised = ("pow", tree, self.atom()[0])
        if braces:
            self.take("}")
        return raised

    # ------------------------------------------------------------ atoms

    def atom(self):
        """(tree, word) of one number, name, bracket or operator with what it acts on."""
        text = self.token
        if text[:1].isdigit() and text.isascii():
            return self.number(), ""
        if text == r"\frac":
            return self.fraction()
        if self.declared():
            return self.named(), ""
        special = getattr(self, _SPECIAL.get(text, ""), None)
        if special:
            tree = special()
            return tree if isinstance(tree[0], tuple) else (tree, "")
        if text in _FUNCTIONS:
            return self.function()
        self.unknown(text)

    def unknown(self, text):
        if not text:
            self.fail("the line ends where a formula was expected")
        if text in (")", "]", "}", r"\}", r"\rVert", r"\rangle"):
            self.fail(f"this {text} closes nothing")
        if text in ("+", "-"):
            self.fail(f"something is missing before {text}, or brackets around what it signs")
        if text in _STARTS_NOTHING:
            self.fail(f"something is missing before {text}")
        word = "".join(token.text for token in self.tokens[self.at : self.at + 3])
        if word in ("log", "exp", "max", "min"):
            self.fail(f"write \\{word} for the function")
        self.fail(f"I do not know {text}: it was not declared")


_SPECIAL = {
    "(": "bracket",
    "[": "bracket",
    "{": "bracket",
    "|": "bars",
    r"\|": "bars",
    r"\lVert": "bars",
    r"\langle": "angle",
    r"\sqrt": "root",
    r"\log": "logarithm",
    r"\nabla": "nabla",
    r"\sum": "big",
    r"\prod": "big",
    r"\max": "big",
    r"\min": "big",
    r"\arg": "optimum",
    r"\argmin": "optimum",
    r"\argmax": "optimum",
    "arg min": "optimum",
    "argmin": "optimum",
    "argmax": "optimum",
    "arg max": "optimum",
    r"\lim": "limit",
    r"\mathbb E": "expectation",
    r"\mathbb 1": "indicator",
    r"\#": "count",
    r"\delta": "kronecker",
    r"\begin{cases}": "cases",
    "I": "constant",
    "e": "constant",
    r"\pi": "constant",
    r"\infty": "constant",
}
