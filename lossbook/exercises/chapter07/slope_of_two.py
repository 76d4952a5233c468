"""No pull behind two softmaxes: a derivation of the slope through both.

It teaches that a forecast that is surely wrong has the slope 0. Expected are the slope of one
softmax, the diagonal of the derivative alone, and a wrong sign.
"""

from lossbook.checking import Proof


def _twice_exercise():
    from lossbook.derive import Exercise

    return Exercise(
        "The slope through two softmaxes",
        r"""
Let j, k \in \{1,\dots,K\}, z \in \mathbb{R}^K, p \in \Delta_K
Define q_k = \frac{e^{z_k}}{\sum_j e^{z_j}}
Define \hat q_k = \frac{e^{q_k}}{\sum_j e^{q_j}}
Define \ell = \ln \sum_j e^{q_j} - \sum_j p_j q_j
""",
        start=r"\frac{\partial \ell}{\partial z_k}",
        goal=r"q_k \left( \hat q_k - p_k - \sum_j q_j (\hat q_j - p_j) \right)",
        milestones=[
            r"\sum_j \hat q_j \frac{\partial q_j}{\partial z_k}",
            r"\sum_j p_j \frac{\partial q_j}{\partial z_k}",
            r"\sum_j (\hat q_j - p_j) \frac{\partial q_j}{\partial z_k}",
            r"\sum_j \hat q_j q_j (\delta_{jk} - q_k)",
            r"q_k \hat q_k",
            r"q_k p_k",
            r"q_k (\hat q_k - p_k)",
            r"q_k \sum_j q_j (\hat q_j - p_j)",
            r"q_k \sum_j q_j \hat q_j",
        ],
    )


EXERCISE = Proof(
    "slope_of_two",
    "Who does not pull behind two softmaxes",
    3,
    _twice_exercise,
    solution=r"""
= \sum_j (\hat q_j - p_j) \frac{\partial q_j}{\partial z_k}
= \sum_j (\hat q_j - p_j)\, q_j (\delta_{jk} - q_k)
= q_k \left( \hat q_k - p_k - \sum_j q_j (\hat q_j - p_j) \right)
""",
    false=[
        (r"= \hat q_k - p_k", 1),
        (
            r"""
= \sum_j (\hat q_j - p_j) \frac{\partial q_j}{\partial z_k}
= (\hat q_k - p_k)\, q_k (1 - q_k)
""",
            2,
        ),
        (
            r"""
= \sum_j (\hat q_j - p_j) \frac{\partial q_j}{\partial z_k}
= \sum_j (\hat q_j - p_j)\, q_j (\delta_{jk} - q_k)
= q_k \left( \hat q_k - p_k + \sum_j q_j (\hat q_j - p_j) \right)
""",
            3,
        ),
    ],
    on_success="Put q = (1, 0, 0) into it, whatever the label: every slope is 0. A forecast that "
    "is surely wrong does not pull at all.",
    version=3,
)
