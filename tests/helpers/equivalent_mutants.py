"""Mutations of the solutions that no case can detect, each with the reason.

exercise → {"the line | what was changed in it", or the beginning of that: why it is right as well}
"""

EQUIVALENT = {
    # chapter 02
    "huber_regression": {
        "if delta <= 0: | LtE → Lt": (
            "with δ = 0 the fit itself fails, with an error that is a ValueError"
        ),
        "if np.abs(new - w).max() <= 1e-12 * (1 + np.abs(w).max()): | ": (
            "the test when to stop; the loss asked for is reached earlier"
        ),
    },
    # chapter 03
    "bayes_risk": {
        "scores = np.zeros(np.unique(y).size) | zeros → ones": (
            "where the search starts: equal scores are equal shares"
        ),
    },
    # chapter 04
    "loss_and_gradient": {
        "surprise[p == 0] = 0 | 0 → 1": "p is 0 in these places, and multiplies the value",
    },
    "newton_logistic_regression": {
        "w = np.zeros(X.shape[1]) | zeros → ones": (
            "where the search starts: the objective is convex"
        ),
        "if np.isinf(C) and np.all(m > 0): | 0 → 1": (
            "without a minimum the margins grow, so they pass 1 as well"
        ),
        "hessian = X.T @ ((q * (1 - q))[:, np.newaxis] * X) + np.eye(len(w)) / C | ": (
            "a wrong curvature makes the way longer; where it ends, the gradient says"
        ),
        "step = step / 2 | 2 → 3": "how much shorter a step becomes that was too long",
    },
    # chapter 05
    "hard_margin": {
        "if np.all(alpha >= 0) and np.all(m > 1 - 1e-9): | Gt → GtE": (
            "a least margin of exactly 1 − 1e-9 does not occur"
        ),
    },
    # chapter 06
    "entropy": {
        "p = p / p.max()": "it changes no share; only the bonus has masses whose sum overflows",
    },
    "hinge_and_slope": {
        "return np.maximum(0, 1 - m), np.where(m < 1, -1.0, 0.0) | Lt → LtE": (
            "at the kink −1 is a subgradient as well as 0"
        ),
    },
    "smo_step": {
        "beta = alpha * y | Mult → Div": (
            "a label is −1 or +1: to divide by it is to multiply with it"
        ),
    },
    "bias_interval": {
        "r = y - K @ (alpha * y) | Mult → Div": (
            "a label is −1 or +1: to divide by it is to multiply with it"
        ),
        "if low > high + 1e-6: | Gt → GtE": (
            "an end that is too high by 1e-6 to the last bit does not occur"
        ),
    },
    # chapter 08
    "logistic_pair": {
        "beta = alpha * y | Mult → Div": (
            "a label is −1 or +1: to divide by it is to multiply with it"
        ),
        "if slope(t) > 0: | Gt → GtE": (
            "where the slope is 0, both halves have the place at their end"
        ),
        "return beta * y | Mult → Div": (
            "a label is −1 or +1: to divide by it is to multiply with it"
        ),
    },
}
