r"""Read a small, strict part of LaTeX mathematics into a tree.

The formula that is typeset is the very text that is read here. What could be read in two ways is
refused, with the place and the cure; what was not declared is not guessed. This is recursive
descent for sums, products, powers and names; every other construct reads itself (`constructs`).
"""

import re

from lossbook.derive import constructs as c
from lossbook.derive.evaluate.numbers import ONE, exact
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
# fmt: off
_STARTS_NOTHING = {
    "", "+", "-", "/", ")", "]", "}", ",", ";", ":", "&", "^", "_", "'", "!", ".", r"\}",
    r"\rangle", r"\land", r"\in", r"\to", r"\\", r"\end{cases}", "if", "otherwise", r"\dots",
    r"\forall", r"\sim", r"\over", *c.TIMES, *RELATIONS, *LINKS,
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

    def one_of(self, wanted, why):
        if self.token not in wanted:
            self.fail(why)
        return self.take()

    def in_braces(self, read):
        """What `read` reads, in braces or without."""
        braces = self.maybe("{")
        found = read()
        if braces:
            self.take("}")
        return found

    def until_closing_brace(self):
        texts, depth = [], 1
        for token in self.tokens[self.at :]:
            depth += (token.text == "{") - (token.text == "}")
            if depth == 0:
                break
            texts.append(token.text)
        return texts

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
                tree, plain = c.read_dots(self, "sum", plain if sign == "+" else []), []
                continue
            term = self.term()
            tree = (c.Add if sign == "+" else c.Sub)(tree, term)
            plain = [*plain, term] if sign == "+" and plain else []
            terms = self.counted(terms)
        self.depth -= 1
        return tree

    def term(self):
        """Factors side by side, or joined by a sign of multiplication."""
        tree, bare = self.factor()
        factors, plain = 0, [tree]
        while True:
            start, factors = self.at, self.counted(factors)
            if self.token in c.TIMES:
                operation = c.TIMES[self.take()]
                if self.token in ("-", "+"):
                    self.fail("put brackets around a signed factor")
                if self.token == r"\dots":
                    tree, plain = c.read_dots(self, "prod", plain), []
                    continue
                right, bare = self.factor()
                tree, plain = operation(tree, right), [*plain, right]
            elif self.token == r"\dots" and len(plain) > 1 and self.ahead() not in (",", ")", "+"):
                tree, plain = c.read_dots(self, "prod", plain), []
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
            tree = c.Pow(tree, c.Neg(c.Num(ONE)))
        if self.maybe_transpose():
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
        elif self.token == "(":
            self.fail("this prints as a raised bracket: write ^{…}")
        elif self.token == "-":
            self.fail("this prints as a raised minus: write ^{-1}")
        elif self.token.isdigit() and len(self.token) > 1:
            self.fail(f"this prints as the power {self.token[0]}: write ^{{{self.token}}}")
        else:
            raised = c.Pow(tree, self.atom()[0])
        if braces:
            self.take("}")
        return raised

    def maybe_transpose(self):
        is_sign = self.token == r"\top" or (self.token == "T" and "T" not in self.scope)
        return self.take() if is_sign else ""

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
            return c.indexed(name, places)
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

    def real_letter(self):
        name = self.name()
        if self.scope[name] != "variable":
            self.fail(f"{name} is not a declared real variable", self.at - 1)
        return name

    def variable(self):
        """What a derivative or an optimum is taken in: a declared name, perhaps indexed."""
        return self.in_braces(self._variable)

    def _variable(self):
        start = self.at
        name = self.name()
        if self.scope[name] in ("function", "size", "index"):
            self.fail(f"{name} is not a variable", start)
        places = self._raised_index(name)
        if self.maybe("_"):
            places += self.subscripts()
        if self.token == r"\in":
            self.fail(f"declare where {name} lives with Let, and write {name} alone here")
        return c.indexed(name, places)

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


def _balanced(run):
    depth = 0
    for text in run:
        depth += (text == "{") - (text == "}")
        if depth < 0:
            return False
    return depth == 0 and run[0] != "{"
