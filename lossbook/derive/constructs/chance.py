"""Expectations, variances and probabilities, in a finite space."""

from dataclasses import dataclass

from lossbook.derive.constructs.arithmetic import Index, Mul, Name, Sub
from lossbook.derive.constructs.statements import Indicator
from lossbook.derive.constructs.sums import Big
from lossbook.derive.constructs.tree import ATOM, Node, listed, spelled


@dataclass(frozen=True)
class Expectation(Node):
    """Mean over all outcomes of the random letters that occur, in a finite space."""

    body: Node

    def value(self, world):
        return world.mean(self.body)

    def text(self):
        return f"E[{self.body}]", ATOM

    @classmethod
    def read(cls, reader, word):
        r"""\mathbb{E}[…], \mathbb{E}_X[…], \mathbb{E} X, \mathbb{E}_{k \sim p}[…]."""
        start = reader.at
        if reader.maybe("_"):
            drawn, law = _drawn(reader)
            if law is not None:  # E_{k∼p}[f_k] = Σ_k p_k f_k
                index, weights = drawn[0], law
                values = reader.under([index], [index], reader.brackets)
                body = Mul(Index(weights, (Name(index),)), values)
                return Big("sum", ((index, None, None),), None, body), ""
            body = reader.random(reader.brackets)
            loose = reader.setting.rests_on(body) & set(reader.setting.random) - set(drawn)
            if loose:
                reader.fail(
                    f"over which letters is this a mean? {spelled(min(loose))} is random, too: "
                    r"write \mathbb{E}[…] for the mean over all",
                    start,
                )
            return cls(body), ""
        if reader.token not in ("(", "["):
            lone = reader.name() if reader.token in reader.setting.random else None
            if lone is None or reader.token in ("^", "_") or reader.starts():
                reader.fail(r"write the brackets of an expectation: \mathbb{E}[…]")
            return cls(Name(lone)), ""
        return cls(reader.random(reader.brackets)), ""


@dataclass(frozen=True)
class Moment(Node):
    """Var(X), Cov(X, Y)."""

    word: str
    arguments: tuple

    def value(self, world):
        one, two = self.arguments[0], self.arguments[-1]
        return Expectation(Mul(Sub(one, Expectation(one)), Sub(two, Expectation(two)))).value(world)

    def text(self):
        return f"{self.word}({listed(self.arguments, ', ')})", ATOM

    @classmethod
    def read(cls, reader, word):
        arguments = reader.random(reader.arguments)
        wanted = {"Var": 1, "Cov": 2}[word.lstrip("\\")]
        if len(arguments) != wanted:
            reader.fail(f"{word.lstrip(chr(92))} takes {wanted} argument(s)")
        return cls(word.lstrip("\\"), arguments), ""


def _drawn(reader):
    r"""(letters, None) of \mathbb{E}_{X, Y}, or ([index], law) of \mathbb{E}_{k \sim p}."""
    braces, names = reader.maybe("{"), []
    if reader.token in ("(", "["):
        reader.fail(r"write the letters without brackets: \mathbb{E}_{U, V}[…]")
    while not names or (braces and reader.maybe(",")):
        names.append(reader.name())
    law = None
    if braces and reader.maybe(r"\sim"):
        law = Name(reader.name())
        if reader.scope.get(names[0]) != "index" or len(names) > 1:
            reader.fail(r"k \sim p takes a declared index k", reader.at - 1)
    if braces:
        reader.take("}")
    return names, law


def read_chance(reader, word):
    """Pr(…), the mean of an indicator."""
    return Expectation(Indicator(reader.random(reader.claim_in_brackets))), ""
