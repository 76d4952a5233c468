"""Splitting never hurts: one derivation for all losses.

It teaches that two minima may be taken at two different scores, and one minimum at one only.
Expected are a ≥ that is written as =, and a bound that gives too much away.
"""

from lossbook.checking import Proof

_BOTH = r"p (\eta_1 a_j + (1 - \eta_1) b_j) + (1 - p) (\eta_2 a_j + (1 - \eta_2) b_j)"


def _splitting():
    from lossbook.derive import Exercise

    return Exercise(
        "Splitting never hurts",
        r"""
Let j \in \{1,\dots,J\}, a_j, b_j \in \mathbb{R}, p, \eta_1, \eta_2 \in [0, 1]
Define H(\theta) = \min_j (\theta\, a_j + (1 - \theta)\, b_j)
Define \eta = p\, \eta_1 + (1 - p)\, \eta_2
""",
        start=r"H(\eta)",
        goal=r"p\, H(\eta_1) + (1 - p)\, H(\eta_2)",
        sign=r"\ge",
        milestones=[
            rf"\min_j \left( {_BOTH} \right)",
            _BOTH,
            r"p (\eta_1 a_j + (1 - \eta_1) b_j)",
        ],
    )


EXERCISE = Proof(
    "splitting",
    "Splitting never hurts",
    3,
    _splitting,
    solution=r"""
= \min_j (\eta\, a_j + (1 - \eta)\, b_j)
= \min_j \left( p (\eta_1 a_j + (1 - \eta_1) b_j) + (1 - p) (\eta_2 a_j + (1 - \eta_2) b_j) \right)
\ge p \min_j (\eta_1 a_j + (1 - \eta_1) b_j) + (1 - p) \min_j (\eta_2 a_j + (1 - \eta_2) b_j)
= p\, H(\eta_1) + (1 - p)\, H(\eta_2)
""",
    false=[
        (
            r"""
= \min_j (\eta\, a_j + (1 - \eta)\, b_j)
= p \min_j (\eta_1 a_j + (1 - \eta_1) b_j) + (1 - p) \min_j (\eta_2 a_j + (1 - \eta_2) b_j)
""",
            2,
        ),
        (
            r"""
= \min_j (\eta\, a_j + (1 - \eta)\, b_j)
\ge \eta \min_j a_j + (1 - \eta) \min_j b_j
\ge p\, H(\eta_1) + (1 - p)\, H(\eta_2)
""",
            3,
        ),
        (r"= p\, H(\eta_1) + (1 - p)\, H(\eta_2)", 1),
    ],
    on_success="Two minima may be taken at two different scores, one minimum at one only. Nothing "
    "else was needed, so it holds for every loss.",
    version=2,
)
