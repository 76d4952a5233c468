"""`lossbook new`: begin a chapter of your own."""

from pathlib import Path

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import UserError

_TEMPLATE = place.PACKAGE / "exercises" / "template"


def add(commands):
    """Add the command to the parser."""
    parser = place.command(
        commands,
        "new",
        run,
        summary="begin a chapter of your own, with one exercise of each kind",
        description="Write exercises.py and the notebook with solutions into a new folder. They "
        "work as they are: change them, test them with `lossbook verify FOLDER`, and make the "
        "students' files with `lossbook release FOLDER --to DIRECTORY`.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="mycourse/week3, for example")


def run(args, extra):
    from lossbook.exercises import own_name

    folder = args.folder.resolve()
    try:
        name = own_name(folder)
    except ValueError as error:
        raise UserError(str(error)) from None
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{args.folder} exists already and is not empty; give a new folder")
    notebook = (_TEMPLATE / "template.ipynb").read_text(encoding="utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        exercises = (_TEMPLATE / "exercises.py").read_text(encoding="utf-8")
        (folder / "exercises.py").write_text(exercises, encoding="utf-8", newline="\n")
        (folder / f"{name}.ipynb").write_text(
            notebook.replace("template", name), encoding="utf-8", newline="\n"
        )
    except OSError as error:
        raise UserError(f"cannot write into {args.folder}: {error.strerror}") from None
    print(f"{args.folder}: exercises.py and {name}.ipynb. Next: lossbook verify {args.folder}")
    return _console.YES
