"""Even and odd: which constants are best for the absolute error of four targets.

It teaches that the minimum can be flat: every number between the two middle targets is best.
Expected are the mean, the midpoint alone, and the two ends alone.
"""

from lossbook.checking import Choice

EXERCISE = Choice(
    "even_and_odd",
    "Even and odd",
    2,
    {
        "a": "4, the mean",
        "b": "3 only, halfway between the two middle targets",
        "c": "every number from 2 to 4",
        "d": "2 and 4, and nothing between them",
    },
    "c",
    {
        "a": "The mean is the best constant for *squares*. Count with (2.8): how many targets "
        "lie below 4, how many above?",
        "b": "3 is best, but is it the only one? Move from 3 to 3.1: two targets come 0.1 closer, "
        "two go 0.1 farther.",
        "d": "2 and 4 are best. Between them the slope (2.8) is 2 − 2 = 0: what does the loss do?",
    },
    explanation="Between 2 and 4 two targets lie below and two above, so the slope (2.8) is 0 and "
    "the loss is flat: 1 + 0 + 2 + 7 = 10 at 2, and 10 everywhere up to 4.",
    variable="best",
)
