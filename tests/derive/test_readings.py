r"""What the machine reads: the tree of a formula, written back as one line of text.

Two tables: formulas with their reading, and formulas that are refused with the reason and the
place of the caret. A new construct of the language needs a line in both.
"""

# ruff: noqa: E501 (messages are not cut)

import pytest

from lossbook.derive.syntax.declarations import Setting
from lossbook.derive.syntax.reader import read_formula
from lossbook.derive.syntax.spelling import LONGEST_LINE, CannotRead


def declared():
    setting = Setting()
    setting.let(
        r"i, j \in \{1,\dots,n\}, k \in \{1,\dots,K\}, X \in \mathbb{R}^{n\times d},"
        r"y \in \mathbb{R}^n, w \in \mathbb{R}^d, z \in \mathbb{R}^K, p, q \in \Delta_K,"
        r"x_i \in \mathbb{R}^d, g_i \in \{1,\dots,K\}"
    )
    setting.let(
        r"a, b, c, u, v, m \in \mathbb{R}, t > 0, \sigma > 0, \alpha_i \ge 0, \lambda > 0,"
        r"w_0 \in \mathbb{R}, A \in \mathbb{R}^{d\times d}, w^\star \in \mathbb{R}^d,"
        r"\hat f, \varepsilon \text{ random}"
    )
    for definition in (
        r"J(w) = \lVert X w - y\rVert^2",
        r"\varphi(m) = \max(0, 1 - m)",
        r"H(p, q) = -\sum_k p_k \log q_k",
        r"H(p) = H(p, p)",
        r"\mathrm{KL}(p \| q) = H(p, q) - H(p)",
        r"s_k(z) = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}",
        r"\bar y = \frac1n \sum_i y_i",
        r"\hat w = (X^\top X)^{-1} X^\top y",
        r"L_{\text{hinge}}(m) = \varphi(m)",
    ):
        setting.define(definition)
    return setting


SETTING = declared()

READINGS = [
    (r"3", "3"),
    (r"2.5", "5/2"),
    (r"a + b - c", "a + b - c"),
    (r"a - (b + c)", "a - (b + c)"),
    (r"a - (b - c)", "a - (b - c)"),
    (r"-a + b", "-a + b"),
    (r"-a^2", "-a²"),
    (r"(-a)^2", "(-a)²"),
    (r"-(a + b)", "-(a + b)"),
    (r"a b c", "a b c"),
    (r"2 a b", "2 a b"),
    (r"a (b + c)", "a (b + c)"),
    (r"(a + b)(a - b)", "(a + b) (a - b)"),
    (r"a \cdot b", "a·b"),
    (r"a \times b", "a b"),
    (r"a / b", "a/b"),
    (r"a / (b c)", "a/(b c)"),
    (r"\frac{a}{b} c", "(a/b) c"),
    (r"\frac{a + b}{c}", "(a + b)/c"),
    (r"\frac12 a", "1/2 a"),
    (r"\frac1n", "1/n"),
    (r"\frac{1}{2} \lVert w \rVert^2", "1/2 ‖w‖²"),
    (r"\frac12\lVert w\rVert^2", "1/2 ‖w‖²"),
    (r"\tfrac{a}{b}", "a/b"),
    (r"\sqrt{a}", "a^(1/2)"),
    (r"\sqrt{2\pi} \sigma", "(2 π)^(1/2) σ"),
    (r"a^{-1}", "a⁻¹"),
    (r"a^{b + 1}", "a^(b + 1)"),
    (r"a^{12}", "a^12"),
    (r"e^{-t}", "e^(-t)"),
    (r"e^{a + b}", "e^(a + b)"),
    (r"\exp(-a)", "exp(-a)"),
    (r"\exp\left(-\frac{a^2}{2\sigma^2}\right)", "exp(-a²/(2 σ²))"),
    (r"\log t", "log(t)"),
    (r"\log t + a", "log(t) + a"),
    (r"a \log t", "a log(t)"),
    (r"2 \log t", "2 log(t)"),
    (r"\log (a b)", "log(a b)"),
    (r"\log \frac{a}{b}", "log(a/b)"),
    (r"\log_2 t", "log_2(t)"),
    (r"\log_{10} t", "log_10(t)"),
    (r"\ln t", "log(t)"),
    (r"\log \log t", "log(log(t))"),
    (r"\log t^2", "log(t²)"),
    (r"\log e^a", "log(e^a)"),
    (r"|a - b|", "|a - b|"),
    (r"|a| |b|", "|a| |b|"),
    (r"|a| + |b|", "|a| + |b|"),
    (r"\left| a - |b| \right|", "|a - |b||"),
    (r"\lVert w \rVert", "‖w‖"),
    (r"\| w \|^2", "‖w‖²"),
    (r"\lVert w \rVert_2^2", "‖w‖²"),
    (r"\lVert w \rVert_1", "‖w‖_1"),
    (r"\lVert w \rVert_\infty", "‖w‖_∞"),
    (r"\langle w, x_i \rangle", "w·x[i]"),
    (r"w^\top x_i", "wᵀ x[i]"),
    (r"w^T x_i", "wᵀ x[i]"),
    (r"w^{\top} x_i + b", "wᵀ x[i] + b"),
    (r"X w - y", "X w - y"),
    (r"X^\top (X w - y)", "Xᵀ (X w - y)"),
    (r"X^\top X w", "Xᵀ X w"),
    (r"(X^\top X)^{-1} X^\top y", "(Xᵀ X)⁻¹ Xᵀ y"),
    (r"A^{-1} w", "A⁻¹ w"),
    (r"A^2", "A²"),
    (r"\operatorname{tr}(A)", "tr(A)"),
    (r"\det A", "det(A)"),
    (r"\operatorname{rank} X", "rank(X)"),
    (r"\operatorname{diag}(p) - p p^\top", "diag(p) - p pᵀ"),
    (r"I - A", "I - A"),
    (r"w \odot w", "w⊙w"),
    (r"x_i", "x[i]"),
    (r"x_{ij}", "x[i,j]"),
    (r"x_{i,j}", "x[i,j]"),
    (r"X_{ij}", "X[i,j]"),
    (r"X_{1,2}", "X[1,2]"),
    (r"w_0", "w_0"),
    (r"w_1", "w[1]"),
    (r"w^\star", "w*"),
    (r"\hat w", "ŵ"),
    (r"\bar y", "ȳ"),
    (r"z_{g_i}", "z[g[i]]"),
    (r"y_{i+1}", "y[i + 1]"),
    (r"\delta_{ij}", "δ[i,j]"),
    (r"\delta_{g_i k}", "δ[g[i],k]"),
    (r"\sum_i y_i", "Σ_{i} y[i]"),
    (r"\sum_{i=1}^n y_i", "Σ_{i=1..n} y[i]"),
    (r"\sum_{i=1}^{n} \sum_{j=1}^{n} \alpha_i \alpha_j", "Σ_{i=1..n} Σ_{j=1..n} α[i] α[j]"),
    (r"\sum_{i,j} \alpha_i \alpha_j x_i^\top x_j", "Σ_{i,j} α[i] α[j] x[i]ᵀ x[j]"),
    (r"\sum_{j \ne i} y_j", "Σ_{j≠i} y[j]"),
    (r"\sum_i (y_i - c)^2", "Σ_{i} (y[i] - c)²"),
    (r"\sum_i y_i - c", "Σ_{i} y[i] - c"),
    (r"-\sum_k p_k \log q_k", "-Σ_{k} p[k] log(q[k])"),
    (r"a \sum_i y_i", "a Σ_{i} y[i]"),
    (r"\sum_i \alpha_i y_i x_i", "Σ_{i} α[i] y[i] x[i]"),
    (r"\left( \sum_i y_i \right)^2", "(Σ_{i} y[i])²"),
    (r"\prod_i y_i", "Π_{i} y[i]"),
    (r"\max_k z_k", "max_{k} z[k]"),
    (r"\min_k z_k + a", "min_{k} z[k] + a"),
    (r"\max(0, 1 - m)", "max(0, 1 - m)"),
    (r"\log \sum_k e^{z_k}", "log(Σ_{k} e^z[k])"),
    (r"t \log \sum_k e^{z_k / t}", "t log(Σ_{k} e^(z[k]/t))"),
    (r"J(w)", "J(w)"),
    (r"J(\hat w)", "J(ŵ)"),
    (r"H(p)", "H(p)"),
    (r"H(p, q)", "H(p, q)"),
    (r"\mathrm{KL}(p \,\|\, q)", "KL(p, q)"),
    (r"\mathrm{KL}(p \parallel q)", "KL(p, q)"),
    (r"s_k(z)", "s[k](z)"),
    (r"L_{\text{hinge}}(m)", "L_hinge(m)"),
    (r"\nabla J(w)", "∇J(w)"),
    (r"\nabla J(\hat w)", "∇J(ŵ)"),
    (r"\nabla^2 J(w)", "∇²J(w)"),
    (r"\nabla_w J(w)", "∇_w[J(w)]"),
    (r"\nabla_w^2 J(w)", "∇²_w[J(w)]"),
    (r"\nabla_w \left[ a w^\top w \right]", "∇_w[a wᵀ w]"),
    (r"\varphi'(m)", "φ′(m)"),
    (r"\varphi''(m)", "φ′′(m)"),
    (r"\frac{\partial a^2 b}{\partial a}", "∂[a² b]/∂a"),
    (r"\frac{\partial}{\partial a} (a^2 b)", "∂[a² b]/∂a"),
    (r"\frac{\partial z_k}{\partial z_j}", "∂[z[k]]/∂z[j]"),
    (r"\frac{\partial^2 J(w)}{\partial w_1 \partial w_2}", "∂²[J(w)]/∂w[1]∂w[2]"),
    (r"\frac{\partial^2 a^3}{\partial a^2}", "∂²[a³]/∂a∂a"),
    (r"\mathbb{E}[\hat f]", "E[f̂]"),
    (r"\mathbb{E}[(\hat f - a)^2]", "E[(f̂ - a)²]"),
    (r"\operatorname{Var}(\hat f)", "Var(f̂)"),
    (r"\lim_{t \to 0^+} t \log t", "lim_{t→0⁺} t log(t)"),
    (r"\lim_{t \to \infty} \frac{1}{t}", "lim_{t→∞} 1/t"),
    (r"\mathbb{1}[y_i < c]", "[y[i] < c]"),
    (r"\#\{i : y_i < c\}", "Σ_{i} [y[i] < c]"),
    (
        r"\begin{cases} a & \text{if } u \le t \\ b & \text{otherwise} \end{cases}",
        "{a if u ≤ t; b otherwise}",
    ),
    (r"\operatorname{sign}(u)", "sign(u)"),
    (r"\operatorname{median}(y)", "median(y)"),
    (r"Σ_i α_i·y_i", "Σ_{i} α[i]·y[i]"),
    (r"‖w‖²", "‖w‖²"),
    (r"½", "1/2"),
    (r"½ a", "1/2 a"),
    (r"xᵢ", "x[i]"),
    (r"z₁ + z₂", "z[1] + z[2]"),
    (r"√{a}", "a^(1/2)"),
    (r"wᵀx_i", "wᵀ x[i]"),
    (r"\frac{a}{b} \frac{u}{v}", "(a/b) (u/v)"),
    (r"\frac{a}{b} \sum_i y_i", "(a/b) Σ_{i} y[i]"),
    (r"\operatorname*{arg\,min}_w J(w)", "argmin_w J(w)"),
    (r"\arg\min_w J(w)", "argmin_w J(w)"),
    (r"\operatorname{argmax}_w J(w)", "argmax_w J(w)"),
    (r"\left( \frac{a}{b} \right)^2", "(a/b)²"),
    (r"\mathrm{KL}(p, q)", "KL(p, q)"),
    (r"2^a", "2^a"),
    (r"(a b)^{-1}", "(a b)⁻¹"),
    (r"-a b", "-a b"),
    # spelled as in other books
    (r"\cfrac{a}{b}", "a/b"),
    (r"{a \over b}", "a/b"),
    (r"a * b", "a b"),
    (r"e^{(a - b)^2}", "e^((a - b)²)"),
    (r"A^{-\top}", "(A⁻¹)ᵀ"),
    (r"X^{\mathrm T} y", "Xᵀ y"),
    (r"X^{\rm T} y", "Xᵀ y"),
    (r"(A A)_{ij}", "(A A)[i,j]"),
    (r"x^{\top}_i w", "x[i]ᵀ w"),
    (r"y_i^2", "y[i]²"),
    (r"y^2_i", "y[i]²"),
    (r"||w||^2", "‖w‖²"),
    (r"||a| - b|", "||a| - b|"),
    (r"\|A\|_F^2", "‖A‖²"),
    (r"\|w\|_{2}^{2}", "‖w‖²"),
    (r"\|w\|^2_2", "‖w‖²"),
    (r"\max\{a, b\}", "max(a, b)"),
    (r"[a]_+", "max(0, a)"),
    (r"\tanh a", "tanh(a)"),
    (r"\binom{n}{2}", "binom(n, 2)"),
    (r"n!", "n!"),
    (r"I_n", "I_n"),
    (r"\mathbf{I}", "I"),
    (r"\mathbf{1}_n", "1_n"),
    (r"\mathrm{E}[\hat f]", "E[f̂]"),
    (r"\mathbb{E} \hat f", "E[f̂]"),
    (r"\mathbb{E}_{k \sim p}[z_k]", "Σ_{k} p[k] z[k]"),
    (r"\operatorname{Cov}(\hat f, \varepsilon)", "Cov(f̂, ε)"),
    (r"\Pr(\hat f \leqslant a)", "E[[f̂ ≤ a]]"),
    (r"\mathbb{1}(a > 0)", "[a > 0]"),
    (r"\mathbb{1}_{\{a > 0\}}", "[a > 0]"),
    (r"\mathbf 1[a > 0]", "[a > 0]"),
    (r"\mathbb I(a > 0)", "[a > 0]"),
    (r"\min_w J(w)", "min_{w} J(w)"),
    (r"\sup_a (a b - a^2)", "max_{a} (a b - a²)"),
    (r"\nabla J(w)^\top (w - w^\star)", "∇J(w)ᵀ (w - w*)"),
    (r"\frac{\partial J}{\partial w}", "∂[J(w)]/∂w"),
    (r"\partial J / \partial w", "∂[J(w)]/∂w"),
    (r"\frac{\partial^2 J}{\partial w \partial w^\top}", "∂²[J(w)]/∂w∂w"),
    (r"\lim_{t \to 0} t", "lim_{t→0⁺} t"),  # t is positive
    (r"\sum_i y_i \sum_i y_i^2", "Σ_{i} y[i] Σ_{l=1..n} y[l]²"),
    (r"\lim_{a \to -\infty} e^a", "lim_{a→-∞} e^a"),
    (r"\sum_{i<j} y_i y_j", "Σ_{i,j: i < j} y[i] y[j]"),
    (r"\sum_{i : y_i > 0} y_i", "Σ_{i: y[i] > 0} y[i]"),
    (r"\sum_{i,j=1}^n y_i y_j", "Σ_{i=1..n,j=1..n} y[i] y[j]"),
    (r"\sum^n_{i=1} y_i", "Σ_{i=1..n} y[i]"),
    (r"\sum_{1 \le i < j \le n} y_i y_j", "Σ_{i=1..n,j=1..n: i < j} y[i] y[j]"),
    (r"y_1 + y_2 + \dots + y_n", "Σ_{i=1..n} y[i]"),
    (r"y_1 y_2 \cdots y_n", "Π_{i=1..n} y[i]"),
    (r"a + y_1 + \dots + y_n", "a + Σ_{i=1..n} y[i]"),
    (r"\begin{pmatrix} a & b \\ 0 & 1 \end{pmatrix}", "[a, b; 0, 1]"),
    (r"\underbrace{a + b}_{\text{both}} c", "(a + b) c"),
    (r"\int_0^1 a^2 \, \mathrm{d}a", "∫_{0..1} a² da"),
    (r"（a ＋ b）", "a + b"),
    (r"\sum_l y_l", "Σ_{l=1..n} y[l]"),
    (r"?", "□"),
    (r"a + ?{b}", "a + ?[b]"),
]

REFUSALS = [
    (r"a +", 3, r"the line ends where a formula was expected"),
    (r"+", 1, r"the line ends where a formula was expected"),
    (r"(a + b", 6, r"expected ) here, but the line ends"),
    (r"a + b)", 5, r"this ) closes nothing"),
    (r"[a + b)", 6, r"expected ] here, found )"),
    (r"{a", 2, r"expected } here, but the line ends"),
    (r"\frac{a}", 8, r"put braces around this argument"),
    (r"\frac{a}{b", 10, r"expected } here, but the line ends"),
    (r"\foo", 0, r"\foo is no sign that is read here: docs/derive.md lists what is"),
    (r"r(a)", 0, r"I do not know r: it was not declared. Let r \in …, or Define it"),
    (r"x^", 2, r"the line ends where a formula was expected"),
    (r"x_", 2, r"nothing is not an index here: neither declared nor summed over"),
    (r"y_a", 2, r"a is not an index here: neither declared nor summed over"),
    (r"y_{i", 4, r"nothing is not an index here: neither declared nor summed over"),
    (r"y_m", 2, r"m is not an index here: neither declared nor summed over"),
    (r"a/b c", 4, r"a/b c can be read in two ways: write \frac{a}{b} c or a/(b c)"),
    (r"a/b/c", 3, r"a/b c can be read in two ways: write \frac{a}{b} c or a/(b c)"),
    (r"a \cdot -b", 8, r"put brackets around a signed factor"),
    (r"a / -b", 4, r"put brackets around a signed denominator"),
    (r"x^12", 2, r"this prints as the power 1: write ^{12}"),
    (r"a^12", 2, r"this prints as the power 1: write ^{12}"),
    (r"a^b^c", 3, r"put brackets around a power before it is raised or indexed"),
    (r"2 3", 2, r"a number behind a factor: write it in front, or use \cdot"),
    (r"a 2", 2, r"a number behind a factor: write it in front, or use \cdot"),
    (r"\log p_k q_k", 9, r"does log reach as far as this? use brackets"),
    (r"\log a b", 7, r"does log reach as far as this? use brackets"),
    (r"\log -a", 5, r"something is missing before -, or brackets around what it signs"),
    (r"\log^2 a", 4, r"write (log …)^… for a power of log"),
    (r"\exp a b", 7, r"does exp reach as far as this? use brackets"),
    (r"\exp^2 a", 4, r"write (exp …)^… for a power of exp"),
    (r"\max a", 5, r"write the index below: \max_i"),
    (r"\sum y_i", 5, r"write the index below: \sum_i"),
    (
        r"\sum_{l} l",
        6,
        r"over which range does l run? declare it, Let l \in \{1,\dots,n\}, or write \sum_{l=1}^n",
    ),
    (r"\sum_{l=1} y_l", 11, r"a lower bound needs an upper one"),
    (r"\sum^n y_i", 7, r"write the index below: \sum_i"),
    (r"\sum_a a", 5, r"a is not an index"),
    (
        r"\sum_i \sum_i y_i",
        14,
        r"this index is bound twice: use another letter, or brackets around the first",
    ),
    (r"\nabla (a^2)", 7, r"say in which variable: \nabla_w …"),
    (
        r"\nabla_a J(w)",
        6,
        r"a is not an argument here: write \nabla J(…) for the gradient at a point",
    ),
    (r"\nabla_w a w_1", 11, r"does ∇ reach as far as this? use brackets"),
    (r"\frac{\partial^2 a}{\partial a}", 5, r"the order above is 2, below it is 1"),
    (r"\frac{\partial}{\partial q}", 27, r"the line ends where a formula was expected"),
    (r"\partial a", 9, r"write a derivative as \frac{\partial f}{\partial x}"),
    (r"\delta_i", 0, r"Kronecker's δ takes two indices: \delta_{ij}"),
    (r"\delta", 0, r"Kronecker's δ takes two indices: \delta_{ij}"),
    (r"J", 0, r"J is a function: write its argument, J(…)"),
    (r"J w", 0, r"J is a function: write its argument, J(…)"),
    (r"J(w", 3, r"expected ) here, but the line ends"),
    (r"\varphi'", 0, r"\varphi is a function: write its argument, \varphi(…)"),
    (r"H'(p, q)", 0, r"a prime belongs to a function of one variable"),
    (r"|a", 2, r"expected | here, but the line ends"),
    (r"\hat a", 0, r"I do not know \hat a: it was not declared. Let \hat a \in …, or Define it"),
    (r"w^*", 2, r"a decorated name must be declared with its decoration, Let w^\star \in …"),
    (
        r"w^{(t)}",
        3,
        r"a decorated name must be declared with its decoration: Let x^{(t)} \in …, or write ^{t} for a power",
    ),
    (
        r"a'",
        1,
        r"a prime belongs to a declared function of one variable: f'(x); write x^\top for a transpose",
    ),
    (r"a == b", 2, r"I cannot go on reading at ="),
    (r"\int a", 5, r"an integral needs its two ends: \int_a^b f(x) \, dx"),
    (r"\lim_{a} t", 7, r"expected \to or \searrow or \nearrow here, found }"),
    (
        r"\begin{cases} a & \text{if } b \end{cases}",
        31,
        r"a formula alone says nothing: expected =, ≤, ≥, < or >",
    ),
    (r"\begin{cases} a \\ b \end{cases}", 16, r"something is missing before \\"),
    (
        r"a \text{ hello }",
        2,
        r"I do not know hello: it was not declared. Let hello \in …, or Define it",
    ),
    (r"a = b", 2, r"I cannot go on reading at ="),
    (r"a , b", 2, r"I cannot go on reading at ,"),
    (r"log a", 0, r"write \log for the function"),
    (r"a & b", 2, r"I cannot go on reading at &"),
    (r"α_i β", 4, r"I do not know \beta: it was not declared. Let \beta \in …, or Define it"),
    (
        r"\frac{d}{d a} \left( a^2 \right)",
        5,
        r"d is a declared letter here: write \partial for a derivative",
    ),
    (r"X_{12}", 3, r"one index or several? write 1,2"),
    (r"\sum_{i=1}^{n} e^{-}", 19, r"this } closes nothing"),
    (r"x^2^3", 3, r"put brackets around a power before it is raised or indexed"),
    (r"\frac{1}{a", 10, r"expected } here, but the line ends"),
    (r"1111111111111111111111111", 0, r"a number has at most 20 digits"),
]


@pytest.mark.parametrize(("source", "reading"), READINGS)
def test_reading(source, reading):
    assert str(read_formula(source, SETTING)) == reading


@pytest.mark.parametrize(("source", "place", "why"), REFUSALS)
def test_refusal_points_at_the_place(source, place, why):
    with pytest.raises(CannotRead) as caught:
        read_formula(source, SETTING)
    assert caught.value.why == why
    if source:
        assert str(caught.value).splitlines() == [why, f"    {source}", "    " + " " * place + "^"]


@pytest.mark.parametrize(
    ("source", "reading"),
    [
        (r"a \le b = c", "a ≤ b = c"),
        (r"a > 0, b \ne 0", "a > 0 and b ≠ 0"),
        (r"a \geq 0 \land b < c", "a ≥ 0 and b < c"),
        (r"\hat w = \arg\min_w J(w)", "ŵ = argmin_w J(w)"),
    ],
)
def test_statement(source, reading):
    (read,) = SETTING.read(source).claims
    assert str(read) == reading


def test_line_with_links():
    line = SETTING.read(r"\iff a = b \implies b = a")
    assert (line.lead, line.links) == (r"\iff", (r"\implies",))
    assert [str(claim) for claim in line.claims] == ["a = b", "b = a"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (r"\sum_i y_i + y_i = 0", "i is bound by a sum and is also outside of it"),
        (r"c = 1 + \arg\min_w J(w)", "arg min must be alone"),
        (r"a", "a formula alone says nothing"),
        (r"a = b \iff", "the line ends"),
        (r"a = b \iff c", "a formula alone says nothing"),
    ],
)
def test_line_refused(source, why):
    with pytest.raises(CannotRead, match=why):
        SETTING.read(source)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (r"r", "where does this live"),
        (r"r \in \mathbb{Q}", "I do not know the set"),
        (r"a \in \mathbb{R}", "already has a meaning"),
        (r"r > 1", "put other bounds into Assume"),
        (r"r \in \mathbb{R}^a", "a is not a size"),
        (r"r \in \mathbb{R}^{77}", "a size is 1 to 9"),
        (r"x_{ij} \in \mathbb{R}^d", "x already has a meaning"),
        (r"r_{ij} \in \mathbb{R}^d", "too many dimensions"),
        (r"3 \in \mathbb{R}", "cannot be declared"),
        (r", r > 0", "a name is missing"),
    ],
)
def test_declaration_refused(source, why):
    with pytest.raises(CannotRead, match=why):
        SETTING.copy().let(source)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (r"r", "a definition reads name = formula"),
        (r"= a", "a definition reads name = formula"),
        (r"a = b", "a already has a meaning"),
        (r"J(w) = 0", "J/1 already|J already"),
        (r"r = y_i", "i is on the right only"),
        (r"r() = a", "name = formula"),
        (r"r = a b)", "closes nothing"),
        (r"r(a) = a = b", "cannot go on"),
    ],
)
def test_definition_refused(source, why):
    with pytest.raises(CannotRead, match=why):
        SETTING.copy().define(source)


def test_a_long_line_is_refused_and_shown_in_part():
    with pytest.raises(CannotRead, match="longer than") as caught:
        read_formula("a + " * LONGEST_LINE, SETTING)
    assert len(str(caught.value)) < 300


def test_the_caret_stays_right_in_a_long_line():
    source = "a a a a a a + " * 30 + r"\foo" + " + a a a a a a" * 30
    with pytest.raises(CannotRead) as caught:
        read_formula(source, SETTING)
    _, shown, caret = str(caught.value).splitlines()
    assert shown[caret.index("^") :].startswith(r"\foo")
