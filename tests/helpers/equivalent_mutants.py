"""Slips in the solutions that change nothing that anybody could see, each with its reason.

exercise → {beginning of what was changed, as mutate_source.py words it: why it is right as well}
"""

EQUIVALENT = {
    # chapter 02
    "huber_regression": {
        "line 8: LtE → Lt": "with δ = 0 the fit itself fails, with an error that is a ValueError",
        "line 16: ": "the test when to stop; the loss asked for is reached earlier",
    },
    # chapter 03
    "bayes_risk": {
        "line 18: zeros → ones": "where the search starts: equal scores are equal shares",
    },
    # chapter 04
    "loss_and_gradient": {
        "line 19: 0 → 1": "it stands where t is 0, and is multiplied by that 0",
    },
    "newton_logistic_regression": {
        "line 11: zeros → ones": "where the search starts: the objective is convex",
        "line 14: 0 → 1": "without a minimum the margins grow, so they pass 1 as well",
        "line 18: ": "a wrong curvature makes the way longer; where it ends, the gradient says",
        "line 21: 2 → 3": "how much shorter a step becomes that was too long",
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
    # chapter 08
    "logistic_pair": {
        "line 11: Mult → Div": "a label is −1 or +1: to divide by it is to multiply with it",
        "line 25: Gt → GtE": "where the slope is 0, both halves have the place at their end",
        "line 31: Mult → Div": "a label is −1 or +1: to divide by it is to multiply with it",
    },
}
