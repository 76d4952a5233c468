"""Questions about a tree: which names occur, which indices are free, which are bound."""

from fractions import Fraction

SUMS = ("sum", "prod", "max", "min")
DERIVATIVES = ("part", "grad", "slope", "prime")


def parts(tree):
    """The tree itself and every tree below it."""
    if isinstance(tree, tuple):
        if tree and isinstance(tree[0], str):
            yield tree
        for child in tree:
            yield from parts(child)


def is_sum(tree):
    return bool(tree) and tree[0] in SUMS and isinstance(tree[1], tuple)


def relations(statement):
    """The relations that a statement joins by "and"."""
    if statement[0] == "and":
        return relations(statement[1]) + relations(statement[2])
    return [statement]


def pairs(statement):
    """(left, sign, right) for every single comparison of a statement."""
    return [
        (left, sign, right)
        for _, sides, signs in relations(statement)
        for left, sign, right in zip(sides, signs, sides[1:], strict=False)
    ]


def equation(left, right):
    return ("rel", (left, right), ("=",))


def names(tree):
    """Names of variables, families and functions that occur; a function as name/arity."""
    found = set()
    for part in parts(tree):
        if part[0] in ("name", "idx") and isinstance(part[1], str):
            found.add(part[1])
        elif part[0] == "call":
            found.add(f"{part[1]}/{len(part[3])}")
        elif part[0] in ("slope", "prime"):
            found.add(f"{part[1]}/1")
        elif part[0] == "lim":
            found.add(part[1])
    return found


def depends_on(tree, definitions):
    """All names that a tree rests on, through the definitions."""
    found, todo = set(), [tree]
    while todo:
        for name in names(todo.pop()) - found:
            found.add(name)
            if name in definitions:
                todo.append(definitions[name].body)
    return found


def free_indices(tree, scope, bound=frozenset()):
    """Declared indices that no sum of the tree binds."""
    if not isinstance(tree, tuple) or not tree:
        return set()
    if tree[0] == "name" and len(tree) == 2:
        return {tree[1]} if scope.get(tree[1]) == "index" and tree[1] not in bound else set()
    if is_sum(tree):
        inner = bound | {binder[0] for binder in tree[1]}
        limits = [limit for binder in tree[1] for limit in binder[1:]]
        outside = [free_indices(limit, scope, bound) for limit in limits]
        return free_indices(tree[2], scope, inner).union(*outside)
    return set().union(*[free_indices(child, scope, bound) for child in tree])


def at_first(tree, indices):
    """The tree where the free indices given are 1."""
    if not isinstance(tree, tuple) or not tree:
        return tree
    if tree[0] == "name" and len(tree) == 2:
        return ("num", Fraction(1)) if tree[1] in indices else tree
    if is_sum(tree):
        indices = indices - {binder[0] for binder in tree[1]}
    return tuple(at_first(branch, indices) for branch in tree)


def bound_indices(tree):
    return {binder[0] for part in parts(tree) if is_sum(part) for binder in part[1]}
