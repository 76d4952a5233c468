"""A derivation as its reader meets it: marks, messages, citations, numbers."""

# ruff: noqa: E501 (formulas are not cut)

import re

import pytest

from lossbook.derive import Derivation, FalseStep
from tests.helpers.derive_corpus import CORPUS
from tests.helpers.derive_further import FURTHER

SQUARES = r"""
Let i \in \{1,\dots,n\}, y_i \in \mathbb{R}, c \in \mathbb{R}
Define \bar y = \frac1n \sum_i y_i
\sum_i (y_i - c)^2 = \sum_i (y_i - \bar y)^2 + n (\bar y - c)^2   \tag{2.2}   % the cross term vanishes
  \ge \sum_i (y_i - \bar y)^2                                     % by (2.2), a square is not negative
"""


def kinds(body):
    return [step.verdict.kind for step in Derivation("", body, strict=False).steps]


def messages(body):
    return [step.verdict.message for step in Derivation("", body, strict=False).steps]


def test_text_is_the_reading_of_the_machine():
    assert repr(Derivation("The mean", SQUARES)).split("\n") == [
        "The mean",
        "          Let i ∈ 1…n, y ∈ ℝ^n, c ∈ ℝ",
        "          Define ȳ := (1/n) Σ_{i} y[i]",
        " (2.2) ✓  Σ_{i} (y[i] - c)² = Σ_{i} (y[i] - ȳ)² + n (ȳ - c)²  the cross term vanishes",
        "   (2) ✓  ≥ Σ_{i} (y[i] - ȳ)²                                 by (2.2), a square is not"
        " negative",
        "All 2 lines hold: each on 32 instances of sizes 1 to 17, none undecided.",
    ]


def test_markdown_is_the_text_of_the_author():
    shown = Derivation("The mean", SQUARES)._repr_markdown_()
    assert shown.startswith("**The mean**")
    assert r"Define $\bar y = \frac1n \sum_i y_i$." in shown
    assert r"Let $i \in \{1,\dots,n\}$, $y_i \in \mathbb{R}$, $c \in \mathbb{R}$." in shown
    assert r"\sum_i (y_i - c)^2  & = \sum_i (y_i - \bar y)^2" in shown
    assert r"{\color{green}\checkmark}\;\text{(2.2)}" in shown
    assert r"\tag" not in shown
    assert shown.count("$$") == 2


def test_a_bracket_after_the_relation_is_typeset_whole():
    """The reader skips \\left; what is typeset must keep it, or MathJax refuses the line."""
    body = "Let x \\in \\mathbb{R}\nx^2 - 2 x + 1 = \\left( x - 1 \\right)^2"
    shown = Derivation("A square", body)._repr_markdown_()
    assert r"& = \left( x - 1 \right)^2 &&" in shown


def test_a_false_line_raises_with_a_counterexample():
    wrong = (
        SQUARES.replace(r"+ n (\bar y", r"- n (\bar y")
        .replace(r"\tag{2.2}", "")
        .replace("by (2.2)", "so")
    )
    with pytest.raises(FalseStep, match=r"The mean: \(1\) does not hold") as caught:
        Derivation("The mean", wrong)
    assert "false: for  n = 2, y = " in str(caught.value)
    assert re.search(r"left   .* = -?\d", str(caught.value))


@pytest.mark.parametrize("title", ["05 The dual", "03 Gibbs' inequality"])
def test_output_is_the_same_every_time(title):
    first, second = (Derivation(title, CORPUS[title], strict=False) for _ in range(2))
    assert repr(first) == repr(second)


def test_a_counterexample_starts_with_small_whole_numbers():
    (message,) = messages("Let a, b \\in \\mathbb{R}\n(a + b)^2 = a^2 + b^2")
    numbers = re.findall(r"[ab] = (-?[\d.]+)", message)
    assert len(numbers) == 2
    assert all(abs(int(x)) <= 3 for x in numbers)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (r"\nabla_w (w^\top w) = w", "left = 2 × right on every instance"),
        (r"\sum_i y_i = \frac1n \sum_i y_i", "left = n × right on every instance"),
        (r"\log_2 t = \log t", "left = 1/ln 2 × right on every instance"),
        (r"\sum_i (y_i + 1) - \sum_i y_i = n - 1", "left - right = 1 on every instance"),
        (r"\left( \sum_i y_i \right)^2 = \sum_i y_i^2", "right on the instances with n = 1 only"),
        (r"t^2 = t^3", ""),
    ],
)
def test_a_hint_at_the_slip(line, hint):
    body = r"Let i \in \{1,\dots,n\}, y_i \in \mathbb{R}, t > 0, w \in \mathbb{R}^d" + "\n" + line
    derivation = Derivation("", body, strict=False)
    assert derivation.steps[0].verdict.hint == hint


# -------------------------------------------------------------------- chains


def test_a_chain_goes_on_from_the_last_right_line():
    letters = r"Let a, b \in \mathbb{R}" + "\n"
    chain = "(a + b)^2 = (a + b)(a + b)\n = a^2 + b^2\n = b^2 + a^2\n = a^2 + 2 a b + b^2"
    assert kinds(letters + chain) == ["true", "false", "carried", "true"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("= 1", "this line continues nothing"),
        (r"\iff 1 = 1", "this line continues no statement"),
        ("Let a \\in \\mathbb{R}\na = a\nLet b > 0\n= a", "this line continues nothing"),
    ],
)
def test_a_line_that_continues_nothing(body, why):
    assert why in messages(body)[-1]


def test_links_continue_the_statement_above():
    body = r"""
    Let a, b \in \mathbb{R}
    a = b \iff a - b = 0
      \iff b - a = 0
      \implies a^2 = b^2
      \iff a = b
    """
    assert kinds(body) == ["true", "true", "true", "false"]


@pytest.mark.parametrize("seed", [1, 38, 60])
def test_roots_are_found_also_far_out(seed):
    body = r"""
    Let k \in \{1,\dots,K\}, z \in \mathbb{R}^K, p \in \Delta_K^\circ, \nu \in \mathbb{R}
    z_k - \log p_k = \nu \iff p_k = e^{z_k - \nu}
    """
    assert Derivation("", body, seed=seed).ok


@pytest.mark.parametrize("seed", [1, 50])
def test_the_side_of_a_link_is_sought_with_patience(seed):
    body = r"""
    Let C > 0, m \in \mathbb{R}, \alpha \in [0, C]
    Assume \alpha (1 - m) = C \max(0, 1 - m)
    m > 1 \implies \alpha = 0    % by (A)
    """
    assert Derivation("", body, seed=seed).ok


def test_the_missing_rank_is_found():
    body = r"""
    Let X \in \mathbb{R}^{n \times d}, y \in \mathbb{R}^n, w \in \mathbb{R}^d
    X^\top X w = X^\top y \iff w = (X^\top X)^{-1} X^\top y
    """
    assert kinds(body) == ["undefined"]
    assert "(Xᵀ X)⁻¹ is undefined" in messages(body)[0]


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ("Assume a > b, b > a", "a = a   % by (A)"),
        ("Assume a^2 = -1", "a = b   % by (A)"),
        ("", r"a^2 = -1 \implies a = b"),
    ],
)
def test_what_no_instance_satisfies_is_not_true(facts, line):
    assert kinds(f"Let a, b \\in \\mathbb{{R}}\n{facts}\n{line}") == ["untested"]


# -------------------------------------------------------------------- facts and citations


def test_a_fact_acts_only_where_it_is_cited():
    body = r"""
    Let a, b \in \mathbb{R}
    Assume a = 2 b
    a^2 = 4 b^2             % substitute
    a^2 = 4 b^2             % by (A)
    """
    derivation = Derivation("", body, strict=False)
    assert [step.verdict.kind for step in derivation.steps] == ["false", "true"]
    assert "it holds under (A): if you use that" in derivation.steps[0].verdict.hint


def test_a_supposed_fact_must_stand_above():
    body = r"""
    Let a, b \in \mathbb{R}
    2 a = 2 b \iff a = b
    Suppose a = b
    a^2 = b^2               % by (1)
    a^2 = b^2
    Suppose a = 3
    """
    derivation = Derivation("", body, strict=False)
    assert [step.verdict.kind for step in derivation.steps] == [
        "true",
        "true",
        "false",
        "unreadable",
    ]
    assert "no line above" in derivation.steps[-1].verdict.message


def test_a_wrong_step_that_a_supposed_fact_would_hide():
    # "+ b Σ αᵢ yᵢ" instead of "−" is true where Σ αᵢ yᵢ = 0, but multiplying out gives "−".
    title = "05 From the maximal margin to the dual"
    body = FURTHER[title].replace(
        r"- b \sum_i \alpha_i y_i   % multiply out", r"+ b \sum_i \alpha_i y_i   % multiply out"
    )
    assert body != FURTHER[title]
    derivation = Derivation(title, body, strict=False)
    assert [step.verdict.kind for step in derivation.steps][4] == "false"


@pytest.mark.parametrize("reason", ["by (7)", "By (B)", "by (9.99)", "by (1) and (Z)"])
def test_an_unknown_reference_fails(reason):
    body = f"Let a \\in \\mathbb{{R}}\na = a\na + a = 2 a   % {reason}"
    assert kinds(body) == ["true", "reference"]
    assert "there is no line (" in messages(body)[1]


def test_a_label_belongs_to_its_derivation_and_to_those_that_use_it():
    body = "Let a \\in \\mathbb{R}\na + a = 2 a   % by (77.1)"
    assert kinds(body) == ["reference"]
    Derivation("another cell", "Let a \\in \\mathbb{R}\na = a   \\tag{77.1}")
    assert kinds(body) == ["reference"]
    assert Derivation("", body, uses=["77.1"]).ok


@pytest.mark.parametrize(
    "reason",
    ["by (A)", "By (A)", "(A)", "using (A)", "assumption (A)", "由 (A)", "由（A）", "as x > 0 (A)"],
)
def test_any_label_of_a_fact_in_the_reason_cites_it(reason):
    body = f"Let x \\in \\mathbb{{R}}\nAssume x > 0\n|x| = x   % {reason}"
    assert kinds(body) == ["true"]


def test_the_hint_says_what_to_type():
    (step,) = Derivation("", "Let x \\in \\mathbb{R}\nAssume x > 0\n|x| = x", strict=False).steps
    assert step.verdict.hint == "it holds under (A): if you use that, write “by (A)” in the reason"


@pytest.mark.parametrize("line", [r"c \ge 0", r"R = \frac1n \sum_i y_i", "f(t) = t^2"])
def test_what_only_repeats_a_declaration_is_marked_so(line):
    body = "Let i \\in \\{1,\\dots,n\\}, y_i, t \\in \\mathbb{R}, c \\ge 0\n"
    body += "Define R = \\frac1n \\sum_i y_i\nDefine f(t) = t^2\n"
    derivation = Derivation("", body + line)
    assert kinds(body + line) == ["definition"]
    assert "✓" not in repr(derivation)
    assert repr(derivation).endswith("· by definition\nNo line needs a check.")


def test_parentheses_that_are_no_citation():
    assert kinds("Let a \\in \\mathbb{R}\na = a   % the book, (6.9), and by (say) magic") == [
        "reference"
    ]
    assert kinds("Let a \\in \\mathbb{R}\na = a   % the book, (6.9)") == ["true"]


def test_a_note_is_shown_and_not_checked():
    derivation = Derivation("", "Let a \\in \\mathbb{R}\nNote a = a + 1   % Slater's condition")
    assert derivation.ok
    assert "· not checked" in repr(derivation)
    assert r"\text{not checked}" in derivation._repr_markdown_()
    assert repr(derivation).endswith("No line needs a check.")


# -------------------------------------------------------------------- numbers


def test_value_of_a_displayed_formula():
    derivation = Derivation("", SQUARES)
    assert derivation.value(r"\sum_i (y_i - \bar y)^2", y=[1.0, 2.0, 6.0]) == 14
    assert derivation.value(r"\bar y", y=[1.0, 2.0, 6.0]) == 3


def test_a_setting_can_be_shared():
    first = Derivation("", SQUARES)
    second = Derivation("", r"\bar y \le \max_i y_i", setting=first.setting)
    assert second.ok
    assert "r" not in first.setting.scope


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("Let a", "where does this live"),
        ("Define a", "a definition reads name = formula"),
        ("Assume 1 = 1 \\iff 2 = 2", "expected facts, not a chain"),
        ("a = 1", "I do not know a"),
        ("1 = ", "the line ends"),
        ("1 +", "the line ends"),
    ],
)
def test_what_cannot_be_read_is_a_failing_line(body, why):
    assert kinds(body) == ["unreadable"]
    assert why in messages(body)[0]


def test_the_cell_magic(capsys, tmp_path, monkeypatch):
    from IPython.testing.globalipapp import start_ipython

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))  # it warns of a home that cannot be written
    shell = start_ipython()
    shell.run_line_magic("load_ext", "lossbook.derive")
    derivation = shell.run_cell_magic("derive", "The mean", SQUARES)
    assert derivation.ok
    assert derivation.title == "The mean"


def test_a_greek_index_reads_like_any_other_letter():
    body = r"""
Let \nu \in \{1,\dots,N\}, g_\nu \in \mathbb{R}
\sum_\nu g_\nu = \sum_{\nu=1}^{N} g_\nu
"""
    shown = str(Derivation("Steps", body))
    assert "Let ν ∈ 1…N, g ∈ ℝ^N" in shown
    assert "Σ_{ν} g[ν] = Σ_{ν=1..N} g[ν]" in shown


# -------------------------------------------------------------------- blanks

BLANK = r"""
Let a, b \in \mathbb{R}
(a + b)^2 = (a + b)(a + b)
  = ?                        % multiply out
  = a^2 + 2 a b + b^2        % collect
"""


def test_a_blank_is_neutral_and_the_next_line_goes_on_from_the_last_known_side():
    derivation = Derivation("A square", BLANK)
    assert [step.verdict.kind for step in derivation.steps] == ["true", "blank", "true"]
    shown = repr(derivation)
    assert " (2) □  = □                         multiply out" in shown
    assert "your turn" in shown
    assert shown.endswith("none undecided. 1 blank is left for you.")
    assert r"\boxed{\text{your turn}}" in derivation._repr_markdown_()


def test_a_filled_blank_is_checked():
    right = Derivation("", BLANK.replace("?", "?{a^2 + a b + b a + b^2}"))
    assert [step.verdict.kind for step in right.steps] == ["true"] * 3
    assert r"\boxed{a^2" in right._repr_markdown_()
    wrong = Derivation("", BLANK.replace("?", "?{a^2 + b^2}"), strict=False)
    assert [step.verdict.kind for step in wrong.steps] == ["true", "false", "true"]
    assert "for  a = " in wrong.steps[1].verdict.message


def test_a_copy_of_the_side_next_to_it_fills_nothing():
    copied = Derivation("", BLANK.replace("?", "?{(a + b)(a + b)}"))
    assert copied.steps[1].verdict.kind == "blank"
    assert "fills nothing" in copied.steps[1].verdict.message


def test_a_part_of_a_line_may_be_a_blank():
    body = "Let a \\in \\mathbb{R}\n(a + 1)^2 = a^2 + ? a + 1"
    assert kinds(body) == ["blank"]
    assert kinds(body.replace("?", "?{2}")) == ["true"]
    assert kinds(body.replace("?", "?{3}")) == ["false"]
