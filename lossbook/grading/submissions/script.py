"""The code cells of a .py file: as it is, with `# %%` marks, or as Jupyter exports it."""

import ast
import re
import warnings

from lossbook.grading.submissions.content import Cell

# `# %%time` is a magic that was commented out, not a mark: a space or the end must follow.
_MARK = re.compile(r"^(?:#[ \t]?%%+(?=\s|\[|$)(?P<about>[^\n]*)|# In\[[ \d]*\]:[ \t]*)$", re.M)
_TEXT_CELL = re.compile(r"[^\[\n]*\[(?:markdown|md|raw)\]")
_NAME = re.compile(r"\b(?:\"grade_id\": ?|id=)\"([\w.-]{1,100})\"")
_COMMENTED = re.compile(r"# ?(%%attempt\b)")
_CALLED = re.compile(r"get_ipython\(\)\.run_cell_magic\(")
_LOOKS_LIKE_CODE = re.compile(
    r"^(?:def\s+\w|class\s+\w|import\s+\w|from\s+\w+|#\s?%%|# In\[|\w+\s?=\s?\S)", re.M
)


def looks_like_code(text):
    """Whether a file that is not a notebook may be a Python script with a wrong name."""
    return _LOOKS_LIKE_CODE.search(text[:1_000_000]) is not None


def cells(text):
    """The code cells of a script, in their order.

    A script is split at its marks: `# %%` (Jupytext, Spyder, VS Code) and `# In[3]:` (Jupyter's
    export). Without marks it is one cell. Text cells are left out.

    >>> [cell.source for cell in cells("x = 1\\n# %% [markdown]\\n# Hi\\n# %%\\ny = 2\\n")]
    ['x = 1', 'y = 2']
    """
    marks = list(_MARK.finditer(text))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(text)]
    found = []
    for mark, start, end in zip([None, *marks], starts, ends, strict=True):
        about = (mark and mark["about"]) or ""
        source = text[start:end].strip("\n")
        if _has_code(source) and not _TEXT_CELL.match(about):
            name = _NAME.search(about)
            found.append(Cell(_magic(source), name=name[1] if name else ""))
    return found


def _has_code(source):
    """Whether there is more than comments; a magic that was commented out is code."""
    lines = (line.strip() for line in source.split("\n"))
    return any(line and (line[0] != "#" or _COMMENTED.match(line)) for line in lines)


def _magic(source):
    """The source with its %%attempt as it was in the notebook.

    Jupytext comments the magic out; Jupyter's export writes a call in place of it.
    """
    lines = source.strip().split("\n")
    if _COMMENTED.match(lines[0]):
        return "\n".join(re.sub(r"^# ?(?=%)", "", line) for line in lines)
    if _CALLED.match(lines[0]) and len(source) < 100_000:
        words = _strings(source)
        if len(words) == 3:
            return f"%%{words[0]} {words[1]}\n{words[2]}"
    return source


def _strings(call):
    """The arguments of a call in source code that are plain strings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that do not exist
            statements = ast.parse(call).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    if len(statements) != 1 or not isinstance(statements[0], ast.Expr):
        return []
    args = getattr(statements[0].value, "args", [])
    return [arg.value for arg in args if isinstance(getattr(arg, "value", None), str)]
