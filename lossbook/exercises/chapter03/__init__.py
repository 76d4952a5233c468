"""Exercises to chapter 3: information entropy."""

from lossbook.exercises.chapter03 import (
    bayes_risk,
    best_split,
    entropy,
    gini_gain,
    information_gain,
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
