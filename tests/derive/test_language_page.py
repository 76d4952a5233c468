"""Every example of docs/derive.md says what happens."""

# ruff: noqa: E501 (formulas are not cut)

import re
from pathlib import Path

import pytest

from lossbook.derive import Derivation

PAGE = (Path(__file__).parents[2] / "docs" / "derive.md").read_text(encoding="utf-8")
LETTERS = r"""
Let i, j \in \{1,\dots,n\}, x \in \mathbb{R}^n, a, b, c \in \mathbb{R}, A \in \mathbb{R}^{n \times n}
Let U \text{ random}
"""


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.M | re.S)


@pytest.mark.parametrize("body", blocks("derive"))
def test_what_holds(body):
    derivation = Derivation("", body, strict=False)
    assert derivation.ok, repr(derivation)
    assert derivation.steps


@pytest.mark.parametrize("body", blocks("false"))
def test_what_is_refuted(body):
    assert [step.verdict.kind for step in Derivation("", body, strict=False).steps] == ["false"]


def refused():
    return re.findall(r"^\| `([^`]*=[^`]*|[^`]*\\succ[^`]*|[^`]*approx[^`]*)` \|", PAGE, re.M)


@pytest.mark.parametrize("line", refused())
def test_what_is_refused(line):
    (step,) = Derivation("", LETTERS + line, strict=False).steps
    assert step.verdict.kind == "unreadable", line


def test_there_are_examples():
    assert len(blocks("derive")) >= 6
    assert len(refused()) >= 9
