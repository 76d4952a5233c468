"""Where the course lies: in a checkout, or inside of the installed package."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


class Slip(Exception):
    """Something the user can mend; its message is all they need to see."""


def checkout():
    """The directory of the checkout that this package runs from, None for an installed package."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "notebooks").is_dir() else None


def notebooks_in(directory):
    """The notebooks in a directory, in the order of their names."""
    return sorted(directory.glob("*.ipynb"))


def exercises():
    """The directory of the exercise notebooks; those with solutions are in its `solutions`."""
    root = checkout()
    return root / "exercises" if root else PACKAGE / "course" / "exercises"


def exercise_notebooks(chapter):
    """The paths of a chapter's notebook with solutions, and of the students'. Raises Slip."""
    course = exercises()
    found = [sorted(folder.glob(f"{chapter}_*.ipynb")) for folder in (course / "solutions", course)]
    if not all(found):
        raise Slip(f"the exercise notebooks of chapter {chapter} are not in {course}")
    return [paths[0] for paths in found]


def command(commands, name, run, *, says, describes, **more):
    """A subcommand's parser; `says` stands in the list of commands, `describes` in its own help."""
    parser = commands.add_parser(name, allow_abbrev=False, help=says, description=describes, **more)
    parser.set_defaults(run=run)
    return parser
