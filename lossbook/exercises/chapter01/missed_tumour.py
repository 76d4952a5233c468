"""A missed tumour: from which probability on to say +1, if a miss costs ten false alarms.

It teaches that the best threshold follows the costs. Expected are 1/10, for a false alarm needs a
benign tumour, the two mistakes exchanged, the threshold of equal costs, a cost for a probability,
and too few digits.
"""

from lossbook.checking import Prediction

EXERCISE = Prediction(
    "missed_tumour",
    "A missed tumour costs ten times a false alarm",
    2,
    1 / 11,
    [
        (0.1, "Nearly. The risk of +1 is not 1 but 1 − η: a false alarm needs a *benign* tumour."),
        (
            10 / 11,
            "The other way round. Missing is the more expensive mistake, so say +1 "
            "*early*, at a small η.",
        ),
        (0.5, "That is line (3) above (1.5), where both mistakes cost the same."),
        (
            0.9,
            "Missing costs more than a false alarm. Is the threshold then smaller or larger?",
        ),
        (10.0, "10 is the ratio of the two costs. Asked for is a probability."),
        (0.09, "Two digits are not enough here. Give three, or type a fraction."),
    ],
    explanation="The answer −1 has the risk 10 η, the answer +1 the risk 1 · (1 − η). The second "
    "is smaller if 11 η > 1.",
    variable="threshold",
)
