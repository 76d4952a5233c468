"""`lossbook derive`: check the derivations in notebooks, Markdown and TeX files."""

import json
import re
import sys
from pathlib import Path

from lossbook import _console
from lossbook.cli import place

_DISPLAY = re.compile(
    r"\\begin\{(align|equation|gather|multline|aligned|eqnarray)\*?\}(.*?)\\end\{\1\*?\}"
    r"|\$\$(.*?)\$\$|\\\[(.*?)\\\]",
    re.DOTALL,
)
_DECLARED = re.compile(r"^\s*(?:%|<!--)\s*lossbook:\s*(.*?)\s*(?:-->)?\s*$", re.MULTILINE)
_FALSE = ("false", "size", "undefined", "reference", "carried")


def add(commands):
    """Add the command to the parser."""
    parser = place.command(
        commands,
        "derive",
        run,
        summary="check the derivations in notebooks, Markdown and TeX files",
        description="Check every line of the %%derive cells of a notebook, or of the displayed "
        "formulas of a .md or .tex file, whose letters are declared in comments that begin with "
        "“% lossbook:”. Nothing else in the files is run. The exit status is 0 if no line is "
        "false, 1 if one is, and 2 if a file could not be read.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")


def run(args, extra):
    status = _console.YES
    for path in args.files:
        try:
            found = list(derivations(path))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            print(f"lossbook: {path} cannot be read: {error}", file=sys.stderr)
            return _console.BROKE
        status = max(status, _report(path, found))
    return status


def derivations(path):
    """(title, body, line of the file for every line of the body) of everything to be checked."""
    text = path.read_text(encoding="utf-8")
    return _cells(text) if path.suffix == ".ipynb" else _displays(text)


def _cells(text):
    """The %%derive cells of a notebook."""
    for number, cell in enumerate(json.loads(text)["cells"], start=1):
        head, _, body = "".join(cell["source"]).partition("\n")
        magic, _, title = head.partition(" ")
        if cell["cell_type"] == "code" and magic == "%%derive":
            yield title.strip() or cell.get("id", f"cell {number}"), body, None


def _displays(text):
    """The displayed formulas of a TeX or Markdown file that follow a declaration."""
    declared = [(match.start(), match[1]) for match in _DECLARED.finditer(text)]
    for match in _DISPLAY.finditer(text):
        before = [said for at, said in declared if at < match.start()]
        if not before or before[-1] == "skip":
            continue
        inside = next(group for group in match.groups()[1:] if group is not None)
        first = text[: match.start() + match[0].index(inside)].count("\n") + 1
        stage = [said for said in before if said != "skip"]
        numbers = [None] * len(stage) + [first + k for k in range(inside.count("\n") + 1)]
        title = f"line {first + (not inside.partition(chr(10))[0].strip())}"
        yield title, "\n".join([*stage, inside]), numbers


def _report(path, found):
    """Print what holds and what does not; the exit status that this file asks for."""
    from lossbook.derive import Derivation, page

    worst, held, lines = _console.YES, 0, 0
    for title, body, numbers in found:
        derivation = Derivation(title, body, strict=False)
        checked = [step for step in derivation.steps if step.verdict.kind != "note"]
        lines += len(checked)
        held += sum(step.verdict.holds for step in checked)
        for step in [step for step in checked if not step.verdict.holds]:
            said = page.words(step.verdict).replace("\n", "\n        ")
            mark = page.MARKS[step.verdict.kind]
            where = f"{path}: {title} ({step.label})"
            if numbers:
                where = f"{path}:{numbers[step.number - 1]}:"
            print(f"{where} {mark} {step.reading}\n        {said}")
            if step.verdict.kind in _FALSE or path.suffix == ".ipynb":
                worst = _console.NO
    print(f"{path}: {held} of {lines} lines hold")
    return worst
