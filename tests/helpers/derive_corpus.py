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
_NEXT = re.compile(r";(?=[^`]*(?:`[^`]*`[^`]*)*$)")  # a semicolon outside of code


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
    r"""`body` with its blanks filled from the parts "Solution" that unfold below it.

    The first piece of code is a solution, and the first after each semicolon.

    >>> below = "<details><summary>Solution</summary>\n\n`x` or `1 x`; `y = 2 x`\n\n</details>"
    >>> filled("x + 0 = ?\ny = ?  % your turn", below)
    'x + 0 = ?{x}\ny = ?{2 x}  % your turn'
    """
    solutions = (part for text in _SOLUTION.findall(below) for part in _NEXT.split(text))
    codes = (code[1] for part in solutions if (code := _CODE.search(part)))

    def fill(blank):
        before = blank.string[: blank.start()].rpartition("\n")[2]
        return f"?{{{_rest(answer, before)}}}" if (answer := next(codes, "")) else "?"

    return BLANK.sub(fill, body)


def _rest(answer, before):
    """`answer` without the end of the line before the blank, if it repeats that."""
    ends = (before[at:].strip() for at in range(len(before)))
    repeated = next((end for end in ends if end and answer.startswith(end)), "")
    return answer.removeprefix(repeated).strip()


CORPUS = {f"{path.stem[:2]} {title}": body for path in NOTEBOOKS for _, title, body in cells(path)}
