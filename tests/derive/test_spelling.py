r"""What people type: layout of LaTeX, other books' spellings, a Chinese keyboard, prose.

What can be read is read, and what cannot gets a sentence that says what to type instead.
"""

# ruff: noqa: E501 (formulas are not cut, and full-width signs are meant)

import pytest

from lossbook.derive import Derivation

LETTERS = r"""
Let i, j \in \{1,\dots,n\}, k \in \{1,\dots,K\}, X \in \mathbb{R}^{n \times d}, y \in \mathbb{R}^n
Let w, v \in \mathbb{R}^d, x_i \in \mathbb{R}^d, p \in \Delta_K, z \in \mathbb{R}^K, a, b, s, m \in \mathbb{R}
Let A, B \in \mathbb{R}^{d \times d}, c, t > 0, W^{(1)} \in \mathbb{R}^{d \times d}, u^{(i)} \in \mathbb{R}
Let U, V \text{ random}
Define J(w) = \lVert X w - y \rVert^2
Define q_k = \frac{e^{z_k}}{\sum_{j=1}^K e^{z_j}}
Define \ell = -\sum_k p_k \log q_k
"""

TRUE = [
    # layout
    r"$\nabla J(w) = 2 X^\top (X w - y)$",
    r"\nabla J(w) &= 2 X^\top (X w - y) \\",
    r"\begin{aligned} \nabla J(w) &= 2 X^\top (X w - y), \\ &= 2 X^\top X w - 2 X^\top y. \end{aligned}",
    r"\begin{align*} \nabla J(w) &= 2 X^\top (X w - y) \tag{1} \label{eq:grad} \end{align*}",
    r"(a + b)^2 = a^2 + 2 a b + b^2.",
    r"a^2 \geqslant 0,",
    r"(a+b)^2 \overset{(a)}{=} a^2 + 2ab + b^2",
    r"(a+b)^2 = a^2 + 2ab + b^2 \quad \text{(the binomial formula)}",
    r"a + b = b + a \text{ and } a b = b a",
    r"x_i^\top w = w^\top x_i, \quad \forall i",
    r"a = b \Longrightarrow a^2 = b^2",
    r"a = b \Longleftrightarrow a - b = 0",
    # spellings
    r"\cfrac{a}{2} + {a \over 2} = a",
    r"2*a = a + a",
    r"e^{(a-b)^2} \ge 1",
    r"(A + B)^{\mathrm T} = A^{\rm T} + B^T",
    r"\|A\|_F^2 = \operatorname{tr}(A^\top A)",
    r"\|w\|_2^2 = w^\top w = \|w\|^2_2 = ||w||^2",
    r"I_d w = w = \mathbf{I} w",
    r"W^{(1)} w - W^{(1)} w = 0",
    r"\sum_i u^{(i)} = \sum_{j=1}^n u^{(j)}",
    r"\mathrm{E}[a U] = a \mathbb{E}[U] = a E[U]",
    r"\mathbb{E} U = \mathbb{E}_U[U]",
    r"\Pr(U \le a) + P(U > a) = 1",
    r"\operatorname{Cov}(U, V) = \mathbb{E}[U V] - \mathbb{E}[U] \mathbb{E}[V]",
    r"\mathbf 1[a > 0] + \mathbb{1}(a < 0) + \mathbb{1}_{\{a = 0\}} = 1",
    r"\mathbb{I}(a > 0) = \mathbb{1}_{a > 0}",
    r"\tanh a = \frac{e^a - e^{-a}}{e^a + e^{-a}}",
    r"[s]_+ - [-s]_+ = s",
    r"\max\{a, b\} + \min\{a, b\} = a + b",
    r"\binom{n}{2} = \frac{n (n - 1)}{2}",
    r"n! = n!",
    r"\sum_{r : y_r > 0} y_r \ge 0",
    r"\sum_{r \ne i} y_r = \sum_r y_r - y_i",
    # operators
    r"\nabla J(v)^\top (w - v) = 2 (X v - y)^\top X (w - v)",
    r"J(w) \ge J(v) + \nabla J(v)^\top (w - v)",
    r"\frac{\partial J}{\partial w} = 2 X^\top (X w - y)",
    r"\frac{\partial^2 J}{\partial w \partial w^\top} = 2 X^\top X",
    r"\frac{\partial \ell}{\partial q_k} = -\frac{p_k}{q_k}",
    r"\frac{\partial \ell}{\partial z_k} = \sum_{r=1}^K \frac{\partial \ell}{\partial q_r} \frac{\partial q_r}{\partial z_k}",
    r"\min_w \|w - v\|^2 = 0",
    r"\sup_a (a b - \tfrac12 a^2) = \tfrac12 b^2",
    r"\min_a (a - 1)^2 \le (b - 1)^2",
    r"\lim_{a \to 0} \frac{\sin a}{a} = 1",
    r"\lim_{a \to -\infty} e^a = 0",
    r"2 \sum_{i<j} y_i y_j = \left( \sum_i y_i \right)^2 - \sum_i y_i^2",
    r"\sum_{i : y_i > 0} y_i = \sum_i \max(0, y_i)",
    r"\sum_{i,j=1}^n y_i y_j = \left( \sum^n_{i=1} y_i \right)^2",
    r"y_1 + y_2 + \dots + y_n = \sum_i y_i",
    r"\begin{pmatrix} a & b \\ b & a \end{pmatrix} = \begin{pmatrix} a & b \\ b & a \end{pmatrix}^\top",
    r"\underbrace{a^2 - b^2}_{\text{a difference}} = (a - b)(a + b)",
    r"\int_0^1 a^2 \, \mathrm{d}a = \frac13",
    r"\int_0^1 a^2 \, da = \frac13",
    r"\left( \sum_i y_i \right)^2 = \sum_i y_i \sum_i y_i",
    r"\frac{\partial \tanh a}{\partial a} = 1 - \tanh^2(a)",
    r"w = \mathop{\arg\min}_{v} \|w - v\|^2",
    r"\underset{v}{\min} \|w - v\|^2 = 0",
    r"a^2 \ge 0, \text{ and } y_i^2 \ge 0",
    r"\sum_{r<l} (y_r - y_l)^2 = n \sum_i y_i^2 - \left( \sum_i y_i \right)^2",
    r"\mathbf{w}^\top \mathbf{v} = \boldsymbol{v}^\top w",
    r"w - w = \mathbf{0}",
    # a Chinese keyboard
    "（a ＋ b）^2 ＝ a^2 ＋ 2 a b ＋ b^2　％ 展开",
    "a\u200b = a",
    "\ufeff\\sum_i y_i ＝ \\sum_{j=1}^n y_j。",
]


def test_a_row_without_a_relation_begins_the_next_one():
    body = (
        r"\begin{aligned} & (a + b)^2 \\ = {} & a^2 + 2 a b + b^2 \\ \ge {} & 4 a b \end{aligned}"
    )
    derivation = Derivation("", "Let a, b \\in \\mathbb{R}\n" + body)
    assert len(derivation.steps) == 2


def test_a_bold_vector_has_plain_entries():
    body = r"Let k \in \{1,\dots,q\}, \mathbf{o} \in \mathbb{R}^q" + "\n"
    body += r"\max_k o_k \le \log \sum_{j=1}^q e^{o_j}"
    assert Derivation("", body).ok


@pytest.mark.parametrize("line", TRUE)
def test_it_is_read_and_holds(line):
    derivation = Derivation("", LETTERS + line, strict=False)
    assert derivation.steps
    assert derivation.ok, repr(derivation)


CURES = [
    (r"\sum_{i \ne j} y_i y_j = a", r"\sum_i \sum_{j \ne i}"),
    (r"a = b \pm c", "two lines"),
    (r"a = b \text{ or } a = c", "line of its own"),
    (r"a \approx b", "write ="),
    (r"a = b  by the chain rule", "write % before it"),
    (r"a = b 因为", "write % before it"),
    (r"\log^2 t = 1", "write (log …)^…"),
    (r"a^{(2)} = b", "Let x^{(2)}"),
    (r"x'y = 0", r"x^\top"),
    (r"A^{-1}_{12} = a", "put brackets"),
    (r"P(U > a | V > a) = 1", "P(A, B) / P(B)"),
    (r"\min_{w \in \mathbb{R}} J(w) = 0", "with Let"),
    (r"\sum_{k \in S} z_k = 0", "a condition behind :"),
    (r"\int f(a) = 1", "needs its two ends"),
    (r"\int_0^\infty e^{-a} \, \mathrm{d}a = 1", "finite interval"),
    (r"\foo = 1", "docs/derive.md"),
    (r"a ≅ b", "docs/derive.md"),
    (r"\mathbb{E}[U | V] = 0", "quotient"),
    (r"1 + a + \dots + a^n = b", r"\sum_{i=1}^n"),
    (r"A \succ 0", r"v^\top A v > 0"),
    (r"a := b", "Define"),
    (r"a \leftarrow b", "update"),
    (r"y_i = 0 \iff \sum_i y_i^2 = 0", "for this i, or for all"),
    (r"w^* = w", r"w^\star"),
    (r"r = a", "was not declared"),
    (r"r \in \mathbb{R}", r"write Let r \in \mathbb{R}"),
    (r"i \in \{1,\dots,n\}", "i has been declared: leave this line away"),
    (r"\mathbb{E}[Z] = 0", r"Let Z \text{ random}"),
    (r"\operatorname{Cov}(U, Z) = 0", r"Let Z \text{ random}"),
    (r"\Pr(Z > 1) = 0", r"Let Z \text{ random}"),
    (r"E_{(w, a)}[U] = 0", r"without brackets: \mathbb{E}_{U, V}"),
    (r"\mathbb{E}_{(x, y) \sim D}[U] = 0", r"without brackets: \mathbb{E}_{U, V}"),
]


@pytest.mark.parametrize(("line", "cure"), CURES)
def test_what_is_not_read_gets_a_cure_and_no_cross(line, cure):
    (step,) = Derivation("", LETTERS + line, strict=False).steps
    assert step.verdict.kind == "unreadable"
    assert cure in step.verdict.message


@pytest.mark.parametrize(
    ("source", "cure"),
    [
        (r"Let h ＞ 1", "Assume"),
        (r"Let h \sim \mathcal{N}(0, 1)", r"\text{ random}"),
        (r"Let h \ne 0", "Assume"),
        (r"Let h_1 + h_2 \in \mathbb{R}", "cannot be declared"),
        (r"Let h \in \mathbb{Q}", r"\mathbb{R}^n"),
        (r"Let r = 1, \dots, n", r"\{1,\dots,n\}"),
        (r"Define f = 1, g = 2", "Define of its own"),
    ],
)
def test_declarations_have_cures_too(source, cure):
    (step,) = Derivation("", LETTERS + source, strict=False).steps
    assert cure in step.verdict.message


def test_full_width_commas_part_names():
    derivation = Derivation("", "Let x，y \\in \\mathbb{R}\n（x ＋ y）^2 ＝ x^2 ＋ 2 x y ＋ y^2")
    assert "Let x ∈ ℝ, y ∈ ℝ" in repr(derivation)


def test_a_definition_that_was_not_read_is_named_as_the_cause():
    body = "Let a \\in \\mathbb{R}\nDefine D = \\foo\nD = a\na = a + 0"
    first, second, third = Derivation("", body, strict=False).steps
    assert first.verdict.kind == second.verdict.kind == "unreadable"
    assert (
        "D has no meaning, because the line “Define …” above was not read" in second.verdict.message
    )
    assert third.verdict.kind == "true"


def test_what_follows_an_unread_line_is_still_checked():
    body = "Let a, b \\in \\mathbb{R}\n(a + b)^2 = \\foo\n= a^2 + 2 a b + b^2\n= a^2 + b^2"
    kinds = [step.verdict.kind for step in Derivation("", body, strict=False).steps]
    assert kinds == ["unreadable", "untested", "false"]
