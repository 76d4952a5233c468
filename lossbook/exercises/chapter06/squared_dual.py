"""The dual of the squared hinge: a derivation.

It teaches that the squared slack leaves a 1/(2C) on the diagonal and no upper end. Expected are a
½ where a ¼ belongs, a wrong sign, and a line that is true under the balance without citing it.
"""

from lossbook.checking import Proof


def _squared_dual():
    from lossbook.derive import Exercise

    return Exercise(
        "The dual of the squared hinge",
        r"""
Let i, j \in \{1,\dots,n\}, x_i \in \mathbb{R}^d, y_i \in \{-1, +1\}, b \in \mathbb{R}
Let C > 0, \alpha_i \ge 0
Define \xi_i = \frac{\alpha_i}{2 C}
Define w = \sum_j \alpha_j y_j x_j
Define m_i = y_i (w^\top x_i + b)
Assume \sum_i \alpha_i y_i = 0
""",
        start=r"\frac12 \lVert w \rVert^2 + C \sum_i \xi_i^2 + \sum_i \alpha_i (1 - \xi_i - m_i)",
        goal=r"\sum_i \alpha_i - \frac12 \lVert w \rVert^2 - \frac{1}{4 C} \sum_i \alpha_i^2",
        milestones=[
            r"\sum_i \alpha_i m_i",
            r"w^\top \sum_i \alpha_i y_i x_i",
            r"\sum_i \alpha_i \xi_i",
            r"\sum_i \xi_i^2",
        ],
    )


_SLACK = r" + \sum_i (C \xi_i^2 - \alpha_i \xi_i)"
_SORTED = r"= \frac12 \lVert w \rVert^2 + \sum_i \alpha_i - \sum_i \alpha_i m_i" + _SLACK + "\n"
_INSERTED = r"= \sum_i \alpha_i - \frac12 \lVert w \rVert^2" + _SLACK

EXERCISE = Proof(
    "squared_dual",
    "The squared hinge",
    3,
    _squared_dual,
    solution=_SORTED
    + _INSERTED
    + "   % by (A)\n"
    + r"= \sum_i \alpha_i - \frac12 \lVert w \rVert^2 - \frac{1}{4 C} \sum_i \alpha_i^2",
    false=[
        (
            r"= \sum_i \alpha_i - \frac12 \lVert w \rVert^2 - \frac{1}{2 C} \sum_i \alpha_i^2"
            "   % by (A)",
            1,
        ),
        (_SORTED + _INSERTED, 2),  # true under (A) only, which it does not cite
        (
            _SORTED + r"= \sum_i \alpha_i + \frac12 \lVert w \rVert^2" + _SLACK + "   % by (A)",
            2,
        ),
    ],
    on_success="This is (6.5) with K_ii + 1/(2C) on the diagonal and no upper end: `svm.smo` "
    "solves it.",
    version=2,
)
