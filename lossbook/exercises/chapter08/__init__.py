"""Exercises to chapter 8: one picture."""

from lossbook.exercises.chapter08 import (
    cubed_tangent,
    likelihood,
    logistic_pair,
    sparsemax,
    tangent_height,
    tree_loss,
)

EXERCISES = [
    likelihood.EXERCISE,
    tree_loss.EXERCISE,
    tangent_height.EXERCISE,
    cubed_tangent.EXERCISE,
    sparsemax.EXERCISE,
    logistic_pair.EXERCISE,
]
