"""What label smoothing adds: a derivation.

It teaches that smoothing charges ε times the lead of the true score over the average one.
Expected are a sum in the place of the average, a wrong sign, and a lost 1/K.
"""

from lossbook.checking import Proof


def _label_smoothing():
    from lossbook.derive import Exercise

    return Exercise(
        "Label smoothing",
        r"""
Let j, k \in \{1,\dots,K\}, y \in \{1,\dots,K\}, z \in \mathbb{R}^K, \varepsilon \in (0, 1)
Define q_k = \frac{e^{z_k}}{\sum_j e^{z_j}}
Define p_{yk} = (1 - \varepsilon) \delta_{yk} + \frac{\varepsilon}{K}
Define \bar z = \frac1K \sum_k z_k
""",
        start=r"-\sum_k p_{yk} \ln q_k",
        goal=r"\ln \sum_j e^{z_j} - z_y + \varepsilon (z_y - \bar z)",
        milestones=[
            r"\sum_k p_{yk} z_k",
            r"(1 - \varepsilon) z_y",
            r"(1 - \varepsilon) \ln q_y",
            r"\ln q_y",
            r"\frac{\varepsilon}{K} \sum_k \ln q_k",
            r"\frac{\varepsilon}{K} \sum_k z_k",
            r"\sum_k p_{yk} \ln \sum_j e^{z_j}",
            r"\varepsilon \ln \sum_j e^{z_j}",
        ],
    )


EXERCISE = Proof(
    "label_smoothing",
    "What label smoothing adds",
    2,
    _label_smoothing,
    solution=r"""
= \ln \sum_j e^{z_j} - \sum_k p_{yk} z_k
= \ln \sum_j e^{z_j} - (1 - \varepsilon) z_y - \varepsilon \bar z
= \ln \sum_j e^{z_j} - z_y + \varepsilon (z_y - \bar z)
""",
    false=[
        (
            r"""
= \ln \sum_j e^{z_j} - \sum_k p_{yk} z_k
= \ln \sum_j e^{z_j} - (1 - \varepsilon) z_y - \varepsilon \sum_k z_k
""",
            2,
        ),
        (
            r"""
= \ln \sum_j e^{z_j} - \sum_k p_{yk} z_k
= \ln \sum_j e^{z_j} - (1 - \varepsilon) z_y - \varepsilon \bar z
= \ln \sum_j e^{z_j} - z_y - \varepsilon (z_y - \bar z)
""",
            3,
        ),
        (r"= -(1 - \varepsilon) \ln q_y - \varepsilon \sum_k \ln q_k", 1),
    ],
    on_success="The old loss (4.4), plus ε times the lead of the true score over the average one: "
    "a lead costs something now, so it does not pay to let it grow without end.",
    version=3,
)
