"""What a student reads about their own derivation."""

import pytest

from lossbook.derive import Exercise, FalseStep

GRADIENT = Exercise(
    "Softmax gradient",
    r"""
    Let j, k \in \{1,\dots,K\}, z_k \in \mathbb{R}, p \in \Delta_K
    Define q_k = \frac{e^{z_k}}{\sum_j e^{z_j}}
    Define L = -\sum_j p_j \log q_j
    """,
    start=r"\frac{\partial L}{\partial z_k}",
    goal="q_k - p_k",
    at_least=3,
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
        ("= q_k - p_k", "True, but too fast"),
        ("= q_k - p_k \n = q_k - p_k \n = q_k - p_k", "True, but too fast"),
        ("= q_k - p_k \n = -p_k + q_k \n = (q_k - p_k)", "True, but too fast"),
        (r"= -\sum_j p_j (\delta_{jk} - q_k)", "Go on until you reach q[k] - p[k]"),
        ("1 = 1 \n 2 = 2 \n q_k - p_k = q_k - p_k", "no chain that starts from"),
        (r"\le q_k - p_k", "no chain that starts from"),
        ("q_k - p_k = q_k - p_k", "no chain that starts from"),
        (r"= \frac{\partial L}{\partial z_k}" + "\n= q_k - p_k", "True, but too fast"),
        (RIGHT + "\n= q_k - p_k + 0", "Go on until you reach"),
        (r"\iff a", r"Line (1) needs another look."),
        ("hello", "Line (1) needs another look."),
        (r"Let p_k \in \mathbb{R}", "Line (1) needs another look."),
        (r"Assume q_k = p_k" + "\n= 0", "Line (1) needs another look"),
    ],
)
def test_true_lines_that_do_not_lead_there(body, said):
    attempt = GRADIENT.attempt(body)
    assert said in attempt.say()
    assert not attempt.done


@pytest.mark.parametrize(
    "idle",
    [
        "S + 0", r"1 \cdot S", r"\frac{3 S}{3}", "S + 2 - 2", "2 S - S", "(S)^1",
        r"\frac12 S + \frac12 S", "S + p_k - p_k", r"\frac{q_k S}{q_k}", "-(-S)",
    ],
)  # fmt: skip
def test_a_padded_start_or_goal_is_no_line_of_its_own(idle):
    """Three lines, all of them true, and between the first and the last nothing is shown."""
    goal = idle.replace("S", "(q_k - p_k)")
    start = idle.replace("S", r"(\frac{\partial L}{\partial z_k})")
    for body in (f"= {goal}\n= q_k - p_k + 0\n= q_k - p_k", f"= {start}\n= q_k - p_k"):
        attempt = GRADIENT.attempt(body)
        assert [step.verdict.holds for step in attempt.steps] == [True] * len(attempt.steps)
        assert "too fast" in attempt.say()


@pytest.mark.parametrize("line", ["= (a + b)(a + b)", "= (a + c - c + b)^2"])
def test_other_true_lines_count(line):
    """A zero that is put inside of a square is how many a derivation begins."""
    square = Exercise(
        "Square", r"Let a, b, c \in \mathbb{R}", start="(a + b)^2", goal="a^2 + 2ab + b^2"
    )
    assert square.attempt(f"{line}\n= a^2 + 2ab + b^2").done


def test_the_start_may_be_written_out():
    attempt = GRADIENT.attempt(r"\frac{\partial L}{\partial z_k} " + RIGHT.strip())
    assert attempt.done


def test_unicode_is_read():
    attempt = GRADIENT.attempt(
        "= -Σ_j p_j·\\frac{1}{q_j}·\\frac{∂ q_j}{∂ z_k}\n= -Σ_j p_j·(δ_{jk} − q_k)\n= q_k − p_k"
    )
    assert attempt.done


def test_blanks():
    template = "= -\\sum_j p_j □1 \\frac{\\partial q_j}{\\partial z_k}\n= □2 - p_k"
    assert GRADIENT.fill(template, _1=r"\frac{1}{q_j}", _2="q_k").done
    wrong = GRADIENT.fill(template, _1="q_j", _2="q_k")
    assert wrong.say().startswith("Line (1) needs another look")
    with pytest.raises(ValueError, match="look at _2"):
        GRADIENT.fill(template, _1="q_j")


def test_an_inequality_may_use_equalities_and_strict_signs():
    tangent = Exercise(
        "Tangent",
        r"Let t > 0",
        start=r"\log t",
        goal=r"2 t - 2 + (1 - t)",
        sign=r"\le",
    )
    assert tangent.attempt("\\le t - 1\n= 2 t - 2 + (1 - t)").done
    turned = tangent.attempt("= \\log t + 0\n\\ge 2 t - 2 + (1 - t)")
    assert not turned.done


def test_an_exercise_checks_itself():
    with pytest.raises(FalseStep):
        Exercise("Wrong", r"Let a \in \mathbb{R}", start="a", goal="2 a")


def test_the_facts_of_an_exercise_must_be_cited():
    exercise = Exercise(
        "Facts", "Let a, b \\in \\mathbb{R}\nAssume a = b", start="a^2", goal="b^2", at_least=2
    )
    assert exercise.attempt("= a b   % by (A)\n= b^2   % by (A)").done
    attempt = exercise.attempt("= a b\n= b^2   % by (A)")
    assert "it holds under (A)" in repr(attempt)


def test_the_task_is_shown():
    shown = repr(GRADIENT).split("\n")
    assert shown[-1] == "Show in at least 3 lines: ∂[L]/∂z[k] = q[k] - p[k]"
    assert r"$$\frac{\partial L}{\partial z_k} = q_k - p_k$$" in GRADIENT._repr_markdown_()


def first_instance(seed):
    attempt = GRADIENT.attempt(RIGHT, seed=seed)
    assert attempt.done
    return attempt.numbers()


def test_a_seed_draws_the_instances():
    assert GRADIENT.attempt(RIGHT).numbers() == first_instance(1)
    assert first_instance(1) != first_instance(12345)


@pytest.mark.parametrize("seed", [0, 2, 2**100])
def test_a_wrong_line_is_wrong_for_every_seed(seed):
    attempt = GRADIENT.attempt(RIGHT.replace("-p_k + q_k", "p_k + q_k"), seed=seed)
    assert [step.verdict.holds for step in attempt.steps] == [True, True, False, True]
