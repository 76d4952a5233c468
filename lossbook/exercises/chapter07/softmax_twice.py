"""Softmax twice: below which loss such a network can never come.

It teaches the bound (7.13). Expected are 0, ln K, another number of classes, the probability for
its cost, bits, the other end of the band, and too few digits.
"""

import numpy as np

from lossbook.checking import Prediction

EXERCISE = Prediction(
    "softmax_twice",
    "Softmax twice",
    2,
    np.log(1 + 2 / np.e),
    [
        (0.55, "Nearly, or just rounded: three digits are asked for."),
        (
            0.0,
            "That is what one softmax can come to. The second one receives numbers between 0 "
            "and 1 for its scores, not large ones: see (7.13).",
        ),
        (
            np.log(3),
            "This is (7.6), the loss of a network that treats all three alike. Ours "
            "knows the answer.",
        ),
        (
            np.log(1 + 9 / np.e),
            "This is the chapter's number for ten classes. Put K = 3 into (7.13).",
        ),
        (
            np.e / (np.e + 2),
            "This is the largest probability (7.13) itself. What does it cost, by (7.3b)?",
        ),
        (
            np.log2(1 + 2 / np.e),
            "Right, but in bits. Nats are asked for: take the natural logarithm, as (7.3b) does.",
        ),
        (np.log(1 + 3 / np.e), "Of K = 3 classes only two are wrong: look at the K − 1 in (7.13)."),
        (
            np.log(2 + np.e),
            "This is the other end, the price of a flower that is surely misread: "
            "the second softmax caps the loss, too.",
        ),
    ],
    explanation="The first softmax comes as near to (1, 0, 0) as you like. With these scores the "
    "second one gives the true class e/(e + 2) = 0.576, the bound (7.13), and −ln 0.576 = 0.551. "
    "Half the loss of knowing nothing, ln 3 = 1.099, can never be learned away.",
    rtol=2e-3,
    variable="floor",
)
