"""Check the %%derive cells of notebooks, without running anything else in them.

    python -m lossbook.derive notebooks/*.ipynb

One row for each cell, and below it the lines that fail. The exit status is 0 if every line holds,
1 if one does not, and 2 if that could not be found out: a file is no notebook, for example.
"""

import json
import sys
import time
from pathlib import Path

from lossbook import _console
from lossbook.derive import show
from lossbook.derive.derivation import Derivation


def cells(path):
    """Yield (id, title, body) of the %%derive cells of a notebook file."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    for number, cell in enumerate(notebook["cells"], start=1):
        head, _, body = "".join(cell["source"]).partition("\n")
        magic, _, title = head.partition(" ")
        if cell["cell_type"] == "code" and magic == "%%derive":
            yield cell.get("id", f"cell {number}"), title.strip(), body


def report(paths):
    """Print the report; return how many lines fail."""
    print(f"{'notebook':<28} {'cell':<20} {'lines':>5} {'hold':>5} {'seconds':>8}")
    failing = 0
    for path in paths:
        for cell, title, body in cells(path):
            start = time.perf_counter()
            derivation = Derivation(title, body, strict=False)
            seconds = time.perf_counter() - start
            steps = [step for step in derivation.steps if step.verdict.kind != "note"]
            wrong = [step for step in steps if not step.verdict.holds]
            row = f"{Path(path).stem:<28} {cell:<20} {len(steps):>5}"
            print(f"{row} {len(steps) - len(wrong):>5} {seconds:>8.2f}")
            for step in wrong:
                said = show.words(step.verdict).replace("\n", "\n        ")
                mark = show.MARKS[step.verdict.kind]
                print(f"  ({step.label}) {mark} {step.reading}\n        {said}")
            failing += len(wrong)
    return failing


def main(paths):
    if not paths or paths[0] in ("-h", "--help"):
        print(__doc__)
        return _console.YES if paths else _console.BROKE
    try:
        return _console.NO if report(paths) else _console.YES
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"not a notebook that can be read: {error}", file=sys.stderr)
        return _console.BROKE


if __name__ == "__main__":
    sys.exit(_console.run(lambda: main(sys.argv[1:])))
