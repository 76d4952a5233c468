"""The lead at rest: how far the true score is ahead once label smoothing is satisfied.

It teaches that the gradient is zero at q = p, so the scores stay finite. Expected are
ways to share out the 0.1 wrongly, all the others together, the loss for the lead, a quotient for
its logarithm, the sign, and another base.
"""

import numpy as np

from lossbook.checking import Prediction

EXERCISE = Prediction(
    "smoothed_lead",
    "The lead at rest",
    2,
    np.log(91),
    [
        (
            np.log(9),
            "This is ln(0.9 / 0.1). The 0.1 is shared out: what does each of the ten "
            "classes get of it?",
        ),
        (
            np.log(90),
            "Nearly: this is ln(0.9 / 0.01). The true class has its share of the 0.1, too.",
        ),
        (
            np.log(0.91 / 0.09),
            "This is ln(0.91 / 0.09): all nine others together. The lead is over one of them.",
        ),
        (
            np.log(81),
            "This is ln(0.9 · 9 / 0.1), with the 0.1 spread over the nine others. Here "
            "it is spread over all ten classes.",
        ),
        (
            0.500288,
            "This is the least loss, the entropy of the target. Asked for is the lead of "
            "the score.",
        ),
        (
            np.log(10),
            "This is the loss without any knowledge, ln 10. Where is the gradient (4.5) zero?",
        ),
        (
            91.0,
            "This is the quotient of the probabilities. The scores are their logarithms, up to "
            "a constant.",
        ),
        (-np.log(91), "The sign: the lead of the true score over the others is positive."),
        (np.log2(91), "Right, but with the logarithm to the base 2. Softmax has e."),
        (0.9, "This is the difference of the probabilities. The lead is a difference of scores."),
    ],
    explanation="The gradient (4.5) is zero where q = p: 0.9 + 0.01 = 0.91 at the true class, 0.01 "
    "at each other. The lead is ln 0.91 − ln 0.01 = ln 91 = 4.511, and the loss there is the "
    "entropy of the target, 0.500288. The scores no longer grow without end.",
    variable="lead",
)
