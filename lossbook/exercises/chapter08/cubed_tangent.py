"""The dual of the cubed hinge: a derivation that ends in a tangent.

It teaches that the loss lies above its tangent by a product that is never negative. Expected are
an = for a ≥, and a cube in the place of that product.
"""

from lossbook.checking import Proof


def _cubed_exercise():
    from lossbook.derive import Exercise

    return Exercise(
        "The tangent of the cubed hinge",
        r"""
Let m \in \mathbb{R}, s > 0
Define t = \max(0, 1 - m)
""",
        start=r"\max(0, 1 - m)^3 + 3 s^2 m",
        goal=r"3 s^2 - 2 s^3",
        milestones=[
            r"t^3",
            r"(t - s)^2 (t + 2 s)",
            r"s^2 t",
            r"s^2 (1 - t)",
            r"(t - s)^2",
            r"t (t - s)^2",
            r"s (t - s)^2",
        ],
        sign=r"\ge",
    )


EXERCISE = Proof(
    "cubed_tangent",
    "The dual of the cubed hinge",
    2,
    _cubed_exercise,
    solution=r"""
\ge t^3 + 3 s^2 (1 - t)
= 3 s^2 - 2 s^3 + (t - s)^2 (t + 2 s)
\ge 3 s^2 - 2 s^3
""",
    false=[
        (r"= t^3 + 3 s^2 (1 - t)", 1),
        (
            r"""
\ge t^3 + 3 s^2 (1 - t)
= 3 s^2 - 2 s^3 + (t - s)^3
\ge 3 s^2 - 2 s^3
""",
            2,
        ),
    ],
    on_success="With u = 3s² this is the height u − 2 (u/3)^1.5, for every u ≥ 0: the dual of the "
    "cubed hinge, with the box α ≥ 0.",
    version=2,
)
