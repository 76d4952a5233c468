"""Exercises to chapter 1: what a loss is."""

from lossbook.exercises.chapter01 import (
    best_constant,
    calibrated,
    empirical_risk,
    minimizer,
    missed_tumour,
    splitting,
)

EXERCISES = [
    best_constant.EXERCISE,
    empirical_risk.EXERCISE,
    missed_tumour.EXERCISE,
    minimizer.EXERCISE,
    calibrated.EXERCISE,
    splitting.EXERCISE,
]
