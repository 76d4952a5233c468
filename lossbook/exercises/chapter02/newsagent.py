"""The newsagent: which quantile of the demand to buy.

It teaches that τ of the pinball loss is one cost's share of both costs. Expected are the quantile
the other way round, the median, the price in the place of the profit, and a cost in the place of
a share.
"""

from lossbook.checking import Prediction

EXERCISE = Prediction(
    "newsagent",
    "The newsagent",
    2,
    2 / 3,
    [
        (
            1 / 3,
            "The quantile the other way round. Running out is the more expensive mistake, so "
            "she should run out *rarely*.",
        ),
        (
            0.5,
            "The median treats both mistakes alike. What does one unsold paper cost her, what "
            "one customer sent away?",
        ),
        (3 / 4, "A customer sent away does not cost the price 3, but the profit missed: 3 − 1."),
        (2.0, "2 is the cost of a customer sent away. The quantile is its share of both costs."),
        (
            0.25,
            "One paper too many costs 1; one too few costs the profit 3 − 1. Put the second on "
            "top: τ = cost of too few / (cost of too few + cost of too many).",
        ),
    ],
    explanation="One paper too few costs the profit, 3 − 1 = 2; one too many costs 1. So her loss "
    "is 3 times the pinball loss with τ = 2 / (2 + 1), and (2.9) asks for that quantile.",
    variable="tau",
)
