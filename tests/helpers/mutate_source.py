"""Small slips in a function's source: one operator, constant, comparison or call at a time."""

import ast
import copy

_OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: None,
    ast.Mod: None,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_NAMES = {
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "minimum": "maximum",
    "sum": "mean",
    "mean": "sum",
    "log": "log2",
    "log2": "log",
    "argmax": "argmin",
    "argmin": "argmax",
    "ones": "zeros",
    "zeros": "ones",
    "any": "all",
    "all": "any",
    "exp": "expm1",
    "log1p": "log",
    "abs": "negative",
    "sqrt": "abs",
}


def mutants(source):
    """Yield ("the line | what was changed in it", source of the changed function)."""
    tree = ast.parse(source)
    lines = [line.partition("  #")[0].strip() for line in source.splitlines()]
    spots = list(ast.walk(tree))
    for number, node in enumerate(spots):
        for words, change in _changes(node):
            twin = copy.deepcopy(tree)
            change(list(ast.walk(twin))[number])
            yield f"{lines[node.lineno - 1]} | {words}", ast.unparse(twin)


def _changes(node):
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and _OPERATORS.get(type(node.op)):
        other = _OPERATORS[type(node.op)]
        name = f"{type(node.op).__name__} → {other.__name__}"
        yield name, lambda n: setattr(n, "op", other())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "− dropped", lambda n: setattr(n, "op", ast.UAdd())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        other = _COMPARISONS[type(node.ops[0])]
        name = f"{type(node.ops[0]).__name__} → {other.__name__}"
        yield name, lambda n: setattr(n, "ops", [other(), *n.ops[1:]])
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value = node.value
        if value >= 100:
            return  # a limit on the number of steps is no formula
        yield f"{value} → {value + 1}", lambda n: setattr(n, "value", value + 1)
    elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
        other = _NAMES[node.attr]
        yield f"{node.attr} → {other}", lambda n: setattr(n, "attr", other)
