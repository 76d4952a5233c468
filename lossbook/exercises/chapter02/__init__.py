"""Exercises to chapter 2: squared error and its relatives."""

from lossbook.exercises.chapter02 import (
    even_and_odd,
    huber_regression,
    least_absolute_deviations,
    newsagent,
    root_mean_squared_error,
    weighted_mean,
)

EXERCISES = [
    root_mean_squared_error.EXERCISE,
    weighted_mean.EXERCISE,
    even_and_odd.EXERCISE,
    newsagent.EXERCISE,
    huber_regression.EXERCISE,
    least_absolute_deviations.EXERCISE,
]
