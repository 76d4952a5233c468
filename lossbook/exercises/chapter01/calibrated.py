"""Calibrated or not? Three convex losses before the test of section 8.8.

It teaches that a convex loss also needs a negative derivative at the margin 0. Expected are
answers that look at something else: at convexity, at a pull somewhere, at the sign of the loss,
at the place of the best score.
"""

from lossbook.checking import Choice

EXERCISE = Choice(
    "calibrated",
    "Calibrated or not?",
    3,
    {
        "a": "all three, for all three are convex",
        "b": "2 and 3: only the perceptron's loss is flat where it should pull",
        "c": "only 2",
        "d": "1 and 2: only these two are never negative",
        "e": "none: 2 charges the cube, so it asks for something else",
    },
    "c",
    {
        "a": "Convex is the condition of the test in 8.8, not its answer. The test looks at one "
        "point, m = 0: is there a derivative, and is it negative?",
        "b": "3 does pull at every margin. But at m = 0 it has two slopes, −2 from the left and "
        "−½ from the right, so the test fails. Try η = 0.6: what does C_η do on both sides of 0?",
        "d": "That a loss never pays (1.1) does not help here. 1 has a kink at m = 0: its slope is "
        "−1 to the left of it and 0 to the right.",
        "e": "The best score may differ from that of the hinge, and it does. Calibrated asks for "
        "its sign only. What is the derivative of 2 at m = 0?",
    },
    explanation="2 has the slope −3 (1 − 0)² = −3 at 0. The other two have a kink there. At η = "
    "0.6 the third one's risk rises by 0.5 for each unit to the right of 0, and by 1 to the left: "
    "the best score is 0, undecided.",
    variable="choice",
)
