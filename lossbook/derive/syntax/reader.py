r"""Read a small, strict part of LaTeX mathematics into a tree.

The formula that is typeset is the very text that is read here. What could be read in two ways is
refused, with the place and the cure; what was not declared is not guessed. This is recursive
descent for sums, products, powers and names; every other construct reads itself (`constructs`).
"""

import re

from lossbook.derive import constructs as c
from lossbook.derive.evaluate.numbers import ONE, ZERO, exact
from lossbook.derive.syntax.spelling import (
    CURES,
    LETTERS,
    LINKS,
    RELATIONS,
    CannotRead,
    Token,
    key,
    tokens,
)

_INTEGERS = ("index", "size", "label")
_CLOSING = {"(": ")", "[": "]", "{": "}", r"\{": r"\}"}
_BOLD = r"\mathbf "
_BIGS = (r"\sum", r"\prod", r"\max", r"\min", r"\int")
_TIMES = {
    r"\cdot": c.Dot,
    r"\times": c.Mul,
    r"\odot": c.Entrywise,
    "*": c.Mul,
    r"\circ": c.Entrywise,
}
# fmt: off
_STARTS_NOTHING = {
    "", "+", "-", "/", ")", "]", "}", ",", ";", ":", "&", "^", "_", "'", "!", ".", r"\}",
    r"\rangle", r"\land", r"\in", r"\to", r"\\", r"\end{cases}", "if", "otherwise", r"\dots",
    r"\forall", r"\sim", r"\over", *_TIMES, *RELATIONS, *LINKS,
}
# fmt: on
_DEEPEST = 30
_MOST_TERMS = 40
LONGEST_NAME = 9


def read_formula(source, setting):
    """The tree of one formula in the letters of a Setting."""
    reader = Reader(source, setting).without_bold()
    tree = reader.formula()
    reader.end()
    return tree


class Reader:
    """The tokens of one source, the place of the next one, and what is known there."""

    Refused = CannotRead

    def __init__(self, source, setting, scope=None):
        self.source, self.setting = source, setting
        self.tokens, self.at = tokens(source), 0
        self.scope = setting.scope if scope is None else scope
        self.open = []  # closing signs that are awaited: |…| and ‖…‖ open and close alike
        self.bound = []  # indices of the sums that we are inside of
        self.partners = []  # j of \sum_{i \ne j}, where nothing binds it
        self.depth = 0
        self.summed = None  # where the body of the sum begins that we are in, and in which bracket
        self.functions_alone = False  # whether L may be written for L(w)
        self.of_chance = False  # whether we are inside of E[…], Var, Cov or Pr

    def without_bold(self, start=0):
        r"""\mathbf{x} is x, and x is \mathbf{x}, where only the other one was declared."""
        for at in range(start, len(self.tokens)):
            text, place = self.tokens[at]
            other = text.removeprefix(_BOLD) if text.startswith(_BOLD) else _BOLD + text
            if not text.isdigit() and text not in self.scope and other in self.scope:
                self.tokens[at] = Token(other, place)
        return self

    # ------------------------------------------------------------ tokens

    @property
    def token(self):
        return self.tokens[self.at].text

    def ahead(self, n=1):
        return self.tokens[min(self.at + n, len(self.tokens) - 1)].text

    def fail(self, why, at=None):
        raise CannotRead(why, self.source, self.tokens[self.at if at is None else at].place)

    def take(self, *wanted):
        """The next token, which must be one of those wanted, if any are; go on behind it."""
        text = self.token
        if wanted and text not in wanted:
            found = f"found {text}" if text else "but the line ends"
            self.fail(f"expected {' or '.join(wanted)} here, {found}")
        if text:
            self.at += 1
        return text

    def maybe(self, *wanted):
        """The same where it is one of those wanted; else "", and nothing is taken."""
        return self.take() if self.token in wanted else ""

    def mark(self):
        return self.at, list(self.open), list(self.bound), self.depth, self.scope

    def reset(self, mark):
        self.at, self.open, self.bound, self.depth, self.scope = mark
        self.open, self.bound = list(self.open), list(self.bound)

    def touching(self):
        """Whether the next two tokens are bars with nothing between them."""
        here, there = self.tokens[self.at - 1], self.tokens[self.at]
        return here.text == there.text == "|" and there.place - here.place <= 1

    def end(self):
        if self.token in (")", "]", "}", r"\}", r"\rangle"):
            self.fail(f"this {self.token} closes nothing")
        if not self.token:
            return
        if self.token in CURES:
            self.fail(CURES[self.token])
        self._is_it_a_reason()
        self.fail(f"I cannot go on reading at {self.token}")

    def _is_it_a_reason(self):
        rest = self.source[self.tokens[self.at].place :]
        if re.match(r"\(?[A-Za-z]{2,}(?:\s+[A-Za-z]+)+|[\u4e00-\u9fff]", rest):
            self.fail("is this the reason? write % before it")

    # ------------------------------------------------------------ statements

    def statement(self, lead=""):
        """Relations joined by “and”; `lead` is a relation that continues the line above."""
        relations = [self.relation(lead)]
        while self.token in (r"\land", ","):
            if self.token == "," and self.ahead() in ("", r"\\", ".", r"\end{cases}"):
                self.take()
                break
            if self.take() == ",":
                self.maybe(r"\land")
            if self.token == r"\forall":
                break
            relations.append(self.relation())
        if self.maybe(r"\forall"):
            if self.scope.get(self.take()) != "index":
                self.fail("“for all” is said by a declared index: leave it away", self.at - 1)
            while self.token not in ("", *LINKS, r"\\", r"\end{cases}"):
                self.take()
        return c.Claim(tuple(relations))

    def relation(self, lead=""):
        sides, signs = ([None], [lead]) if lead else ([], [])
        sides.append(self.formula())
        while self.token in RELATIONS:
            signs.append(self.take())
            sides.append(self.formula())
        if self.token in CURES:
            self.fail(CURES[self.token])
        if not signs:
            self.fail("a formula alone says nothing: expected =, ≤, ≥, < or >")
        return c.Relation(tuple(sides), tuple(signs))

    # ------------------------------------------------------------ sums, products, powers

    def formula(self):
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail("brackets are nested too deeply to be read")
        sign = self.maybe("+", "-")
        tree = self.term()
        plain = [] if sign == "-" else [tree]  # the terms so far, where all signs are +
        tree = c.Neg(tree) if sign == "-" else tree
        terms = 1
        while self.token in ("+", "-"):
            sign = self.take()
            if self.token == r"\dots":
                tree = self._ellipsis("sum", plain, tree, sign)
                plain = []
                continue
            term = self.term()
            tree = (c.Add if sign == "+" else c.Sub)(tree, term)
            plain = [*plain, term] if sign == "+" and plain else []
            terms = self.counted(terms)
        self.depth -= 1
        return tree

    def _ellipsis(self, kind, parts, tree, sign):
        r"""x_1 + … + x_n, read as the sum that its first and its last term spell."""
        start = self.at
        self.take(r"\dots")
        if kind == "sum":
            self.take("+")
        elif self.token in _TIMES:
            self.take()
        last = self.term() if kind == "sum" else self.factor()[0]
        index = next(i for i in ("i", "j", "k", "l", "r") if i not in tree.names() | last.names())
        if sign != "-":
            for skip in range(len(parts)):
                found = _series(parts[skip:], last, index)
                if found is not None:
                    series = c.Big(kind, ((index, *found[:2]),), None, found[2])
                    for part in reversed(parts[:skip]):
                        series = (c.Add if kind == "sum" else c.Mul)(part, series)
                    return series
        self.fail(f"what do the dots stand for? write \\{kind}_{{i=1}}^n", start)

    def term(self):
        """Factors side by side, or joined by a sign of multiplication."""
        tree, bare = self.factor()
        factors, plain = 0, [tree]
        while True:
            start, factors = self.at, self.counted(factors)
            if self.token in _TIMES:
                operation = _TIMES[self.take()]
                if self.token in ("-", "+"):
                    self.fail("put brackets around a signed factor")
                if self.token == r"\dots":
                    tree, plain = self._ellipsis("prod", plain, tree, ""), []
                    continue
                right, bare = self.factor()
                tree, plain = operation(tree, right), [*plain, right]
            elif self.token == r"\dots" and len(plain) > 1 and self.ahead() not in (",", ")", "+"):
                tree, plain = self._ellipsis("prod", plain, tree, ""), []
            elif self.token == "/" and not (self.open and self.ahead() == r"\partial"):
                self.take()
                if self.token in ("-", "+"):
                    self.fail("put brackets around a signed denominator")
                tree, bare, plain = c.Div(tree, self.factor()[0]), "", []
                if self.starts() or self.token == "/":
                    self.fail(r"a/b c can be read in two ways: write \frac{a}{b} c or a/(b c)")
            elif self.starts():
                if bare:
                    self.fail(f"does {bare} reach as far as this? use brackets", start)
                if self.token[0].isdigit():
                    self.fail("a number behind a factor: write it in front, or use \\cdot")
                right, bare = self.factor()
                tree, plain = c.Mul(tree, right), [*plain, right]
            else:
                return tree

    def counted(self, number):
        if number == _MOST_TERMS:
            self.fail(f"more than {_MOST_TERMS} terms or factors in a row")
        return number + 1

    def starts(self):
        """Whether a factor begins at this token."""
        if self.token in ("|", r"\|"):
            return not (self.open and self.open[-1] in (self.token, self.token * 2, "args"))
        if self.token == r"\mathrm d" or (self.token == "d" and self.open[-1:] == ["d"]):
            return self.token == "d" and "d" in self.scope and self.ahead() not in self.scope
        return self.token not in _STARTS_NOTHING and not self.token.startswith(r"\end{")

    def factor(self):
        """(tree, word): `word` names an operator without brackets whose reach ends here."""
        tree, bare = self.atom()
        if self.maybe("!"):
            tree = c.Function("factorial", (tree,))
        if self.token == "'":
            self.fail(r"a prime belongs to a declared function of one variable: f'(x); "
                      r"write x^\top for a transpose")  # fmt: skip
        if self.token == "_":
            tree = self._indexed(tree, bare)
        if self.token == "^":
            if bare:
                self.fail(f"does {bare} reach as far as this power? use brackets")
            self.take()
            base, tree = tree, self.raised(tree)
            if self.token == "_":
                tree = self._raised_and_indexed(base, tree)
            if self.token in ("^", "_", "'"):
                self.fail("put brackets around a power before it is raised or indexed")
        return tree, bare

    def _indexed(self, tree, bare):
        """(A B)_{ij}, and [s]_+ for max(0, s)."""
        if bare or type(tree) is c.Num or tree in (c.EULER, c.Identity(None)):
            self.fail("only a declared name, or a bracket, can carry an index")
        start = self.at
        self.take("_")
        braces = self.maybe("{")
        if self.maybe("+"):
            if braces:
                self.take("}")
            return c.positive_part(tree)
        self.at = start + 1
        return c.Index(tree, self.subscripts())

    def _raised_and_indexed(self, base, tree):
        """x^2_i prints like x_i^2; of A^{-1}_{ij} there are two readings."""
        if type(base) is c.Norm and type(tree) is c.Pow:
            return c.Pow(c.Norm(base.body, c.Norm.read_order(self)), tree.exponent)
        if type(base) is not c.Name:
            self.fail("put brackets around a power before it is raised or indexed")
        start = self.at
        self.take("_")
        inverse = tree == c.Pow(base, c.Neg(c.Num(ONE)))
        places = () if inverse else self.subscripts()
        if (
            inverse
            or (len(places) > 1 and type(tree) is not c.Pow)
            or tree == c.Pow(base, c.Neg(c.Num(ONE)))
        ):
            self.fail(f"put brackets: ({base.name}^…)_… or ({base.name}_…)^…", start)
        return c.replaced(tree, base, c.Index(base, places))

    def raised(self, tree):
        braces = self.maybe("{")
        if (
            braces
            and self.token == "-"
            and self.ahead() in (r"\top", "T")
            and "T" not in self.scope
        ):
            self.take()
            raised = c.Pow(tree, c.Neg(c.Num(ONE)))
            self.take()
            raised = c.Transpose(raised)
        elif self.maybe_transpose():
            raised = c.Transpose(tree)
        elif self.token in (r"\star", "*", r"\circ", r"\prime", "'"):
            self.fail("a decorated name must be declared with its decoration, Let w^\\star \\in …")
        elif self.token == "(" and self.ahead(2) == ")" and (self.ahead(3) == "}" or not braces):
            shown = self.ahead()
            self.fail(
                "a decorated name must be declared with its decoration: "
                rf"Let x^{{({shown})}} \in …, or write ^{{{shown}}} for a power"
            )
        elif braces:
            raised = c.Pow(tree, self.formula())
        else:
            if self.token == "(":
                self.fail("this prints as a raised bracket: write ^{…}")
            if self.token == "-":
                self.fail("this prints as a raised minus: write ^{-1}")
            if self.token.isdigit() and len(self.token) > 1:
                self.fail(f"this prints as the power {self.token[0]}: write ^{{{self.token}}}")
            raised = c.Pow(tree, self.atom()[0])
        if braces:
            self.take("}")
        return raised

    def maybe_transpose(self):
        if self.token == r"\top" or (self.token == "T" and "T" not in self.scope):
            return self.take()
        return ""

    def transpose_sign(self):
        braces = self.maybe("{")
        if not self.maybe_transpose():
            self.fail(r"expected \top")
        if braces:
            self.take("}")

    # ------------------------------------------------------------ atoms

    def atom(self):
        """(tree, word) of one number, name, bracket or operator with what it acts on."""
        text = self.token
        if text[:1].isdigit() and text.isascii():
            return self.number(), ""
        if self.declared():
            return self.named(), ""
        if text in ("(", "[", "{", r"\{"):
            return self.bracket(), ""
        if text == r"\langle":
            return self.angle(), ""
        if text in ("E", "P") and self.ahead() not in ("(", "[", "_", r"\{"):
            self.unknown(text)
        read = c.STARTERS.get(text)
        if read is None:
            self.unknown(text)
        self.take()
        return read(self, text)

    def number(self):
        return c.Num(exact(self.take()))

    def bracket(self):
        opening = self.take()
        closing = _CLOSING[opening]
        parted = opening in ("(", "[") and len(self.lone_bars()) == 1
        self.open.append("args" if parted else closing)
        tree = self.formula()
        if parted:  # (X | y), two blocks side by side
            self.take("|")
            tree = c.Matrix(((tree, self.formula()),))
        if opening == "{" and self.maybe(r"\over"):
            tree = c.Div(tree, self.formula())
        self.open.pop()
        if self.token == "," and opening in ("(", "[") and closing:
            self.fail(r"a pair is not read: write \begin{pmatrix} a \\ b \end{pmatrix}")
        self.take(closing)
        return tree

    def brackets(self):
        if self.token not in ("(", "[", r"\{"):
            self.fail("expected a bracket here")
        self.no_condition()
        return self.bracket()

    def lone_bars(self, depth=1):
        """The places of bars in the bracket that has been opened, and in no other one."""
        bars = []
        for at in range(self.at, len(self.tokens)):
            text = self.tokens[at].text
            depth += (text in _CLOSING) - (text in _CLOSING.values())
            bars += [at] if text == "|" and depth == 1 else []
            if depth == 0:
                break
        return bars

    def no_condition(self):
        """A lone bar in a bracket is a condition, and not an absolute value."""
        bars = self.lone_bars(0)
        if len(bars) % 2:
            self.fail("what is given is written as a quotient: P(A, B) / P(B)", bars[-1])

    def enclosed(self, closing):
        """What bars enclose, up to those that close."""
        self.open.append(closing)
        tree = self.formula()
        self.open.pop()
        for bar in closing if closing == "||" else (closing,):
            self.take(bar)
        return tree

    def angle(self):
        self.take()
        left = self.formula()
        self.take(",")
        right = self.formula()
        self.take(r"\rangle")
        return c.Dot(left, right)

    def applied(self, word):
        """What an operator acts on: a bracket, or one factor and not a sign further."""
        word = word.lstrip("\\")
        if self.token in ("(", "["):
            return self.bracket(), ""
        if self.token in ("^", "_"):
            self.fail(f"write ({word} …)^… for a power of {word}")
        if word in "∇∂" and self.declared() and self.kind_here() == "function":
            return self.named(), word
        big = self.token in _BIGS
        body, bare = self.factor()
        return body, "" if big else bare or word

    def arguments(self):
        """(a, b ‖ c) after a function's name."""
        opening = self.take("(", "[", r"\{")
        self.open.append("args")
        found = [self.formula()]
        while self.maybe(",", r"\|", "|", ";"):
            if self.token == r"\dots":
                self.fail(r"write \max_i x_i for a list with dots")
            found.append(self.formula())
        self.open.pop()
        self.take(_CLOSING[opening])
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
        if text == "?" or text in (r"\infty", r"\pi", "e"):
            return self.atom()[0]
        if not (text.isdigit() or text in self.scope):
            self.fail("put braces around this argument")
        return self.number() if text.isdigit() else self.named()

    def claim_in_brackets(self):
        self.no_condition()
        opening = self.take("[", "(", r"\{")
        claim = self.statement()
        self.take(_CLOSING[opening])
        return claim

    def unknown(self, text):
        if not text:
            self.fail("the line ends where a formula was expected")
        if text in (")", "]", "}", r"\}", r"\rangle"):
            self.fail(f"this {text} closes nothing")
        if text == r"\dots":
            self.fail(r"what do the dots stand for? write \sum_{i=1}^n")
        if text in ("+", "-"):
            self.fail(f"something is missing before {text}, or brackets around what it signs")
        if text in _STARTS_NOTHING:
            self.fail(f"something is missing before {text}")
        word = "".join(token.text for token in self.tokens[self.at : self.at + 3])
        if word in ("log", "exp", "max", "min", "det", "sum"):
            self.fail(f"write \\{word} for the function")
        self._is_it_a_reason()
        if (broken := self._broken()) is not None:
            self.fail(f"{broken[0]} has no meaning, because {broken[1]} was not read")
        if text in CURES:
            self.fail(CURES[text])
        if text.startswith("\\") and " " not in text and text not in LETTERS:
            self.fail(f"{text} is no sign that is read here: docs/derive.md lists what is")
        if len(text) == 1 and not text.isalpha():
            self.fail(f"{text} is no sign that is read here: docs/derive.md lists what is")
        home = r"\text{ random}" if self.of_chance else r"\in …"
        self.fail(f"I do not know {text}: it was not declared. Let {text} {home}, or Define it")

    def _broken(self):
        """The name here whose declaration could not be read, and which one that was."""
        for length in range(LONGEST_NAME, 0, -1):
            name = key([t.text for t in self.tokens[self.at : self.at + length]])
            if name in self.setting.broken:
                return name, self.setting.broken[name]
        return None

    # ------------------------------------------------------------ names and indices

    def declared(self):
        """How many tokens from here spell a declared name; the longest spelling counts."""
        for length in range(LONGEST_NAME, 0, -1):
            run = [t.text for t in self.tokens[self.at : self.at + length]]
            if "" not in run and _balanced(run) and key(run) in self.scope:
                return length
        return 0

    def kind_here(self):
        return self.scope[key([t.text for t in self.tokens[self.at : self.at + self.declared()]])]

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
        places = self._raised_index(name)
        if self.token == "_" and self.scope[name] in ("variable", "label", "function"):
            self.take()
            places += self.subscripts()
        if self.scope[name] != "function":
            return c.Index(c.Name(name), places) if places else c.Name(name)
        order = 0
        while self.maybe("'"):
            order += 1
        if self.token not in ("(", "["):
            if self.functions_alone and not order and (call := self._at_its_letters(name, places)):
                return call
            self.fail(f"{name} is a function: write its argument, {name}(…)", start)
        arguments = self.arguments()
        if not order:
            return c.Call(name, places, arguments)
        if len(arguments) > 1:
            self.fail("a prime belongs to a function of one variable", start)
        return c.Slope(name, order, arguments[0], True)

    def _raised_index(self, name):
        """x^{(i)} for a family that was declared so."""
        if name not in self.setting.raised or self.token != "^":
            return ()
        skip = 1 + (self.ahead() == "{")
        if self.ahead(skip) != "(":
            return ()
        self.at += skip + 1
        index = self.index()
        self.take(")")
        if skip == 2:
            self.take("}")
        return (index,)

    def _at_its_letters(self, name, places):
        """L for L(w, b), where its parameters are declared letters."""
        for stored, definition in self.setting.definitions.items():
            letters = definition.parameters
            if definition.name == name and stored != name and set(letters) <= set(self.scope):
                return c.Call(name, places, tuple(map(c.Name, letters)))
        return None

    def bare(self, read):
        """Read where a function may be written without its argument."""
        return self._while(read, "functions_alone")

    def random(self, read):
        """Read where a letter that is not known is a random one."""
        return self._while(read, "of_chance")

    def _while(self, read, flag):
        before = getattr(self, flag)
        setattr(self, flag, True)
        try:
            return read()
        finally:
            setattr(self, flag, before)

    def subscripts(self):
        """The indices behind an underscore: _i, _{ij}, _{i,j}, _{i+1}, _{y_i}."""
        if not self.maybe("{"):
            return (self.index(),)
        found = []
        while not found or self.token != "}":
            index = self.index()
            while self.token in ("+", "-"):
                sign = c.Add if self.take() == "+" else c.Sub
                index = sign(index, self.index())
            found.append(index)
            self.maybe(",")
        self.take("}")
        return tuple(found)

    def index(self):
        if self.token.isdigit() and len(self.token) > 1:
            self.fail(f"one index or several? write {','.join(self.token)}")
        if self.token.isdigit():
            return self.number()
        if self.token in self.bound or self.scope.get(self.token) in _INTEGERS:
            name = self.take()
            if self.scope.get(name) == "label" and self.maybe("_"):
                return c.Index(c.Name(name), self.subscripts())
            return c.Name(name)
        if self.token in (r"\top", "T"):
            self.fail(r"a transpose is raised: x_i^\top")
        shown = self.token or "nothing"
        self.fail(f"{shown} is not an index here: neither declared nor summed over")

    def variable(self):
        """What a derivative or an optimum is taken in: a declared name, perhaps indexed."""
        braces = self.maybe("{")
        start = self.at
        name = self.name()
        if self.scope[name] in ("function", "size", "index"):
            self.fail(f"{name} is not a variable", start)
        places = self._raised_index(name)
        if self.maybe("_"):
            places += self.subscripts()
        if self.token == r"\in":
            self.fail(f"declare where {name} lives with Let, and write {name} alone here")
        if braces:
            self.take("}")
        return c.Index(c.Name(name), places) if places else c.Name(name)

    def variables_of_optimum(self):
        r"""The letters of \min_{w, b}, or nothing where an index is meant."""
        here = self.mark()
        braces = self.maybe("{")
        found = []
        while self.declared() and self.kind_here() == "variable":
            found.append(c.Name(self.name()))
            if not (braces and self.maybe(",")):
                break
        if not found:
            self.reset(here)
            return ()
        if self.token == r"\in":
            self.fail(f"declare where {found[-1]} lives with Let, and write the letter alone here")
        if braces:
            self.take("}")
        return tuple(found)

    def order(self):
        """The order of a derivative: 1, or what is behind ^."""
        if self.token != "^" or self.ahead(1 + (self.ahead() == "{")) in (r"\top", "T"):
            return 1
        self.take()
        braces = self.maybe("{")
        if self.token not in ("1", "2"):
            self.fail("expected the order of a derivative, 1 or 2")
        order = int(self.take())
        if braces:
            self.take("}")
        return order

    # ------------------------------------------------------------ what a sum binds

    def under(self, names, bound, read=None):
        """Read where these names are indices; the ones of sums must differ from those outside."""
        if len(set(names)) < len(names) or set(bound) & set(self.bound):
            self.fail("this index is bound twice: use another letter, or brackets around the first")
        outside = self.scope
        self.scope = outside | dict.fromkeys(names, "index")
        self.bound += names
        found = (read or self.term)()
        if names:
            del self.bound[-len(names) :]
        self.scope = outside
        return found

    def body_of_sum(self, kind, binders, condition, start):
        r"""(binders, condition, body); in \sum_i x_i \sum_i y_i the second i gets its own letter.

        Both readings of that product are worth the same. Of all else an index is bound once.
        """
        before = self.summed
        names = [index for index, *_ in binders]
        again = set(names) & set(self.bound)
        beside = before is not None and self.open == before[1] and start > before[0]
        if kind != "sum" or not beside or len(names) > 1 or condition is not None:
            again = set()
        self.summed = (self.at, list(self.open)) if kind == "sum" else None
        body = self.under(names, [n for n in names if n not in again])
        self.summed = before
        if again:
            ((index, low, high),) = binders
            used = {token.text for token in self.tokens}
            own = next(x for x in "jklrstuvabc" if x not in used and x not in self.scope)
            if low is None:
                size = self.setting.ranges[index]
                low, high = c.Num(ONE), c.Num(exact(size)) if type(size) is int else c.Name(size)
            binders, body = ((own, low, high),), c.replaced(body, c.Name(index), c.Name(own))
        return binders, condition, body

    def binders(self, kind, high):
        """(index, low, high) of every index below a sum, and the condition on them."""
        braces, found, condition = self.maybe("{"), [], None
        if braces and self.token.isdigit():
            return self._between()
        while True:
            start, index = self.at, self.take()
            known = self.scope.get(index)
            if known not in (None, "index"):
                self.fail(f"{index} is not an index", start)
            if braces and self.maybe("="):
                low = self.formula()
                found = [(i, low if first is None else first, None) for i, first, _ in found]
                found.append((index, low, None))
            else:
                ahead = self.token if braces else ""
                if ahead == r"\in":
                    self.fail(
                        rf"write the range, \{kind}_{{{index}=1}}^n, or a condition behind :", start
                    )
                size = self._implied(index) if known is None and index.isalpha() else None
                if size is not None:
                    found.append((index, c.Num(ONE), size))
                    if ahead in ("<", r"\le", ">", r"\ge"):
                        condition = self._compared(found)
                    if not (braces and self.maybe(",")):
                        break
                    continue
                later = "=" in [t.text for t in self.tokens[self.at : self._closing_brace()]]
                if known != "index" and not (braces and later):
                    said = rf"Let {index} \in \{{1,\dots,n\}}, or write \{kind}_{{{index}=1}}^n"
                    if kind in ("max", "min"):
                        said += (
                            rf"; or Let {index} \in \mathbb{{R}} for an optimum over all numbers"
                        )
                    self.fail(
                        f"over which range does {index or 'this'} run? declare it, {said}", start
                    )
                found.append((index, None, None))
                if ahead in (r"\ne", "<", r"\le", ">", r"\ge"):
                    condition = self._compared(found)
                elif ahead in (":", "|", ";"):
                    self.take()
                    condition = self.under([i for i, *_ in found], [], self.statement)
            if not (braces and self.maybe(",")):
                break
        if braces:
            self.take("}")
        if self.token == "^" and high is None:
            self.take()
            if all(low is None for _, low, _ in found):
                self.fail(f"an upper bound needs a lower one: \\{kind}_{{i=1}}^n", self.at - 1)
            high = self.argument()
        if high is not None:
            found = [(i, low, own or (None if low is None else high)) for i, low, own in found]
        elif any(low is not None and own is None for _, low, own in found):
            self.fail("a lower bound needs an upper one")
        return tuple(found), condition

    def _implied(self, index):
        """The size that an index which was not declared runs up to, if all its uses agree."""
        sizes, texts = set(), [token.text for token in self.tokens]
        for at, text in enumerate(texts):
            if text != index or "_" not in texts[max(0, at - 6) : at]:
                continue
            under = max(k for k in range(at) if texts[k] == "_")
            below = [t for t in texts[under + 1 : at] if t not in ("{", ",")]
            name = next(
                (
                    key(texts[k:under])
                    for k in range(max(0, under - 6), under)
                    if key(texts[k:under]) in self.scope
                ),
                None,
            )
            if "}" in below or name is None:
                continue
            dims = self.setting.variables[name].dims if name in self.setting.variables else ()
            definition = self.setting.definitions.get(name)
            if definition is not None:
                dims = tuple(self.setting.ranges[i] for i in definition.indices)
            if len(below) < len(dims):
                sizes.add(dims[len(below)])
        if len(sizes) != 1:
            return None
        (size,) = sizes
        return c.Num(exact(size)) if isinstance(size, int) else c.Name(size)

    def _closing_brace(self):
        depth, at = 1, self.at
        while depth and self.tokens[at].text:
            depth += (self.tokens[at].text == "{") - (self.tokens[at].text == "}")
            at += 1
        return at

    def _compared(self, found):
        r"""j ≠ i, where i is known outside; i < j, where both are bound unless j is already."""
        index, sign = found[-1][0], self.take()
        start = self.at
        names = [i for i, *_ in found]
        if sign != r"\ne" and self.scope.get(self.token) is None and len(self.token) == 1:
            size = self._implied(self.token) if self.token.isalpha() else None
            if size is not None:
                found.append((self.token, c.Num(ONE), size))
                names.append(self.token)
        other = self.under(names, [], self.formula)
        name = getattr(other, "name", None)
        if self.scope.get(name) == "index" and name not in [*names, *self.bound]:
            if sign == r"\ne":
                self.partners.append((name, index, start))
            else:
                found.append((name, None, None))
        return c.Claim((c.Relation((c.Name(index), other), (sign,)),))

    def _between(self):
        r"""\sum_{1 \le i < j \le n}"""
        low, relations, names = self.formula(), [], []
        side = low
        while self.token in ("<", r"\le"):
            sign = self.take()
            last = self.tokens[self.at + 1].text not in ("<", r"\le")
            if not last:
                names.append(self.take())
            new = self.formula() if last else c.Name(names[-1])
            if last:
                high = new
            if sign == "<" or (names[1:] and not last):
                relations.append(c.Relation((side, new), (sign,)))
            side = new
        self.take("}")
        if not names or (not relations and len(names) > 1):
            self.fail(r"write \sum_{i<j}")
        claim = c.Claim(tuple(relations)) if relations else None
        return tuple((name, low, high) for name in names), claim

    # ------------------------------------------------------------ small helps of the constructs

    def rests_on(self, tree, variable):
        name = variable.name if type(variable) is c.Name else variable.base.name
        return name in self.setting.rests_on(tree)

    def is_random(self, name):
        return name in self.setting.random

    def random_in(self, tree):
        return self.setting.rests_on(tree) & set(self.setting.random)

    def only_side(self, name, point):
        """The side from which a declared letter can reach this end of where it lives, or both."""
        variable = self.setting.variables[name]
        if variable.space in ("positive", "nonnegative") and point == c.Num(ZERO):
            return "+"
        if variable.space == "interval" and point in variable.detail[:2]:
            return "+" if point == variable.detail[0] else "-"
        return ""

    def lone_name(self, cure):
        name = self.name()
        if self.token in ("^", "_") or self.starts():
            self.fail(f"write the brackets: {cure}")
        return c.Name(name)

    def drawn(self):
        r"""(letters, None) of \mathbb{E}_{X, Y}, or ([index], law) of \mathbb{E}_{k \sim p}."""
        braces, names = self.maybe("{"), []
        if self.token in ("(", "["):
            self.fail(r"write the letters without brackets: \mathbb{E}_{U, V}[…]")
        while not names or (braces and self.maybe(",")):
            names.append(self.name())
        law = None
        if braces and self.maybe(r"\sim"):
            law = c.Name(self.name())
            if self.scope.get(names[0]) != "index" or len(names) > 1:
                self.fail(r"k \sim p takes a declared index k", self.at - 1)
        if braces:
            self.take("}")
        return names, law

    def inside_under(self, names):
        return self.under(names, names, self.brackets)

    def is_size(self, ahead):
        return self.scope.get(self.ahead(ahead)) == "size" or self.ahead(ahead).isdigit()

    def size_below(self):
        """n of I_n and of 1_n, where it is written."""
        if self.token != "_":
            return None
        self.take()
        braces = self.maybe("{")
        if self.scope.get(self.token) != "size" and not self.token.isdigit():
            self.fail("expected a size here, a letter that counts rows or entries")
        size = self.number() if self.token.isdigit() else c.Name(self.take())
        if braces:
            if self.maybe(r"\times"):
                self.take()
            self.take("}")
        return size

    def integrand(self, low, high):
        self.open.append("d")
        body = self.term()
        self.open.pop()
        if self.token not in ("d", r"\mathrm d"):
            self.fail(r"write \mathrm{d}x behind what is integrated")
        self.take()
        name = self.name()
        if self.scope[name] != "variable":
            self.fail(f"{name} is not a declared real variable", self.at - 1)
        return name, low, high, body

    def skip_group(self):
        """A group of which nothing is read: the label of an \\underbrace."""
        depth = 0
        while self.token:
            text = self.take()
            depth += (text in ("{", r"\{")) - (text in ("}", r"\}"))
            if depth <= 0:
                return


def _balanced(run):
    depth = 0
    for text in run:
        depth += (text == "{") - (text == "}")
        if depth < 0:
            return False
    return depth == 0 and run[0] != "{"


def _series(parts, last, index):
    """(low, high, body) of which the parts and the last one are terms, or None."""
    ends = set()
    body = _between_two(parts[0], last, index, ends)
    if body is None or len(ends) != 1:
        return None
    ((low, high),) = ends
    if type(low) is not c.Num:
        return None
    for step, part in enumerate(parts):
        if _put(body, index, c.Num(low.number + step)) != part:
            return None
    return low, high, body


def _between_two(first, last, index, ends):
    """The tree that both are: where they differ, the index."""
    if first == last:
        return first
    if type(first) is c.Num and first.number.q == 1 and type(last) in (c.Num, c.Name, c.Add, c.Sub):
        ends.add((first, last))
        return c.Name(index)
    if type(first) is not type(last):
        return None
    one, two = list(first.children()), list(last.children())
    if len(one) != len(two) or not one:
        return None
    merged = [_between_two(a, b, index, ends) for a, b in zip(one, two, strict=True)]
    if None in merged:
        return None
    remaining = iter(merged)
    found = first.rebuilt(lambda _: next(remaining))
    remaining = iter(two)
    return found if first.rebuilt(lambda _: next(remaining)) == last else None


def _put(tree, index, number):
    return c.replaced(tree, c.Name(index), number)
