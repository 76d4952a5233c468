"""The cautious forecaster: how many bits a day a forecast of one half wastes.

It teaches (3.5): cross-entropy is entropy and divergence. Expected are all that she pays, the part
that is unavoidable, the divergence the other way round, nats, a difference of probabilities,
and nothing.
"""

from lossbook import information
from lossbook.checking import Prediction

_QUARTER = information.entropy([1, 3], base=2)

EXERCISE = Prediction(
    "wasted_bits",
    "The cautious forecaster",
    2,
    1 - _QUARTER,
    [
        (1.0, "1 bit is all that she pays, the cross-entropy. A part of it is unavoidable."),
        (
            _QUARTER,
            "This is the entropy of the weather: what the best constant forecast still "
            "pays. Asked for is the rest of (3.5).",
        ),
        (
            information.kl_divergence([0.5, 0.5], [0.25, 0.75], base=2),
            "This is the divergence the other way round. True are the shares 1/4 and 3/4, believed "
            "are 1/2 and 1/2: in (3.3) the true ones come first.",
        ),
        (
            information.kl_divergence([0.25, 0.75], [0.5, 0.5]),
            "Right, but in nats. Divide by ln 2.",
        ),
        (0.19, "Nearly, or just rounded: three digits are asked for."),
        (
            0.25,
            "This is the difference of two probabilities. Log loss charges logarithms: take "
            "(3.5) and subtract.",
        ),
        (
            0.0,
            "She could save something: her forecast is not the share of wet days, and by (3.3) "
            "the divergence is 0 only there.",
        ),
    ],
    explanation="She pays log₂ 2 = 1 bit every day, wet or dry. The best constant forecast, 25 %, "
    "pays the entropy, 0.8113 bits. By (3.5) the difference is KL(p ‖ q) = 0.1887 bits.",
    rtol=4e-3,
    variable="saved",
)
