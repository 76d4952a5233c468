"""Exercises to chapter 6: the hinge."""

from lossbook.exercises.chapter06 import (
    bias_interval,
    hinge_and_slope,
    max_box,
    regimes,
    smo_step,
    squared_dual,
)

EXERCISES = [
    hinge_and_slope.EXERCISE,
    max_box.EXERCISE,
    regimes.EXERCISE,
    smo_step.EXERCISE,
    bias_interval.EXERCISE,
    squared_dual.EXERCISE,
]
