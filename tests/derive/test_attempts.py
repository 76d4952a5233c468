"""What a student reads about their own derivation, and when it is done."""

# ruff: noqa: E501 (formulas are not cut)

import re

import pytest

from lossbook.derive import Exercise, FalseStep
from lossbook.exercises import checker

GRADIENT = Exercise(
    "Softmax gradient",
    r"""
    Let j, k \in \{1,\dots,K\}, z_k \in \mathbb{R}, p \in \Delta_K
    Define q_k = \frac{e^{z_k}}{\sum_j e^{z_j}}
    Define L = -\sum_j p_j \log q_j
    """,
    start=r"\frac{\partial L}{\partial z_k}",
    goal="q_k - p_k",
    milestones=[
        r"\sum_j \frac{p_j}{q_j} \frac{\partial q_j}{\partial z_k}",
        r"\sum_j p_j (\delta_{jk} - q_k)",
        r"q_k \sum_j p_j",
        r"\frac{\partial}{\partial z_k} (\log \sum_j e^{z_j})",
    ],
)
RIGHT = r"""
= -\sum_j p_j \frac{1}{q_j} \frac{\partial q_j}{\partial z_k}   % chain rule
= -\sum_j p_j (\delta_{jk} - q_k)                               % derivative of the softmax
= -p_k + q_k \sum_j p_j                                         % one term is left
= q_k - p_k                                                     % the $p_j$ sum to 1
"""


def test_a_right_derivation_is_done():
    attempt = GRADIENT.attempt(RIGHT)
    assert attempt.done
    assert attempt.say() == "Complete: every line holds and you have reached the goal."


def test_the_first_wrong_line_is_named_and_later_ones_are_carried():
    attempt = GRADIENT.attempt(RIGHT.replace(r"(\delta_{jk} - q_k)", r"(q_k - \delta_{jk})", 1))
    kinds = [step.verdict.kind for step in attempt.steps]
    assert kinds == ["true", "false", "true", "true"]
    assert attempt.say() == "Line (2) needs another look; the other 3 lines hold."
    assert "left = -1 × right on every instance" in repr(attempt)
    assert not attempt.done


def test_a_line_that_only_carries_an_error_on_is_marked():
    attempt = GRADIENT.attempt(
        r"""
        = -\sum_j p_j \frac{1}{q_j} \frac{\partial q_j}{\partial z_k}
        = -\sum_j p_j (q_k - \delta_{jk})
        = \sum_j p_j (\delta_{jk} - q_k)
        """
    )
    assert [step.verdict.kind for step in attempt.steps] == ["true", "false", "carried"]
    assert attempt.steps[2].verdict.message == "follows from (2), which is wrong"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "Write the first line"),
        ("= q_k - p_k", "there is a gap between"),
        ("= q_k - p_k \n = q_k - p_k \n = q_k - p_k", "there is a gap between"),
        ("= q_k - p_k \n = -p_k + q_k \n = (q_k - p_k)", "there is a gap between"),
        (r"= -\sum_j p_j (\delta_{jk} - q_k)", "this equals the goal; write it as q[k] - p[k]"),
        ("1 = 1 \n 2 = 2 \n q_k - p_k = q_k - p_k", "none of them starts from"),
        ("1 = 1", "none of them starts from"),
        (r"= \frac{\partial L}{\partial z_k}" + "\n= q_k - p_k", "there is a gap between"),
        (r"\iff a", r"Line (1) needs another look."),
        ("hello", "Line (1) needs another look."),
        (r"Let p_k \in \mathbb{R}", "Line (1) needs another look."),
        (r"Assume q_k = p_k" + "\n= 0", "Line (1) needs another look"),
        ("= ?", "A blank is left"),
    ],
)
def test_true_lines_that_do_not_lead_there(body, said):
    attempt = GRADIENT.attempt(body)
    assert said in attempt.say()
    assert not attempt.done


def test_the_goal_counts_in_whichever_line_it_is():
    assert GRADIENT.attempt(RIGHT + "\n= q_k - p_k + 0\n= -p_k + q_k \\sum_j p_j").done


def test_own_letters_are_abbreviations():
    attempt = GRADIENT.attempt("Let r_k = q_k - p_k\n" + RIGHT + "= r_k")
    assert attempt.done


def test_unicode_is_read():
    attempt = GRADIENT.attempt(
        "= -Σ_j p_j·\\frac{1}{q_j}·\\frac{∂ q_j}{∂ z_k}\n= -Σ_j p_j·(δ_{jk} − q_k)\n= q_k − p_k"
    )
    assert attempt.done


def test_an_inequality_may_use_equalities_and_strict_signs_from_both_ends():
    tangent = Exercise(
        "Tangent", r"Let t > 0", start=r"\log t", goal=r"2 t - 2 + (1 - t)", sign=r"\le",
        milestones=["t - 1"],
    )  # fmt: skip
    assert tangent.attempt("\\le (t - 1) \\cdot 1 = t - 1\n= 2 t - 2 + (1 - t)") is tangent.last
    assert not tangent.attempt("\\log t \\ge \\log t").done


def test_an_exercise_checks_itself():
    with pytest.raises(FalseStep):
        Exercise("Wrong", r"Let a \in \mathbb{R}", start="a", goal="2 a")


def test_the_facts_of_an_exercise_must_be_cited():
    exercise = Exercise(
        "Facts", "Let a, b \\in \\mathbb{R}\nAssume a = b", start="a^2", goal="b^2",
        milestones=["a b"],
    )  # fmt: skip
    assert exercise.attempt("= a b   % by (A)\n= b^2   % by (A)").done
    assert exercise.attempt("= b a   % 由（A）\n= b^2   % (A)").done
    attempt = exercise.attempt("= a b\n= b^2   % by (A)")
    assert "it holds under (A)" in repr(attempt)


def test_the_task_is_shown():
    assert repr(GRADIENT).split("\n")[-1] == "Show: ∂[L]/∂z[k] = q[k] - p[k]"
    assert r"$$\frac{\partial L}{\partial z_k} = q_k - p_k$$" in GRADIENT._repr_markdown_()


@pytest.mark.parametrize("seed", [0, 2, 2**100])
def test_a_wrong_line_is_wrong_for_every_seed(seed):
    attempt = GRADIENT.attempt(RIGHT.replace("-p_k + q_k", "p_k + q_k"), seed=seed)
    assert [step.verdict.holds for step in attempt.steps] == [True, True, False, True]


# -------------------------------------------------------------------- the exercises of the course

ROUTES = {}
ROUTES["02", "weighted_mean"] = [
    r"""
= \sum_i w_i \left( (y_i - m) + (m - c) \right)^2
= \sum_i w_i (y_i - m)^2 + 2 (m - c) \sum_i w_i (y_i - m) + (m - c)^2 \sum_i w_i
= \sum_i w_i (y_i - m)^2 + W (m - c)^2
""",
    r"""\sum_i w_i (y_i - m) = 0
\begin{aligned}
\sum_{j=1}^n w_j (y_j - c)^2 &= \sum_j w_j ((y_j - m) + (m-c))^2 \\
&= \sum_j w_j (y_j-m)^2 + 2 (m-c) \sum_j w_j (y_j-m) + W (m-c)^2 \\
&= W(m-c)^2 + \sum_j w_j (y_j-m)^2.
\end{aligned}
""",
    r"""= \sum_i w_i y_i^2 - 2 c \sum_i w_i y_i + c^2 W
= \sum_i w_i y_i^2 - W m^2 + W (c-m)^2
= \sum_i w_i (y_i - m)^2 + W (c - m)^2""",
    r"\sum_i w_i (y_i - m)^2 + W (c - m)^2 = \sum_i w_i y_i^2 - W m^2 + W (c-m)^2 = \sum_i w_i y_i^2 - 2 c m W + c^2 W = \sum_i w_i (y_i - c)^2",
    r"Let d = c - m"
    + "\n"
    + r"= \sum_i w_i (y_i - m - d)^2"
    + "\n"
    + r"= \sum_i w_i (y_i - m)^2 - 2 d \sum_i w_i (y_i - m) + d^2 W"
    + "\n"
    + r"= \sum_i w_i (y_i - m)^2 + W (c - m)^2",
    r"\sum_i w_i (y_i - c)^2 - \left( \sum_i w_i (y_i - m)^2 + W (c - m)^2 \right) = 2 (m-c) \sum_i w_i (y_i - m) = 0",
    r"""\sum_i w_i y_i = W m
\sum_i w_i (y_i - c)^2 - \sum_i w_i (y_i - m)^2 = \sum_i w_i (m - c) (2 y_i - c - m)
 = (m-c) (2 W m - (c+m) W)
 = W (m-c)^2
\sum_i w_i (y_i - c)^2 = \sum_i w_i (y_i-m)^2 + W (c-m)^2""",
]
ROUTES["03", "gini_gain"] = [
    r"""
= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 - \sum_k p_k^2
= \sum_k \left( s q_k^2 + (1 - s) u_k^2 - (s q_k + (1 - s) u_k)^2 \right)
= s (1 - s) \sum_k (q_k - u_k)^2""",
    r"""= 1 - \sum_k p_k^2 - s (1 - \sum_k q_k^2) - (1-s)(1 - \sum_k u_k^2)
= s \sum_k q_k^2 + (1-s) \sum_k u_k^2 - \sum_k (s q_k + (1-s) u_k)^2
= s(1-s) \sum_k (q_k^2 - 2 q_k u_k + u_k^2)
= s(1-s) \sum_k (u_k - q_k)^2""",
    r"""s (1 - s) \sum_k (q_k - u_k)^2 = s(1-s) \sum_k q_k^2 - 2 s (1-s) \sum_k q_k u_k + s(1-s) \sum_k u_k^2
= s \sum_k q_k^2 + (1-s) \sum_k u_k^2 - \sum_k p_k^2
= \sum_k p_k (1-p_k) - s \sum_k q_k (1-q_k) - (1-s) \sum_k u_k (1-u_k)""",
    r"""\sum_k p_k (1 - p_k) = 1 - \sum_k p_k^2
\sum_k p_k (1 - p_k) - s \sum_k q_k (1 - q_k) - (1 - s) \sum_k u_k (1 - u_k) = \sum_k (p_k - s q_k - (1-s) u_k) + s \sum_k q_k^2 + (1-s) \sum_k u_k^2 - \sum_k p_k^2
= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 - \sum_k p_k^2
= s (1 - s) \sum_k (q_k - u_k)^2""",
]
ROUTES["04", "label_smoothing"] = [
    r"""
= \ln \sum_j e^{z_j} - \sum_k p_{yk} z_k
= \ln \sum_j e^{z_j} - (1 - \varepsilon) z_y - \varepsilon \bar z
= \ln \sum_j e^{z_j} - z_y + \varepsilon (z_y - \bar z)""",
    r"""= -\sum_k p_{yk} (z_k - \ln \sum_j e^{z_j})
= -\sum_k p_{yk} z_k + \ln \sum_j \exp(z_j)
= \varepsilon (z_y - \bar z) - z_y + \ln \sum_j \exp(z_j)""",
    r"""= -(1-\varepsilon) \ln q_y - \frac{\varepsilon}{K} \sum_k \ln q_k
= (1-\varepsilon)(\ln \sum_j e^{z_j} - z_y) + \varepsilon (\ln \sum_j e^{z_j} - \bar z)
= \ln \sum_j e^{z_j} - z_y + \varepsilon (z_y - \bar z)""",
    r"""\sum_k p_{yk} = 1
\sum_k p_{yk} z_k = (1-\varepsilon) z_y + \varepsilon \bar z
-\sum_k p_{yk} \log q_k = \log \sum_j e^{z_j} - \sum_k p_{yk} z_k = \log \sum_{k=1}^K e^{z_k} - z_y + \varepsilon(z_y - \bar z)""",
]
ROUTES["05", "whose_gap"] = [
    r"""
= \frac12 \lVert w \rVert^2 + \frac12 \lVert \hat w \rVert^2 - \sum_i \alpha_i
= \frac12 \lVert w - \hat w \rVert^2 + w^\top \hat w - \sum_i \alpha_i
= \frac12 \lVert w - \hat w \rVert^2 + \sum_i \alpha_i m_i - \sum_i \alpha_i   % by (A)
= \frac12 \lVert w - \hat w \rVert^2 + \sum_i \alpha_i (m_i - 1)""",
    r"""\sum_i \alpha_i m_i = w^\top \hat w  % 由（A）
\frac12 \|w\|^2 - D = \frac12 \|w\|^2 + \frac12 \|\hat w\|^2 - \sum_i \alpha_i = \frac12 \|w - \hat w\|^2 + w^\top \hat w - \sum_i \alpha_i
= \frac12 \|w - \hat w\|^2 + \sum_i \alpha_i (m_i - 1)  % (A)""",
    r"""\frac12 \lVert w - \hat w \rVert^2 + \sum_i \alpha_i (m_i - 1) = \frac12 \|w\|^2 - w^\top \hat w + \frac12 \|\hat w\|^2 + \sum_i \alpha_i m_i - \sum_i \alpha_i
= \frac12 \|w\|^2 - w^\top \hat w + \frac12 \|\hat w\|^2 + w^\top \hat w + b \sum_i \alpha_i y_i - \sum_i \alpha_i
= \frac12 \|w\|^2 - D  % using (A)""",
]
ROUTES["06", "squared_dual"] = [
    r"""
= \frac12 \lVert w \rVert^2 + \sum_i \alpha_i - \sum_i \alpha_i m_i + \sum_i (C \xi_i^2 - \alpha_i \xi_i)
= \sum_i \alpha_i - \frac12 \lVert w \rVert^2 + \sum_i (C \xi_i^2 - \alpha_i \xi_i) % by (A)
= \sum_i \alpha_i - \frac12 \lVert w \rVert^2 - \frac{1}{4 C} \sum_i \alpha_i^2""",
    r"""\sum_i \alpha_i m_i = \lVert w \rVert^2   % By (A)
\frac12 \lVert w \rVert^2 + C \sum_i \xi_i^2 + \sum_i \alpha_i (1 - \xi_i - m_i) = \frac12 \|w\|^2 + \sum_i \frac{\alpha_i^2}{4 C} + \sum_i \alpha_i - \sum_i \frac{\alpha_i^2}{2C} - \|w\|^2 % by (A)
= \sum_i \alpha_i - \frac12 \|w\|^2 - \sum_i \frac{\alpha_i^2}{4C}""",
    r"""C \xi_i^2 - \alpha_i \xi_i = -\frac{\alpha_i^2}{4C}
\frac12 \lVert w \rVert^2 + C \sum_i \xi_i^2 + \sum_i \alpha_i (1 - \xi_i - m_i) = \frac12 w^\top w + \sum_i \alpha_i - \sum_i \alpha_i y_i w^\top x_i - b \sum_i \alpha_i y_i - \frac{1}{4C} \sum_i \alpha_i^2
= \sum_i \alpha_i - \frac12 w^\top w - \frac{1}{4C} \sum_i \alpha_i^2 % by (A)""",
]
ROUTES["07", "slope_of_two"] = [
    r"""
= \sum_j (\hat q_j - p_j) \frac{\partial q_j}{\partial z_k}
= \sum_j (\hat q_j - p_j)\, q_j (\delta_{jk} - q_k)
= q_k \left( \hat q_k - p_k - \sum_j q_j (\hat q_j - p_j) \right)""",
    r"""\frac{\partial \ell}{\partial q_j} = \hat q_j - p_j
\frac{\partial q_j}{\partial z_k} = q_j (\delta_{jk} - q_k)
\frac{\partial \ell}{\partial z_k} = \sum_j \frac{\partial \ell}{\partial q_j}\frac{\partial q_j}{\partial z_k} = \sum_j (\hat q_j - p_j) q_j (\delta_{jk} - q_k)
= (\hat q_k - p_k) q_k - q_k \sum_j (\hat q_j - p_j) q_j
= q_k (\hat q_k - p_k - \sum_j q_j (\hat q_j - p_j))""",
    r"""= \sum_j \hat q_j \frac{\partial q_j}{\partial z_k} - \sum_j p_j \frac{\partial q_j}{\partial z_k}
= q_k \hat q_k - q_k \sum_j q_j \hat q_j - q_k p_k + q_k \sum_j q_j p_j
= q_k \left( \hat q_k - p_k - \sum_j q_j (\hat q_j - p_j) \right)""",
]
ROUTES["01", "splitting"] = [
    r"""
= \min_j (\eta\, a_j + (1 - \eta)\, b_j)
= \min_j \left( p (\eta_1 a_j + (1 - \eta_1) b_j) + (1 - p) (\eta_2 a_j + (1 - \eta_2) b_j) \right)
\ge p \min_j (\eta_1 a_j + (1 - \eta_1) b_j) + (1 - p) \min_j (\eta_2 a_j + (1 - \eta_2) b_j)
= p\, H(\eta_1) + (1 - p)\, H(\eta_2)""",
    r"""p H(\eta_1) + (1-p) H(\eta_2) = p \min_j (\eta_1 a_j + (1-\eta_1) b_j) + (1-p) \min_j (\eta_2 a_j + (1-\eta_2) b_j)
\le \min_j (p (\eta_1 a_j + (1-\eta_1) b_j) + (1-p) (\eta_2 a_j + (1-\eta_2) b_j))
= H(\eta)""",
    r"""\eta a_j + (1-\eta) b_j = p (\eta_1 a_j + (1-\eta_1) b_j) + (1-p) (\eta_2 a_j + (1-\eta_2) b_j)
\ge p H(\eta_1) + (1-p) H(\eta_2)
H(\eta) = \min_j (\eta a_j + (1-\eta) b_j) \ge p H(\eta_1) + (1-p) H(\eta_2)""",
]
ROUTES["08", "cubed_tangent"] = [
    r"""
\ge t^3 + 3 s^2 (1 - t)
= 3 s^2 - 2 s^3 + (t - s)^2 (t + 2 s)
\ge 3 s^2 - 2 s^3""",
    r"""m \ge 1 - t
\max(0, 1-m)^3 + 3 s^2 m \ge t^3 + 3 s^2 - 3 s^2 t
t^3 - 3 s^2 t + 2 s^3 = (t-s)^2 (t + 2s) \ge 0
t^3 + 3 s^2 - 3 s^2 t = 3 s^2 - 2 s^3 + (t-s)^2 (t+2s) \ge s^2 (3 - 2s)""",
    r"""3s^2 - 2s^3 \le 3 s^2 - 2 s^3 + (t-s)^2 (t+2s) = t^3 + 3 s^2 (1-t) \le \max(0,1-m)^3 + 3 s^2 m""",
    r"""\max(0, 1 - m)^3 + 3 s^2 m - (3s^2 - 2s^3) \ge t^3 + 3 s^2 (1-t) - 3 s^2 + 2 s^3 = (t-s)^2 (t+2s) \ge 0""",
]
PADDINGS = [
    "= G",
    r"= \sum_{r=1}^{1} (S)" + "\n= G",
    r"= \max(S, S)" + "\n= G",
    r"= S + 0" + "\n= 1 (S)" + "\n= G",
    "= S + M - M\n= G",
    "= G + M - M\n= G",
    "= G + (M - M)\n=G",
    r"= (S) \cdot \left(M\right)^0" + "\n= G",
    "= M + (G - M)\n= G",
    r"= \frac12 (2 (G) - 2 (M)) + M" + "\n= G",
    "M = M\nS = G",
    "=2 (S) - (S)\n= G",
    "= G\n= G\n= G",
    r"= \min(S,S)" + "\n= G + 1 - 1\n= G",
    r"= \frac{S + G}{2}" + "\n= G",
    "= ((S) + 1)^2 - (S)^2 - (S) - 1\n= ((S) + 2)^2 - (S)^2 - 3 (S) - 4\n= ((S)+3)^2 - (S)^2 - 5 (S) - 9\n= G",
    "= \\log e^{S}\n= G",
    "S - (S) = 0\n= M - M\nS = G",
    "= S + 0 (M)\n=G",
    r"= \left|S\right| + S - \left|S\right|" + "\n=G",
    "S = G\nG = S",
    "= G + M - M + M - M\n= G",
    "= S + 3 M - M - 2 M\n= G",
    "= S - 4 M + M + 2 M + M\n= G",
    "= \\frac{2 (S)}{2}\n= \\frac{3 (G)}{3}\n= G",
    "S - M = G - M\nS = G",
]


@pytest.mark.parametrize(
    ("chapter", "name", "k"),
    [(*key, k) for key, bodies in ROUTES.items() for k in range(len(bodies))],
)
def test_another_route_is_done(chapter, name, k):
    attempt = checker(chapter).derivation(name).attempt(ROUTES[chapter, name][k])
    assert attempt.done, repr(attempt)


STYLES = {
    "aligned": lambda body: (
        "$$\\begin{aligned}\n" + body.strip().replace("\n", r" \\\\" + "\n") + "\n\\end{aligned}$$"
    ),
    "full stop": lambda body: re.sub(r"(\s*%.*)?$", r".\1", body.strip(), flags=re.M),
    "another letter": lambda body: re.sub(r"\\ln", r"\\log", body),
    "full-width brackets": lambda body: body.replace("(", "（").replace(")", "）"),
    "tabs and CRLF": lambda body: body.replace("\n", "\r\n").replace(" ", "\t"),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("chapter", "name"), ROUTES)
def test_layout_does_not_matter(chapter, name, style):
    attempt = checker(chapter).derivation(name).attempt(STYLES[style](ROUTES[chapter, name][0]))
    assert attempt.done, repr(attempt)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(("chapter", "name"), ROUTES)
def test_padding_is_no_derivation(chapter, name, padding):
    """S is the start, G the goal, M a milestone."""
    exercise = checker(chapter).derivation(name)
    given = {"S": exercise.start, "G": exercise.goal}
    for milestone in (exercise.milestones[0], exercise.milestones[-1]):
        letters = {letter: rf"\left({formula}\right)" for letter, formula in given.items()}
        letters["M"] = milestone
        body = re.sub("[SGM]", lambda m, letters=letters: letters[m[0]], padding)
        if exercise.sign != "=":
            body = body.replace("= " + letters["G"], f"{exercise.sign} {letters['G']}")
        assert not exercise.attempt(body).done


LEMMA_FIRST = r"""
\sum_i w_i (y_i - m) = 0
= \sum_i w_i \left( (y_i - m) + (m - c) \right)^2
= \sum_i w_i (y_i - m)^2 + 2 (m - c) \sum_i w_i (y_i - m) + (m - c)^2 \sum_i w_i
= \sum_i w_i (y_i - m)^2 + W (c - m)^2
"""


def test_a_line_behind_a_lemma_may_go_on_from_the_start(monkeypatch, tmp_path):
    monkeypatch.setenv("LOSSBOOK_CACHE", str(tmp_path))
    attempt = checker("02").derivation("weighted_mean").attempt(LEMMA_FIRST)
    assert attempt.done, repr(attempt)
    assert attempt.steps[1].reading.startswith("Σ_{i} w[i] (y[i] - c)²")
    again = checker("02").derivation("weighted_mean").attempt(LEMMA_FIRST)
    assert again.done
    assert repr(again) == repr(attempt)  # also with recalled verdicts


def test_a_chain_that_has_begun_at_the_start_does_not_begin_again():
    tangent = checker("08").derivation("cubed_tangent")
    attempt = tangent.attempt(r"\ge 3 s^2 - 2 s^3" + "\n" + r"\ge t^3 + 3 s^2 (1 - t)")
    assert [step.verdict.kind for step in attempt.steps] == ["true", "false"]


@pytest.mark.parametrize(
    "recipe",
    ["Let h = S - M\n= h + M\n= G", "Define h = G\nS = h\nh = G\nS = G", "Let h = S\nh = G\nS = G"],
)
def test_abbreviations_hide_no_padding(recipe):
    for chapter, name in (("02", "weighted_mean"), ("03", "gini_gain")):
        exercise = checker(chapter).derivation(name)
        body, given = recipe, {"S": exercise.start, "G": exercise.goal, "M": exercise.milestones[0]}
        body = re.sub(r"\b[SGM]\b", lambda found, given=given: f"({given[found[0]]})", body)
        assert not exercise.attempt(body).done
