r"""One class for each construct: how it is read, what it binds, its value, its text.

A tree is made of small frozen dataclasses. A construct that begins with a word of its own has a
function `read(reader, word)` and a line in `STARTERS`; to add one, add a class and that line.
`value(world)` computes it on one instance, `text()` writes it back as the machine has read it:
(text, how tightly it holds together).
"""

# ruff: noqa: F401 (every construct is found here)

from lossbook.derive.constructs.arithmetic import (
    EULER,
    TIMES,
    TWO,
    Add,
    Blank,
    Call,
    Div,
    Dot,
    Entrywise,
    Index,
    Infinity,
    Mul,
    Name,
    Neg,
    Num,
    Pow,
    Sub,
    Transpose,
    free_indices,
    indexed,
    read_constant,
    read_labelled,
)
from lossbook.derive.constructs.chance import (
    Expectation,
    Moment,
    read_chance,
)
from lossbook.derive.constructs.derivatives import (
    Gradient,
    Partial,
    Slope,
    read_fraction,
)
from lossbook.derive.constructs.functions import (
    ELEMENTARY,
    Abs,
    Function,
    Log,
    Norm,
    positive_part,
)
from lossbook.derive.constructs.limits import (
    ArgOptimum,
    Integral,
    Limit,
    Optimum,
)
from lossbook.derive.constructs.matrices import (
    Identity,
    Matrix,
    Ones,
    read_zero,
)
from lossbook.derive.constructs.statements import (
    HOLDS,
    SIGNS,
    Cases,
    Claim,
    Delta,
    Indicator,
    Relation,
    entry_pairs,
)
from lossbook.derive.constructs.sums import (
    Big,
    read_count,
    read_dots,
)
from lossbook.derive.constructs.tree import (
    Effort,
    Node,
    TooLarge,
    replaced,
    replaced_if,
    spelled,
)

STARTERS = {
    r"\frac": read_fraction,
    r"\sqrt": Pow.read,
    r"\|": Norm.read,
    "|": Abs.read,
    r"\log": Log.read,
    r"\nabla": Gradient.read,
    r"\partial": Partial.read,
    r"\sum": Big.read,
    r"\prod": Big.read,
    r"\max": Big.read,
    r"\min": Big.read,
    r"\arg": ArgOptimum.read,
    "argmin": ArgOptimum.read,
    "argmax": ArgOptimum.read,
    r"\int": Integral.read,
    r"\lim": Limit.read,
    r"\mathbb E": Expectation.read,
    "E": Expectation.read,
    r"\Var": Moment.read,
    r"\Cov": Moment.read,
    r"\Pr": read_chance,
    "P": read_chance,
    r"\mathbb 1": Indicator.read,
    r"\mathbf 1": Indicator.read,
    r"\#": read_count,
    r"\delta": Delta.read,
    r"\begin{cases}": Cases.read,
    r"\begin{pmatrix}": Matrix.read,
    r"\begin{bmatrix}": Matrix.read,
    r"\begin{vmatrix}": Matrix.read,
    r"\begin{matrix}": Matrix.read,
    r"\begin{smallmatrix}": Matrix.read,
    r"\underbrace": read_labelled,
    r"\overbrace": read_labelled,
    r"\boxed": read_labelled,
    r"\mathbf I": Identity.read,
    r"\mathbf 0": read_zero,
    "I": Identity.read,
    "e": read_constant,
    r"\pi": read_constant,
    r"\infty": Infinity.read,
    "?": Blank.read,
}
_APPLIED = ("exp", "det", "tr", "diag", "rank", "sign", "median", "binom", *ELEMENTARY)
STARTERS |= {"\\" + word: Function.read for word in _APPLIED}
