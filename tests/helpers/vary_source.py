"""The same answer as another student would write it: other names, other comments, other gaps.

No two varied sources are the same text, and all do the same, so that nothing can be gained by
remembering what was graded before.
"""

import ast

COMMENTS = [
    "careful here",
    "see (2.10)",
    "ich glaube, das stimmt so",
    "先转换成浮点数",
    "pourquoi ça marche ?",
    "проверить ещё раз",
    "asked in the tutorial",
    "hint 2",
]
ENDINGS = ["_", "0", "1", "_here", "_neu", "_值", "_bis", "_my"]


def vary(source, rng, mark):
    """`source` in another hand.

    Parameters
    ----------
    source : str
        A cell: Python, or the lines of a derivation after %%attempt.
    rng : random.Random
    mark : str
        Written into a comment; different marks give different texts.
    """
    if source.startswith("%%attempt"):
        first, _, rest = source.partition("\n")
        return f"{first}\n% {rng.choice(COMMENTS)} {mark}\n{rest}"
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a slip that the student made: only a comment can be added
        return f"# {rng.choice(COMMENTS)} {mark}\n{source}"
    return _with_comments(_renamed(source, tree, rng), rng, mark)


def _renamed(source, tree, rng):
    """Every name that a function assigns gets an ending, or stays."""
    new = {name: _another(name, source, rng) for name in sorted(_local_names(tree))}
    places = [
        (node.lineno - 1, node.col_offset, node.end_col_offset, new[node.id])
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in new
    ]
    lines = [line.encode() for line in source.split("\n")]  # columns are counted in bytes
    for row, start, end, name in sorted(places, reverse=True):
        lines[row] = lines[row][:start] + name.encode() + lines[row][end:]
    return b"\n".join(lines).decode()


def _local_names(tree):
    """Names assigned inside functions; arguments stay, because the docstring tells of them."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assigned = {
        node.id
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return assigned - {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _another(name, source, rng):
    free = [name] + [name + ending for ending in ENDINGS if name + ending not in source]
    return rng.choice(free)


def _with_comments(source, rng, mark):
    """The mark above one statement, and at a few others a comment or an empty line."""
    lines = source.split("\n")
    rows = sorted({node.lineno - 1 for node in ast.walk(ast.parse(source)) if _is_step(node)})
    marked = rng.choice(rows)
    for row in reversed(rows):
        indent = lines[row][: len(lines[row]) - len(lines[row].lstrip())]
        if row == marked:
            lines.insert(row, f"{indent}# {rng.choice(COMMENTS)} {mark}")
        elif rng.random() < 0.25:
            lines.insert(row, rng.choice(["", f"{indent}# {rng.choice(COMMENTS)}"]))
    return "\n".join(lines)


def _is_step(node):
    """A statement that begins its line; a docstring is none, for what it says is fixed."""
    return isinstance(node, ast.stmt) and not isinstance(node, ast.Expr)
