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
    # chapter 05
    "hard_margin": {
        "line 21: Gt → GtE": "a least margin of exactly 1 − 1e-9 does not occur",
    },
    # chapter 06
    "hinge_and_slope": {
        "line 11: Lt → LtE": "at the kink −1 is a subgradient as well as 0",
    },
    "smo_step": {
        "line 11: Mult → Div": "a label is −1 or +1: to divide by it is to multiply with it",
    },
    "bias_interval": {
        "line 9: Mult → Div": "a label is −1 or +1: to divide by it is to multiply with it",
        "line 15: Gt → GtE": "an end that is too high by 1e-6 to the last bit does not occur",
    },
}
