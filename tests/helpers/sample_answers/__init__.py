"""What students of chapter 02 wrote: their own code, right and wrong, with the mark it deserves.

`WRITTEN["newsagent"]["one third"]` is an `Answer`. The mistakes are those that the exercises
know; the code is none of theirs, so that a mistake must be recognised by what it gives.
"""

from tests.helpers.sample_answers.fits import HUBER, LAD
from tests.helpers.sample_answers.losses import EVEN, NEWSAGENT, ROOT, WEIGHTS

WRITTEN = {
    "root_mean_squared_error": ROOT,
    "weighted_mean": WEIGHTS,
    "even_and_odd": EVEN,
    "newsagent": NEWSAGENT,
    "huber_regression": HUBER,
    "least_absolute_deviations": LAD,
}
