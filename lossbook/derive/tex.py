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

from fractions import Fraction

from lossbook.derive.operators import Operators
from lossbook.derive.tokens import CannotRead, Token, key, tokens

RELATIONS = ("=", r"\le", r"\ge", "<", ">", r"\ne")
LINKS = (r"\iff", r"\implies")
FUNCTIONS = {r"\exp", r"\det", "tr", "diag", "rank", "sign", "median", "Var"}
INTEGERS = ("index", "size", "label", "local")
_BIG = {r"\sum": "sum", r"\prod": "prod", r"\max": "max", r"\min": "min"}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
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


class Reader(Operators):
    """Recursive descent over the tokens of one source."""

    def __init__(self, source, scope):
        self.source, self.scope = source, scope
        self.tokens, self.at = tokens(source), 0
        self.open = []  # closing signs that are awaited: |…| and ‖…‖ open and close alike
        self.bound = []  # indices of the sums that we are inside of
        self.depth = 0

    # ------------------------------------------------------------ tokens

    @property
    def token(self):
        return self.tokens[self.at].text

    def ahead(self, n=1):
        return self.tokens[min(self.at + n, len(self.tokens) - 1)].text

    def fail(self, why, at=None):
        raise CannotRead(why, self.source, self.tokens[self.at if at is None else at].place)

    def take(self, *wanted):
        text = self.token
        if wanted and text not in wanted:
            found = f"found {text}" if text else "but the line ends"
            self.fail(f"expected {' or '.join(wanted)} here, {found}")
        if text:
            self.at += 1
        return text

    def maybe(self, *wanted):
        return self.take() if self.token in wanted else ""

    def end(self):
        if self.token in (")", "]", "}", r"\}", r"\rVert"):
            self.fail(f"this {self.token} closes nothing")
        if self.token:
            self.fail(f"I cannot go on reading at {self.token}")

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
        if text in FUNCTIONS:
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
        sum_follows = self.token in _BIG
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

    # ------------------------------------------------------------ names

    def declared(self):
        """How many tokens from here spell a declared name; the longest spelling counts."""
        for length in range(6, 0, -1):
            run = [t.text for t in self.tokens[self.at : self.at + length]]
            if "" not in run and _balanced(run) and key(run) in self.scope:
                return length
        return 0

    def name(self):
        length = self.declared()
        if not length:
            self.unknown(self.token)
        run = [t.text for t in self.tokens[self.at : self.at + length]]
        self.at += length
        return key(run)

    def named(self):
        start = self.at
        name = self.name()
        subscripts = self.subscripts() if self.maybe("_") else ()
        if self.scope[name] != "function":
            return ("idx", name, subscripts) if subscripts else ("name", name)
        order = 0
        while self.maybe("'"):
            order += 1
        if self.token not in ("(", "["):
            self.fail(f"{name} is a function: write its argument, {name}(…)", start)
        arguments = self.arguments()
        if not order:
            return ("call", name, subscripts, arguments)
        if len(arguments) > 1:
            self.fail("a prime belongs to a function of one variable", start)
        return ("prime", name, order, arguments[0])

    def subscripts(self):
        """The indices behind an underscore: _i, _{ij}, _{i,j}, _{i+1}, _{y_i}."""
        if not self.maybe("{"):
            return (self.index(),)
        found = []
        while not found or self.token != "}":
            index = self.index()
            while self.token in ("+", "-"):
                sign = "add" if self.take() == "+" else "sub"
                index = (sign, index, self.index())
            found.append(index)
            self.maybe(",")
        self.take("}")
        return tuple(found)

    def index(self):
        if self.token.isdigit() and len(self.token) > 1:
            self.fail(f"one index or several? write {','.join(self.token)}")
        if self.token.isdigit():
            return self.number()
        if self.token in self.bound or self.scope.get(self.token) in INTEGERS:
            name = self.take()
            if self.scope.get(name) == "label" and self.maybe("_"):
                return ("idx", name, self.subscripts())
            return ("name", name)
        shown = self.token or "nothing"
        self.fail(f"{shown} is not an index here: neither declared nor summed over")

    def variable(self):
        """What a derivative or an optimum is taken in: a declared name, perhaps indexed."""
        braces = self.maybe("{")
        name = self.name()
        if self.scope[name] in ("function", "size", "index"):
            self.fail(f"{name} is not a variable", self.at - 1)
        subscripts = self.subscripts() if self.maybe("_") else ()
        if braces:
            self.take("}")
        return ("idx", name, subscripts) if subscripts else ("name", name)


def _balanced(run):
    depth = 0
    for text in run:
        depth += (text == "{") - (text == "}")
        if depth < 0:
            return False
    return depth == 0 and run[0] != "{"


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
