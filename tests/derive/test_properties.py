"""What must change no verdict: names of bound letters, order, spacing, seeds, hashes, cells."""

import os
import subprocess
import sys

import pytest

from lossbook.derive import Derivation

LETTERS = r"""
Let i, j \in \{1,\dots,n\}, x, y \in \mathbb{R}^n, a, b \in \mathbb{R}, t > 0
"""
LINES = [
    r"\sum_i x_i y_i = x^\top y",
    r"\left( \sum_i x_i \right)^2 = \sum_i x_i^2",
    r"\lVert x + y \rVert \le \lVert x \rVert + \lVert y \rVert",
    r"\log(1 + e^a) \ge a + \frac{1}{100}",
    r"a^2 = 4 \iff a = 2",
    r"\nabla_x \left[ x^\top y \right] = y",
]


def verdict(line, letters=LETTERS, seed=1):
    (step,) = Derivation("", letters + line, strict=False, seed=seed).steps
    return step.verdict


@pytest.mark.parametrize("line", LINES)
def test_names_and_spacing_of_what_is_bound(line):
    kind = verdict(line).kind
    assert verdict(line.replace("_i", "_j")).kind == kind
    assert verdict("  " + line.replace(" ", "   ") + r" \,").kind == kind
    assert verdict(line.replace("_i", "_{i}")).kind == kind


@pytest.mark.parametrize("line", LINES)
def test_the_order_of_declarations(line):
    turned = r"""
Let t > 0, b, a \in \mathbb{R}, j, i \in \{1,\dots,n\}, y, x \in \mathbb{R}^n
"""
    assert verdict(line, turned).kind == verdict(line).kind


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("seed", [0, 7, 2**70])
def test_the_seed(line, seed):
    assert verdict(line, seed=seed).kind == verdict(line).kind


def test_hash_seeds_and_processor_kinds_change_no_byte():
    code = "from tests.derive.test_properties import LETTERS, LINES\n"
    code += "from lossbook.derive import Derivation\n"
    code += "print(Derivation('', LETTERS + '\\n'.join(LINES), strict=False))"
    shown = set()
    for hashed, kind in (("0", "Haswell"), ("1", "Prescott"), ("2", "SkylakeX")):
        settings = {"PYTHONHASHSEED": hashed, "OPENBLAS_CORETYPE": kind, "LOSSBOOK_CACHE": "off"}
        environment = {**os.environ, **settings, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
        shown.add(done.stdout)
    assert len(shown) == 1
    assert b"a\xc2\xb2 = 4" in shown.pop()
