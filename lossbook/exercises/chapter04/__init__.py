"""Exercises to chapter 4: softmax and cross-entropy."""

from lossbook.exercises.chapter04 import (
    label_smoothing,
    loss_and_gradient,
    newton_logistic_regression,
    smoothed_lead,
    softmax,
    softmax_cross_entropy,
)

EXERCISES = [
    softmax.EXERCISE,
    softmax_cross_entropy.EXERCISE,
    loss_and_gradient.EXERCISE,
    label_smoothing.EXERCISE,
    smoothed_lead.EXERCISE,
    newton_logistic_regression.EXERCISE,
]
