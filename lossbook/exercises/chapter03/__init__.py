"""Exercises to chapter 3: information entropy."""

from lossbook.exercises.chapter03 import (
    best_split,
    entropy,
    gini_gain,
    information_gain,
    bayes_risk,
    wasted_bits,
)

EXERCISES = [
    entropy.EXERCISE,
    wasted_bits.EXERCISE,
    information_gain.EXERCISE,
    gini_gain.EXERCISE,
    best_split.EXERCISE,
    bayes_risk.EXERCISE,
]
