"""The corpus: every %%derive cell of the notebooks, by its title. Every line of it is true.

Blanks are filled with the solutions that the reader unfolds below them.
"""

import json
import re
from itertools import takewhile
from pathlib import Path

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

BLANK = re.compile(r"(?<!\S)\?(?!\S)")
_SOLUTION = re.compile(r"<summary>Solution</summary>(.*?)</details>", re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")


def cells(path):
    """(id, title, body) of the %%derive cells of a notebook."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for at, cell in enumerate(found):
        head, _, body = "".join(cell["source"]).partition("\n")
        if cell["cell_type"] == "code" and head.startswith("%%derive "):
            below = takewhile(lambda one: one["cell_type"] == "markdown", found[at + 1 :])
            text = "\n".join("".join(one["source"]) for one in below)
            yield cell["id"], head.removeprefix("%%derive ").strip(), filled(body, text)


def filled(body, below):
    r"""`body` with its blanks filled from the text below it.

    Of each part "Solution" that unfolds, or of the only one, the first pieces of code are taken:

    >>> below = "<details><summary>Solution</summary>\n\n`x` or `1 x`\n\n</details>"
    >>> filled("x + 0 = ?  % your turn", below)
    'x + 0 = ?{x}  % your turn'
    """
    parts = [_CODE.findall(part) for part in _SOLUTION.findall(below)]
    found = iter(parts[0] if len(parts) == 1 else [part[0] for part in parts if part])
    return BLANK.sub(lambda blank: f"?{{{answer}}}" if (answer := next(found, "")) else "?", body)


CORPUS = {f"{path.stem[:2]} {title}": body for path in NOTEBOOKS for _, title, body in cells(path)}
