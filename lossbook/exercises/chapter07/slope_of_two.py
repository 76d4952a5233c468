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
Let j, k \in \{1,\dots,K\}, z \in \mathbb{R}^K, t \in \Delta_K
Define p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}
Define \hat p_k = \frac{e^{p_k}}{\sum_j e^{p_j}}
Define \ell = \ln \sum_j e^{p_j} - \sum_j t_j p_j
""",
        start=r"\frac{\partial \ell}{\partial z_k}",
        goal=r"p_k \left( \hat p_k - t_k - \sum_j p_j (\hat p_j - t_j) \right)",
        milestones=[
            r"\sum_j \hat p_j \frac{\partial p_j}{\partial z_k}",
            r"\sum_j t_j \frac{\partial p_j}{\partial z_k}",
            r"\sum_j (\hat p_j - t_j) \frac{\partial p_j}{\partial z_k}",
            r"\sum_j \hat p_j p_j (\delta_{jk} - p_k)",
            r"p_k \hat p_k",
            r"p_k t_k",
            r"p_k (\hat p_k - t_k)",
            r"p_k \sum_j p_j (\hat p_j - t_j)",
            r"p_k \sum_j p_j \hat p_j",
        ],
    )


EXERCISE = Proof(
    "slope_of_two",
    "Who does not pull behind two softmaxes",
    3,
    _twice_exercise,
    solution=r"""
= \sum_j (\hat p_j - t_j) \frac{\partial p_j}{\partial z_k}
= \sum_j (\hat p_j - t_j)\, p_j (\delta_{jk} - p_k)
= p_k \left( \hat p_k - t_k - \sum_j p_j (\hat p_j - t_j) \right)
""",
    false=[
        (r"= \hat p_k - t_k", 1),
        (
            r"""
= \sum_j (\hat p_j - t_j) \frac{\partial p_j}{\partial z_k}
= (\hat p_k - t_k)\, p_k (1 - p_k)
""",
            2,
        ),
        (
            r"""
= \sum_j (\hat p_j - t_j) \frac{\partial p_j}{\partial z_k}
= \sum_j (\hat p_j - t_j)\, p_j (\delta_{jk} - p_k)
= p_k \left( \hat p_k - t_k + \sum_j p_j (\hat p_j - t_j) \right)
""",
            3,
        ),
    ],
    on_success="Put p = (1, 0, 0) into it, whatever the label: every slope is 0. Who is surely "
    "wrong does not pull at all.",
    version=2,
)
