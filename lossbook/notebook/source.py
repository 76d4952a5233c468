"""Show the source of a function of the package on the page that derives it."""

import ast
import inspect
import textwrap

from IPython.display import display

LONGEST = 25  # lines: more is no reading for a page; write a short form beside it


def show_source(*functions):
    """Display the code of each function without its docstring, highlighted.

    It is an output like any other, so a test sees when the text and the code part.

    Raises
    ------
    ValueError
        A body is longer than 25 lines.

    Examples
    --------
    >>> from lossbook import softmax
    >>> print(code(softmax.log_softmax))
    def log_softmax(z: ArrayLike, axis: int = -1) -> Array:
        shifted = _shift_by_max("z", z, axis)
        return shifted - np.log1p(_sumexp_without_max(shifted, axis))
    """
    for function in functions:
        text = code(function)
        name = _name(function)
        # Markdown is highlighted by JupyterLab and by static pages alike.
        markdown = f"`{name}`\n\n```python\n{text}\n```"
        display({"text/markdown": markdown, "text/plain": f"# {name}\n{text}"}, raw=True)


def code(function):
    """The source of `function` without docstring and indentation."""
    text = textwrap.dedent(inspect.getsource(function))
    lines = text.splitlines()
    tree = ast.parse(text).body[0]
    if ast.get_docstring(tree) is not None:
        docstring = tree.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    if len(lines) > LONGEST:
        raise ValueError(
            f"{_name(function)} has {len(lines)} lines without its docstring, at most {LONGEST} "
            "can be shown; show a shorter function that says the same"
        )
    return "\n".join(lines).strip("\n")


def _name(function):
    """Module and name, as in `softmax._exponentials.softmax`."""
    return f"{function.__module__.removeprefix('lossbook.')}.{function.__qualname__}"
