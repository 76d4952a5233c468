"""A formula on given NumPy arrays: what a derivation displays, in numbers."""

import numpy as np
from flint import ctx

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.environment import Instance
from lossbook.derive.syntax.reader import read_formula


def value_of(source, setting, arrays):
    """The formula as a float or array; `arrays` maps Python names of letters to numbers."""
    tree = read_formula(source, setting)
    sizes, values, indices = {}, {}, {}
    for key, array in arrays.items():
        name = _letter(key, setting)
        kind = setting.scope[name]
        if kind in ("index", "size"):
            (indices if kind == "index" else sizes)[name] = int(array)
        else:
            values[name] = _given(name, array, setting, sizes)
    instance = Instance(setting, sizes, _missing).but(values)
    c.Effort.left = 10**7
    for bits in (200, 1000):
        with ctx.workprec(bits):
            try:
                found = tree.value(instance.world().at(indices))
                return _as_floats(found)
            except nb.Undecided:
                continue
            except nb.Undefined:
                return float("nan")
            except (ar.SizeMismatch, KeyError) as error:
                raise ValueError(f"{source} has no value: {error.args[0]}") from None
    return float("nan")


def _as_floats(found):
    if type(found) is not ar.Array:
        return float(nb.ball(nb.real(found.scale if type(found) is ar.Unit else found)))
    flat = np.array([float(nb.ball(nb.real(x))) for x in found.flat])
    return flat.reshape(found.shape[:-1] if found.dims[-1] == 1 else found.shape)


def _missing(key):
    raise KeyError(f"{key} was not given")


def _letter(key, setting):
    r"""The declared name behind a Python keyword: alpha → \alpha, hat_y → \hat y."""
    accent, _, rest = key.partition("_")
    for name in (key, "\\" + key, f"\\{accent} {rest}", f"\\{accent} \\{rest}"):
        if name in setting.variables or setting.scope.get(name) in ("index", "size"):
            return name
    known = ", ".join(c.spelled(name) for name in setting.variables)
    raise ValueError(f"{key} is not a letter of this derivation; its letters are {known}")


def _given(name, array, setting, sizes):
    """A NumPy array as the value of a declared letter; its shape fixes the sizes."""
    array = np.asarray(array, dtype=float)
    dims = setting.variables[name].dims
    wanted = dims[:-1] if dims and dims[-1] == 1 else dims
    if array.ndim != len(wanted):
        raise ValueError(f"{name} must have {len(wanted)} dimension(s), got shape {array.shape}")
    for size, length in zip(wanted, array.shape, strict=True):
        if (size if isinstance(size, int) else sizes.setdefault(size, length)) != length:
            raise ValueError(f"{name} has {length} where {size} is {sizes.get(size, size)}")
    if not dims:
        return nb.exact(float(array))
    shape = (*array.shape, 1) if wanted != dims else array.shape
    return ar.Array(dims, shape, [nb.exact(float(x)) for x in array.reshape(-1)])
