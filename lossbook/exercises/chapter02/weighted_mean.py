"""The weighted mean: a derivation that splits a weighted sum of squares at its mean.

It teaches that m is the only best constant, and that only the middle term needs it. Expected are
n in the place of the sum of the weights, and a middle term that is neither doubled nor dropped.
"""

from lossbook.checking import Proof


def _weighted_mean():
    from lossbook.derive import Exercise

    return Exercise(
        "The weighted mean",
        r"""
Let i \in \{1,\dots,n\}, y_i \in \mathbb{R}, w_i > 0, c \in \mathbb{R}
Define W = \sum_i w_i
Define m = \frac1W \sum_i w_i y_i
""",
        start=r"\sum_i w_i (y_i - c)^2",
        goal=r"\sum_i w_i (y_i - m)^2 + W (c - m)^2",
        milestones=[
            r"(m - c) \sum_i w_i (y_i - m)",
            r"\sum_i w_i (y_i - m)",
            r"\sum_i w_i y_i^2",
            r"\sum_i w_i y_i",
            r"W m^2",
            r"c \sum_i w_i y_i",
            r"m \sum_i w_i y_i",
            r"(m - c) \sum_i w_i y_i",
            r"m \sum_i w_i (y_i - m)",
        ],
    )


EXERCISE = Proof(
    "weighted_mean",
    "The weighted mean",
    2,
    _weighted_mean,
    solution=r"""
= \sum_i w_i \left( (y_i - m) + (m - c) \right)^2
= \sum_i w_i (y_i - m)^2 + 2 (m - c) \sum_i w_i (y_i - m) + (m - c)^2 \sum_i w_i
= \sum_i w_i (y_i - m)^2 + W (c - m)^2
""",
    false=[
        (r"= \sum_i w_i (y_i - m)^2 + n (c - m)^2", 1),
        (
            r"""
= \sum_i w_i \left( (y_i - m) + (m - c) \right)^2
= \sum_i w_i (y_i - m)^2 + \sum_i w_i (y_i - m) (m - c) + W (m - c)^2 + c
""",
            2,
        ),
    ],
    on_success="So the weighted mean m is the only best constant, and only the middle term needed "
    "m.",
    version=2,
)
