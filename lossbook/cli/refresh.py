"""`lossbook refresh`: run notebooks and store or compare their outputs."""

import sys
from pathlib import Path

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import UserError, notebooks_in


def add(commands):
    """Add the command to the parser."""
    parser = place.command(
        commands,
        "refresh",
        run,
        summary="run notebooks and store their outputs",
        description="Run notebooks from top to bottom and store them in their canonical form; "
        "a second run changes no byte, and a picture that looks the same keeps its bytes. A "
        "notebook in which a cell raises is left unchanged.",
        epilog="Exit status: 0 for success, 1 if --check finds an output that differs, 2 if a "
        "notebook could not be run. Pictures that another version of Matplotlib drew cannot be "
        "compared; --check reports that and compares their text forms.",
    )
    parser.add_argument(
        "notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="default: those of the checkout"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, report which outputs differ"
    )


def run(args, extra):
    paths = args.notebooks
    if not paths:
        root = place.checkout()
        if root is None:
            raise UserError("this is not a checkout of the course; name the notebooks to refresh")
        paths = notebooks_in(root / "notebooks")
    for path in paths:
        if not path.is_file():
            raise UserError(f"no such notebook: {path}")

    from lossbook.notebook.refresh import RefreshError

    status = _console.YES
    for path in paths:
        try:
            status = max(status, _compare(path) if args.check else _refresh(path))
        except RefreshError as error:
            print(f"lossbook: {error}", file=sys.stderr)
            status = _console.BROKE
    return status


def _refresh(path):
    from lossbook.notebook.refresh import refresh

    print(f"{path}: {'refreshed' if refresh(path) else 'unchanged'}", flush=True)
    return _console.YES


def _compare(path):
    from lossbook.notebook.refresh import check

    found = check(path)
    print(f"{path}: {'differs' if found.differences else 'as promised'}")
    for line in [*found.differences, *found.unseen]:
        print(f"  {line}", flush=True)
    return _console.NO if found.differences else _console.YES
