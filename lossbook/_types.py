"""Types of the public functions."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Floats = Array | np.float64  # pointwise functions: an array for an array, a scalar for a scalar
