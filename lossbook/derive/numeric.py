"""A derivation in numbers: its lines on one instance, or one of its formulas on given arrays."""

from decimal import Decimal

import numpy as np

from lossbook.derive import show
from lossbook.derive.arithmetic import SizeMismatch, TooLarge, Value, fifty_digits
from lossbook.derive.compare import sides
from lossbook.derive.instances import spread
from lossbook.derive.reading import name as spelled
from lossbook.derive.tex import read_formula
from lossbook.derive.trees import free_indices, pairs
from lossbook.derive.words import entries, instance
from lossbook.derive.world import Budget, World, evaluate


def table(steps, setting, checker, which):
    """Both sides of every line on one of the checker's instances; see Derivation.numbers."""
    steps = [step for step in steps if step.statement]
    with fifty_digits(), np.errstate(all="ignore"):
        worlds = [w.row(k) for w in checker.worlds() for k in range(w.count)]
        if not worlds:
            return "no instance satisfies the assumptions"
        world = worlds[which % len(worlds)]
        shown = [instance(tuple(step.statement for step in steps), world)]
        shown += [_line(step, world, setting) for step in steps]
    return "\n".join(shown)


def _line(step, world, setting):
    """Both sides of a line in this world; free indices are 1."""
    indices = sorted(free_indices(step.statement, setting.scope))
    wide, _ = spread(world, indices)
    one = wide.row(0)
    shown = ""
    for left, sign, right in pairs(step.statement):
        try:
            a, b = sides(left, right, one)
            a, b = entries(a[0]), entries(b[0])
        except (SizeMismatch, TooLarge, KeyError):
            continue
        sign = show.SIGNS.get(sign, sign)
        shown += f" {sign} {b}" if shown else f"{a} {sign} {b}"
    at = ", ".join(f"{i} = 1" for i in indices)
    return f"({step.label})  {shown or '…'}" + (f"     at {at}" if at else "")


def value(setting, source, arrays):
    """A formula in the letters of a setting on given arrays; see Derivation.value."""
    tree = read_formula(source, setting.scope)
    sizes, values = {}, {}
    for key, array in arrays.items():
        name = _letter(key, setting)
        if setting.scope[name] in ("index", "size"):
            sizes[name] = int(array)
            continue
        values[name] = _given(name, array, setting, sizes)
    with fifty_digits(), np.errstate(all="ignore"):
        indices = {n: k for n, k in sizes.items() if setting.scope[n] == "index"}
        budget = Budget(steps=10**7, longest_sum=10**5)
        try:
            world = World(setting, sizes, values, indices=indices, budget=budget)
            found = evaluate(tree, world)
        except (SizeMismatch, KeyError) as error:
            raise ValueError(f"{source} has no value: {error.args[0]}") from None
    array = found.array[0]
    if not found.dims:
        return float(array)
    column = len(found.dims) == 2 and found.dims[1] == 1
    return (array[:, 0] if column else array).astype(float)


def _letter(key, setting):
    """The declared name behind a Python keyword: alpha → \\alpha, hat_y → \\hat y."""
    accent, _, rest = key.partition("_")
    for name in (key, "\\" + key, f"\\{accent} {rest}", f"\\{accent} \\{rest}"):
        if name in setting.variables or setting.scope.get(name) in ("index", "size"):
            return name
    known = ", ".join(spelled(name) for name in setting.variables)
    raise ValueError(f"{key} is not a letter of this derivation; its letters are {known}")


def _given(name, array, setting, sizes):
    """A NumPy array as the Value of a declared letter; its shape fixes the sizes."""
    array = np.asarray(array, dtype=float)
    dims = setting.variables[name].dims
    wanted = dims[:-1] if dims and dims[-1] == 1 else dims
    if array.ndim != len(wanted):
        raise ValueError(f"{name} must have {len(wanted)} dimension(s), got shape {array.shape}")
    for size, length in zip(wanted, array.shape, strict=True):
        if (size if isinstance(size, int) else sizes.setdefault(size, length)) != length:
            raise ValueError(f"{name} has {length} where {size} is {sizes.get(size, size)}")
    shape = (1, *array.shape) + ((1,) if wanted != dims else ())
    exact = np.array([Decimal(float(x)) for x in array.reshape(-1)], dtype=object)
    return Value(exact.reshape(shape), dims)
