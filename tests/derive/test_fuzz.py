"""Malformed and hostile sources: a clear refusal or a verdict, quickly, never a traceback."""

# ruff: noqa: E501 (formulas are not cut)

import random
import time

import pytest

from lossbook.derive import CannotRead, Derivation
from lossbook.derive.syntax.reader import read_formula
from tests.benchmarks.fuzz import failures
from tests.helpers.derive_corpus import CORPUS

LETTERS = r"""
Let i, j \in \{1,\dots,n\}, x_i \in \mathbb{R}, a, b \in \mathbb{R}, t > 0, A \in \mathbb{R}^{d \times d}
Define f(a) = a^2
"""
PIECES = [
    r"\frac",
    r"\sum",
    r"\prod",
    r"\nabla",
    r"\partial",
    r"\log",
    r"\exp",
    r"\max",
    r"\min",
    r"\lim",
    r"\sqrt",
    r"\left(",
    r"\right)",
    r"\begin{cases}",
    r"\end{cases}",
    r"\\",
    r"\&",
    r"\text{if}",
    r"\text{otherwise}",
    r"\mathbb{E}",
    r"\lVert",
    r"\rVert",
    r"\|",
    r"|",
    r"_",
    r"^",
    r"{",
    r"}",
    r"(",
    r")",
    r"[",
    r"]",
    r"=",
    r"<",
    r">",
    r"\le",
    r"\ge",
    r"\ne",
    r"\iff",
    r"\implies",
    r"\land",
    r",",
    r";",
    r":",
    r"/",
    r"+",
    r"-",
    r"*",
    r"\cdot",
    r"\odot",
    r"\top",
    r"\infty",
    r"\delta",
    r"\arg",
    r"\operatorname{tr}",
    r"\operatorname{rank}",
    r"\mathbb{1}",
    r"\#",
    r"\{",
    r"\}",
    r"\to",
    r"\in",
    r"\tag{1}",
    r"0",
    r"1",
    r"2",
    r"12",
    r"3.5",
    r"a",
    r"b",
    r"i",
    r"j",
    r"n",
    r"d",
    r"t",
    r"x_i",
    r"A",
    r"f(a)",
    r"f'",
    r"Σ",
    r"‖",
    r"²",
    r"ᵀ",
    r"é",
    r"中",
    r"\foo",
    r"\$",
    r"%",
    r"~",
    r"'",
    r"\"",
    r"!",
    r"?",
    r"&",
    r"\x00",
    r"\def\a{\a}",
    r"",
]
LINES = [
    line
    for body in CORPUS.values()
    for line in body.splitlines()
    if line and not line.startswith(("Let", "Define", "Assume", "Suppose"))
]


SETTING = Derivation("", LETTERS).setting


def readings(sources):
    """Read every source; only a refusal with a place is allowed to stop it."""
    refused = 0
    for source in sources:
        try:
            read_formula(source, SETTING)
        except CannotRead as error:
            refused += bool(error.why)
    return refused


def test_ten_thousand_malformed_sources():
    rng = random.Random(3)
    soups = [" ".join(rng.choices(PIECES, k=rng.randint(1, 25))) for _ in range(5000)]
    cut = [line[: rng.randint(0, len(line))] for line in rng.choices(LINES, k=2000)]
    spliced = [
        a[: rng.randint(0, len(a))] + b[rng.randint(0, len(b)) :]
        for a, b in zip(rng.choices(LINES, k=2000), rng.choices(LINES, k=2000), strict=True)
    ]
    noise = [
        "".join(chr(rng.choice((rng.randint(0, 127), rng.randint(128, 0xFFFF)))) for _ in "x" * 30)
        for _ in range(1000)
    ]
    start = time.process_time()
    assert readings(soups + cut + spliced + noise) > 9000
    assert time.process_time() - start < 10


HOSTILE = {
    "nested brackets": "(" * 10_000 + "a" + ")" * 10_000,
    "a few nested brackets": "(" * 60 + "a" + ")" * 60 + " = a",
    "nested braces": "{" * 900,
    "nested fractions": r"\frac{a}{" * 50 + "b" + "}" * 50 + " = a",
    "nested powers": "2^{" * 25 + "2" + "}" * 25 + " = 1",
    "a tower": r"a^{10^{10^{10}}} = 1",
    "a huge number": "9" * 500 + " = a",
    "a huge power": r"10^{999999999999} = a",
    "a long sum": r"\sum_{k=1}^{1000000000} k = a",
    "nested sums": r"\sum_i \sum_{k=1}^{60} \sum_{l=1}^{60} \sum_{m=1}^{60} k l m x_i = a",
    "many indices": "".join(rf"\sum_{{k_{m}=1}}^9 " for m in "abcdef") + "1 = a",
    "a matrix to a high power": r"\operatorname{tr}(A^{1000000}) = a",
    "derivatives of derivatives": r"\frac{\partial}{\partial a} (" * 8 + "a^3" + ")" * 8 + " = a",
    "gradients inside of gradients": r"\nabla_A (" * 6 + r"\det A" + ")" * 6 + " = a",
    "exponentials": r"e^{e^{e^{e^{a}}}} = 1",
    "a sum over nothing": r"\sum_{k=3}^{2} k = 0",
    "a sum with real bounds": r"\sum_{k=a}^{b} k = 0",
    "an index out of range": r"x_9 = 0",
    "minus index": r"x_{i-5} = 0",
    "a bare relation": "=",
    "only links": r"\iff \implies \iff",
    "a thousand terms": " + ".join(["a"] * 480) + " = a",
    "a thousand relations": " = ".join(["a"] * 480),
    "control characters": "a \x00\x1b[31m = a",
    "right to left": "\u202e a = a",
    "html": "a = a % <script>alert(1)</script>",
    "a macro": r"\def\x{\x\x}\x = a",
    "a fence": "a = ``` % ```",
    "reserved": r"Define e = 3",
    "recursion": r"Define g(a) = g(a) + 1",
    "mutual recursion": "Define g(t) = t\ng(g(g(g(t)))) = t",
    "empty Let": "Let",
    "empty Define": "Define",
    "empty Assume": "Assume",
    "empty Suppose": "Suppose",
    "Let itself": r"Let a \in a",
    "a deep set": r"Let v \in \mathbb{R}^{n \times d \times n}",
    "many sizes": "Let " + ", ".join(rf"v_{{{k}}} \in \mathbb{{R}}^{k}" for k in "pqrsuvwz"),
    "limits": r"\lim_{t \to \infty} t^{t^{t}} = a",
    "cases without end": r"\begin{cases} a & \text{if } a > 0 \\",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_line_ends_in_a_verdict_in_time(name):
    start = time.process_time()
    derivation = Derivation("", f"{LETTERS}\n{HOSTILE[name]}", strict=False)
    shown = repr(derivation) + derivation._repr_markdown_()
    assert time.process_time() - start < 3
    assert "Traceback" not in shown
    for step in derivation.steps:
        assert step.verdict.holds or step.verdict.message


def test_mutated_derivations_end_in_verdicts():
    assert list(failures(60, seed=3)) == []
