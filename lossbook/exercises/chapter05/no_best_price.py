"""When the best price does not exist: a rule of second degree.

It teaches that there may be no gap and still no price that reaches the supremum. Expected are a
price of 0, bounds that are all −∞, and a gap seen from one bound.
"""

from lossbook.checking import Choice

EXERCISE = Choice(
    "no_best_price",
    "When the best price does not exist",
    3,
    {
        "a": "α = 0 is the best price, since the rule is kept at x = 0",
        "b": "g(α) = −∞ for every price: x falls without end",
        "c": "there is no gap, and there is no best price",
        "d": "there is a gap: every bound stays below −1/4",
    },
    "c",
    {
        "a": "At α = 0 the rule costs nothing, so the builder breaks it: g(0) = min x = −∞.",
        "b": "That happens at α = 0 only. For α > 0 the charge α x² makes a bowl: complete the "
        "square. Where is its lowest point?",
        "d": "−1/4 is g(1). What is g(100)?",
    },
    explanation="g(α) = −1/(4α), reached at x = −1/(2α). The bounds climb towards the cost 0 and "
    "never arrive: the supremum is 0, and no price reaches it. The theorem of strong duality "
    "(5.12, More) wants rules of first degree, and x² is none. (Nor does any x keep this rule "
    "with room to spare, which is Slater's condition for curved rules.)",
    variable="answer",
)
