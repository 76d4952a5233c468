"""One likelihood among five: which e^−φ is the probability of a label.

It teaches that the two labels' numbers must sum to 1 at every score (8.1). Expected are the
square, the hinge, the logistic loss in bits, and the exponential loss.
"""

from lossbook.checking import Choice

EXERCISE = Choice(
    "likelihood",
    "One likelihood among five",
    1,
    {
        "a": "(1 − m)²",
        "b": "max(0, 1 − m)",
        "c": "log₂(1 + e^−m)",
        "d": "ln(1 + e^−2m)",
        "e": "e^−m",
    },
    "d",
    {
        "a": "The square is a likelihood for a real target with Gaussian noise. For a label the "
        "two numbers must sum to 1, and at the score 0 they are e⁻¹ + e⁻¹ = 0.7358.",
        "b": "This is the hinge, and (8.1) shows that it fails at any scale: the sums are 0.7358 "
        "at the score 0 and 1.1353 at 1.",
        "c": "Nearly: this is the logistic loss in bits, so 2^−φ is a probability. Asked for is "
        "the natural logarithm: at the score 0 the sum is e⁻¹ + e⁻¹ = 0.7358.",
        "e": "The exponential loss contains an exponential, but is no logarithm of one. The sums "
        "are 0.7358 at the score 0 and 0.7582 at 1.",
    },
    explanation="e^−φ(f) = 1 / (1 + e^−2f) is σ(2f), and σ(2f) + σ(−2f) = 1 at every score. At the "
    "score 0 both labels cost the same, so each likelihood of a label costs ln 2 there; the four "
    "others cost 1.",
    variable="which",
)
