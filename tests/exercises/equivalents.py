"""Slips in the solutions that change nothing that anybody could see, each with its reason.

exercise → {beginning of what was changed, as mutate.py words it: why it is right as well}
"""

EQUIVALENT = {
    # chapter 02
    "huber_regression": {
        "line 8: LtE → Lt": "with δ = 0 the fit itself fails, with an error that is a ValueError",
        "line 16: ": "the test when to stop; the loss asked for is reached earlier",
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
}
