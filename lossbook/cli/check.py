"""`lossbook check`: check the answers in exercise notebooks."""

import sys
import textwrap
from pathlib import Path

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import UserError


def add(commands):
    """Add the command to the parser."""
    parser = place.command(
        commands,
        "check",
        run,
        summary="check the answers in exercise notebooks",
        description="Run exercise notebooks without changing them and report what is solved. The "
        "exit status is 0 if every exercise is solved, 1 if one is not, and 2 if a notebook could "
        "not be run.",
    )
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")


def run(args, extra):
    return max(map(_check, args.notebooks))


def _check(path):
    from lossbook.notebook.answers import answers
    from lossbook.notebook.refresh import RefreshError

    try:
        if not path.is_file():
            raise UserError(f"no such notebook: {path}")
        found = answers(path)
    except (UserError, OSError, RefreshError) as error:
        print(f"lossbook: {str(error).splitlines()[0]}", file=sys.stderr)
        return _console.BROKE
    print(path)
    for text in found.reports.values():
        print(textwrap.indent(text, "  "))
    for cell, error in found.errors:
        print(f"  cell {cell} raised {error}")
    solved = sum(found.solved.values())
    print(f"  {solved} of {len(found.solved)} exercises are solved.")
    complete = found.solved and solved == len(found.solved) and not found.errors
    return _console.YES if complete else _console.NO
