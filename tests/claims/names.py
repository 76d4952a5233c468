"""Names of losses: each one in the table of chapter 9 gives the number of lossbook."""

import json
from importlib import resources
from operator import attrgetter

import numpy as np

from lossbook import information, margin, regression, softmax

TERMS = json.loads((resources.files("lossbook.notebook") / "terms.json").read_text("utf-8"))

# One sample of each loss, and what lossbook computes for it.
Y, F, DELTA, TAU = 1.0, 4.0, 2.0, 0.8
P, Q, SCORES, CLASS = [0.25, 0.75], [0.5, 0.5], [0.5, 2.0, -1.0], 2
OURS = {
    "squared error": regression.mean_squared_error([Y], [F]),
    "absolute error": regression.mean_absolute_error([Y], [F]),
    "Huber loss": regression.mean_huber_loss([Y], [F], delta=DELTA),
    "pinball loss": regression.mean_pinball_loss([Y], [F], quantile=TAU),
    "softmax cross-entropy": softmax.softmax_cross_entropy([CLASS], [SCORES]),
    "log loss of probabilities": softmax.log_loss([0, 1], [Q, P]),
    "logistic loss": float(margin.logistic(-F)),  # the label −1 at the score F
    "hinge": float(margin.hinge(-F)),
    "squared hinge": float(margin.squared_hinge(-F)),
    "KL divergence": information.kl_divergence(P, Q),
}


def same_as_ours(package, key, theirs):
    """Call each name in the column `key` of the table, and compare with lossbook in float32.

    `theirs` maps a loss to a function that calls the named object on the sample.
    """
    named = {row["loss"]: row[key] for row in TERMS["losses"] if row[key]}
    assert named.keys() == theirs.keys()
    for loss, name in named.items():
        given = float(theirs[loss](attrgetter(name)(package)))
        np.testing.assert_allclose(given, OURS[loss], rtol=1e-6, err_msg=f"{name}: {loss}")
