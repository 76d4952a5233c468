"""Blanks of the chapters: the printed solutions are right, and frequent slips are refused."""

import re
from pathlib import Path

import nbformat
import pytest

from lossbook.derive import Derivation

ROOT = Path(__file__).parents[2]
BLANK = re.compile(r"(?<=[\s(])\?(?=[\s)])")

# (chapter, title): right answers in several spellings, then wrong ones; a line for each blank
ANSWERS = {
    ("01_what_a_loss_is", "The best answer under zero–one loss"): (
        [[r"2 \eta - 1"], [r"\eta - (1 - \eta)"], [r"2 (\eta - \frac12)"]],
        [[r"1 - 2 \eta"], [r"2 \eta"], ["1"], [r"|2 \eta - 1|"]],
    ),
    ("01_what_a_loss_is", "What the logistic loss asks for"): (
        [
            [r"\ln \frac{\eta}{1 - \eta}"],
            [r"\ln \eta - \ln(1 - \eta)"],
            [r"-\ln\left( \frac{1}{\eta} - 1 \right)"],
        ],
        [[r"\ln \frac{1 - \eta}{\eta}"], [r"\ln \eta"], [r"\frac{\eta}{1 - \eta}"]],
    ),
    ("03_entropy", "Gibbs' inequality"): (
        [
            [r"q_k - p_k"],
            [r"p_k \left( \frac{q_k}{p_k} - 1 \right)"],
            [r"-p_k + q_k"],
        ],
        [[r"p_k - q_k"], [r"\frac{q_k}{p_k} - 1"], ["0"]],
    ),
    ("03_entropy", "The most uncertain distribution"): (
        [
            [r"\mathrm{KL}(p \,\|\, u)"],
            [r"\sum_k p_k \ln (K p_k)"],
            [r"\sum_k p_k \ln \frac{p_k}{1/K}"],
        ],
        [[r"\mathrm{KL}(u \,\|\, p)"], [r"\sum_k p_k \ln \frac{p_k}{K}"]],
    ),
    ("03_entropy", "Entropy is leftover log loss"): (
        [
            [r"n \hat p_k", r"H(\hat p)"],
            [r"\#\{i : y_i = k\}", r"-\sum_k \hat p_k \ln \hat p_k"],
        ],
        [[r"\hat p_k", r"H(\hat p)"], [r"n \hat p_k", "0"]],
    ),
    ("07_digits", "The last layer, its loss, and its gradients"): (
        [[r"H^\top G"], [r"(G^\top H)^\top"], [r"\frac1n H^\top (Q - P)"]],
        [[r"G^\top H"], [r"H G"], [r"-H^\top G"], [r"H^\top (Q - P)"]],
    ),
    ("07_digits", "One weight in two windows"): (
        [[r"g_1 x_1 + g_2 x_2"], [r"x_2 g_2 + g_1 x_1"]],
        [[r"g_1 x_1"], [r"(g_1 + g_2) x_1"], [r"x_1 + x_2"], [r"g_1 x_1 g_2 x_2"]],
    ),
    ("07_digits", "Central differences"): (
        [[r"\frac12"], ["0.5"], [r"\frac{R(\epsilon)}{2 \epsilon}"]],
        [["0"], ["1"], [r"\frac{1}{2 \epsilon}"], [r"\epsilon"]],
    ),
    ("08_one_picture", "Freeing the margins"): (
        [[r"\frac12 \lVert v \rVert^2"], [r"\frac{v^\top v}{2}"]],
        [[r"\lVert v \rVert^2"], [r"\frac12 \lVert w \rVert^2"], ["0"]],
    ),
    ("08_one_picture", "The gap"): (
        [[r"w^\top v"], [r"v^\top w"], [r"\langle v, w \rangle"]],
        [[r"\lVert w \rVert^2"], [r"\lVert v \rVert^2"], [r"w^\top v + b"]],
    ),
    ("08_one_picture", "The loss of the Gini value"): (
        [[r"\frac14 (1 - m)^2"], [r"\left( \frac{1 - m}{2} \right)^2"], [r"(m - 1)^2 / 4"]],
        [[r"(1 - m)^2"], [r"\frac14 (1 + m)^2"], [r"\frac12 (1 - m)^2"]],
    ),
    ("08_one_picture", "A loss leaves its impurity over"): (
        [[r"\Omega^*(f)"], [r"\phi(f) + f"], [r"\Omega^*(-f) + f"]],
        [[r"\Omega^*(-f)"], [r"\phi(f)"], [r"\Omega^*(f) + f"]],
    ),
}


def read(chapter):
    return nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4).cells


def filled(chapter, title, answers):
    """The derivation with the blanks filled in."""
    [body] = [
        cell.source.partition("\n")[2]
        for cell in read(chapter)
        if cell.source.startswith(f"%%derive {title}\n")
    ]
    assert len(BLANK.findall(body)) == len(answers)
    for answer in answers:
        body = BLANK.sub(lambda _, answer=answer: answer, body, count=1)
    return Derivation(title, body, strict=False)


RIGHT = [(*key, answers) for key, (right, _) in ANSWERS.items() for answers in right]
WRONG = [(*key, answers) for key, (_, wrong) in ANSWERS.items() for answers in wrong]


@pytest.mark.parametrize(("chapter", "title", "answers"), RIGHT)
def test_right_answers_hold(chapter, title, answers):
    derivation = filled(chapter, title, answers)
    assert derivation.ok, f"\n{derivation}"
    assert "□" not in str(derivation)


@pytest.mark.parametrize(("chapter", "title", "answers"), WRONG)
def test_wrong_answers_are_refuted(chapter, title, answers):
    derivation = filled(chapter, title, answers)
    assert not derivation.ok
    assert "✗" in str(derivation)


@pytest.mark.parametrize(("chapter", "title"), ANSWERS)
def test_printed_solution_is_one_of_the_right_answers(chapter, title):
    cells = read(chapter)
    [at] = [i for i, cell in enumerate(cells) if cell.source.startswith(f"%%derive {title}\n")]
    solution = cells[at + 1].source.partition("<summary>Solution</summary>")[2]
    printed = re.findall("`([^`]+)`", solution)
    right, _ = ANSWERS[chapter, title]
    assert any(set(answers) <= set(printed) for answers in right)
