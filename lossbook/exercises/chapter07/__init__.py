"""Exercises to chapter 7: handwritten digits."""

from lossbook.exercises.chapter07 import (
    adam,
    count_parameters,
    im2col,
    pool_backward,
    slope_of_two,
    softmax_twice,
)

EXERCISES = [
    count_parameters.EXERCISE,
    im2col.EXERCISE,
    pool_backward.EXERCISE,
    softmax_twice.EXERCISE,
    slope_of_two.EXERCISE,
    adam.EXERCISE,
]
