"""The arrays that the engine counts in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
#: A choice: the number of the chosen column of each need of the model.
Choice = Ints

#: The option of a column that leaves its need unserved.
NOBODY = -1
