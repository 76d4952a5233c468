"""Why a Gini gain is never negative: a derivation that ends in a square.

It teaches that the gain is 0 only for equal or empty groups. Expected are a wrong sign, and a
square that is expanded without its mixed term.
"""

from lossbook.checking import Proof


def _gini_exercise():
    from lossbook.derive import Exercise

    return Exercise(
        "The Gini gain of a question",
        r"""
Let k \in \{1,\dots,K\}, q \in \Delta_K, u \in \Delta_K, s \in [0, 1]
Define p_k = s q_k + (1 - s) u_k
""",
        start=r"\sum_k p_k (1 - p_k) - s \sum_k q_k (1 - q_k) - (1 - s) \sum_k u_k (1 - u_k)",
        goal=r"s (1 - s) \sum_k (q_k - u_k)^2",
        milestones=[
            r"s \sum_k q_k^2",
            r"\sum_k p_k^2",
            r"s (1 - s) \sum_k q_k^2",
            r"s (1 - s) \sum_k q_k u_k",
            r"\sum_k (p_k - q_k)^2",
            r"\sum_k (p_k - u_k)^2",
        ],
    )


EXERCISE = Proof(
    "gini_gain",
    "Why a Gini gain is never negative",
    2,
    _gini_exercise,
    solution=r"""
= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 - \sum_k p_k^2
= \sum_k \left( s q_k^2 + (1 - s) u_k^2 - (s q_k + (1 - s) u_k)^2 \right)
= s (1 - s) \sum_k (q_k - u_k)^2
""",
    false=[
        (r"= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 + \sum_k p_k^2", 1),
        (
            r"""
= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 - \sum_k p_k^2
= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 - \sum_k \left( s^2 q_k^2 + (1 - s)^2 u_k^2 \right)
= s (1 - s) \sum_k (q_k^2 + u_k^2)
""",
            2,
        ),
    ],
    on_success="So the gain is 0 only where the two groups have the same shares, or where one of "
    "them is empty.",
    version=2,
)
