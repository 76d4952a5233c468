"""Whose gap is it? A derivation that splits the gap between cost and bound.

It teaches that the gap is what the builder and the inspector could each still gain. Expected are
wrong signs before the one part and the other.
"""

from lossbook.checking import Proof


def _whose_gap():
    from lossbook.derive import Exercise

    return Exercise(
        "Whose gap is it?",
        r"""
Let i \in \{1,\dots,n\}, x_i \in \mathbb{R}^d, y_i \in \{-1, +1\}, w \in \mathbb{R}^d
Let b \in \mathbb{R}, \alpha_i \ge 0
Define m_i = y_i (w^\top x_i + b)
Define \hat w = \sum_i \alpha_i y_i x_i
Define D = \sum_i \alpha_i - \frac12 \lVert \hat w \rVert^2
Assume \sum_i \alpha_i y_i = 0
""",
        start=r"\frac12 \lVert w \rVert^2 - D",
        goal=r"\frac12 \lVert w - \hat w \rVert^2 + \sum_i \alpha_i (m_i - 1)",
        milestones=[
            r"w^\top \hat w",
            r"\lVert \hat w \rVert^2",
            r"w^\top \sum_i \alpha_i y_i x_i",
            r"\sum_i \alpha_i y_i w^\top x_i",
        ],
    )


EXERCISE = Proof(
    "whose_gap",
    "Whose gap is it?",
    2,
    _whose_gap,
    solution=r"""
= \frac12 \lVert w \rVert^2 + \frac12 \lVert \hat w \rVert^2 - \sum_i \alpha_i
= \frac12 \lVert w - \hat w \rVert^2 + w^\top \hat w - \sum_i \alpha_i
= \frac12 \lVert w - \hat w \rVert^2 + \sum_i \alpha_i m_i - \sum_i \alpha_i   % by (A)
= \frac12 \lVert w - \hat w \rVert^2 + \sum_i \alpha_i (m_i - 1)
""",
    false=[
        (r"= \frac12 \lVert w - \hat w \rVert^2 - \sum_i \alpha_i (m_i - 1)   % by (A)", 1),
        (
            r"""
= \frac12 \lVert w \rVert^2 + \frac12 \lVert \hat w \rVert^2 - \sum_i \alpha_i
= \frac12 \lVert w - \hat w \rVert^2 - w^\top \hat w - \sum_i \alpha_i
""",
            2,
        ),
    ],
    on_success="The gap is what the builder could save by her best reply plus what the inspector "
    "could gain by his. (5.10) is the case w = ŵ.",
    version=2,
)
