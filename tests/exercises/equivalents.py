"""Slips in the solutions that change nothing that anybody could see, each with its reason.

exercise → {beginning of what was changed, as mutate.py words it: why it is right as well}
"""

EQUIVALENT = {
    # chapter 02
    "huber_regression": {
        "line 8: LtE → Lt": "with δ = 0 the fit itself fails, with an error that is a ValueError",
        "line 16: ": "the test when to stop; the loss asked for is reached earlier",
    },
    # chapter 03
    "leftover_risk": {
        "line 18: zeros → ones": "where the search starts: equal scores are equal shares",
    },
}
