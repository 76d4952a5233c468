"""Spot the error: one slip, in one line, with numbers that show it."""

import pytest

from lossbook.derive import Derivation, SpotTheError
from tests.helpers.derive_corpus import CORPUS

SQUARES = Derivation("Squares", CORPUS["02 The mean minimises the sum of squares"])
LABELS = [step.label for step in SQUARES.steps]


@pytest.mark.parametrize("seed", range(6))
def test_exactly_one_line_is_false(seed):
    spot = SpotTheError(SQUARES, seed=seed)
    kinds = [step.verdict.kind for step in spot.wrong.steps]
    assert sorted(kinds) == ["false"] + ["true"] * (len(LABELS) - 1)
    assert [step.label for step in spot.wrong.steps] == LABELS
    changed = [a.source != b.source for a, b in zip(spot.wrong.steps, SQUARES.steps, strict=True)]
    assert changed == [kind == "false" for kind in kinds]


def test_a_seed_makes_the_same_exercise_again_and_seeds_differ():
    shown = [repr(SpotTheError(SQUARES, seed=seed)) for seed in (1, 1, 2, 3)]
    assert shown[0] == shown[1]
    assert len(set(shown)) == 3


def test_the_right_guess_gets_the_counterexample_and_the_correct_line():
    spot = SpotTheError(SQUARES, seed=3, line="2.2")
    said = repr(spot.guess("2.2"))
    assert said.startswith("Right: the slip is in line (2.2).\n  false: for  n = ")
    assert "left " in said
    correct = next(step for step in SQUARES.steps if step.label == "2.2")
    assert said.endswith(f"Correct: {correct.reading}")


def test_a_wrong_guess_gives_nothing_away():
    spot = SpotTheError(SQUARES, seed=3, line="2.2")
    assert [spot.guess(label) for label in (1, 2)] == [
        "Line (1) holds. Look again.",
        "Line (2) holds. Look again.",
    ]


def test_it_is_shown_without_marks():
    spot = SpotTheError(SQUARES, seed=3)
    for shown in (repr(spot), spot._repr_markdown_()):
        assert not any(mark in shown for mark in ("✓", "✗", "checkmark", "times", "false", "hold."))
        assert all(f"({label})" in shown for label in LABELS)


def test_a_line_that_others_cite_keeps_its_label():
    title = "05 From the maximal margin to the dual"
    spot = SpotTheError(Derivation(title, CORPUS[title]), line="5.9")
    assert spot.guess("5.9").startswith("Right")


def test_a_shared_setting_is_kept():
    follower = Derivation("", r"\bar y \le \max_i y_i", setting=SQUARES.setting)
    assert SpotTheError(follower).guess(1).startswith("Right")


def test_no_slip_found():
    plain = Derivation("Plain", "Let a \\in \\mathbb{R}\na = a")
    with pytest.raises(ValueError, match="Plain: no slip found in any line"):
        SpotTheError(plain)
    with pytest.raises(ValueError, match=r"no slip found in line \(1\)"):
        SpotTheError(plain, line=1)


def test_what_cannot_be_asked():
    with pytest.raises(ValueError, match=r"there is no line \(9\); the lines are \(1\), \(2\)"):
        SpotTheError(SQUARES, line=9)
    with pytest.raises(ValueError, match="wrong already"):
        SpotTheError(Derivation("", "1 = 2", strict=False))
    with pytest.raises(ValueError, match=r"there is no line \(x\)"):
        SpotTheError(SQUARES).guess("x")
