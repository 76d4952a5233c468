"""Helpers that exercises of several chapters use."""

import numpy as np

from lossbook.checking import Case


def array_case(about, *args, extreme=False):
    """A Case whose lists are arrays, as the exercises promise."""
    return Case(
        about, tuple(np.array(a) if isinstance(a, list) else a for a in args), extreme=extreme
    )


def as_low(found, least, what, within):
    """True if `found` is `least` up to rounding, else a sentence with both numbers."""
    if found <= least + within * (1 + least):
        return True
    return f"{what} is {found:.6g}, and {least:.6g} can be reached"
