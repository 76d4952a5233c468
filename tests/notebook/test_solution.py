"""A solution is closed on the page, and its lines are checked."""

import pytest

from lossbook.derive import Derivation
from lossbook.derive.derivation import FalseStep
from lossbook.notebook import solution

BODY = r"""Let a \in \mathbb{R}
(a + 1)^2 = a^2 + 2 a + 1"""


def test_solution_is_closed_and_has_a_text_form(monkeypatch):
    shown = []
    monkeypatch.setattr(solution, "display", lambda data, raw: shown.append(data))
    solution.show_solution(Derivation("Square", BODY))
    assert shown[0]["text/markdown"].startswith("<details><summary>Solution</summary>\n\n**Square")
    assert shown[0]["text/plain"].startswith("Solution: Square\n")
    assert "✓" in shown[0]["text/plain"]


def test_a_false_solution_is_an_error():
    with pytest.raises(FalseStep):
        solution.show_solution(Derivation("Square", BODY.replace("2 a", "a")))
