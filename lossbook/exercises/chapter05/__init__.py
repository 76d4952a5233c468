"""Exercises to chapter 5: the Lagrangian, repaired."""

from lossbook.exercises.chapter05 import (
    hard_margin,
    kkt_residuals,
    lagrangian,
    no_best_price,
    two_points,
    whose_gap,
)

EXERCISES = [
    lagrangian.EXERCISE,
    two_points.EXERCISE,
    kkt_residuals.EXERCISE,
    whose_gap.EXERCISE,
    hard_margin.EXERCISE,
    no_best_price.EXERCISE,
]
