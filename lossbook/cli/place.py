"""The files of the course, in a checkout or in the installed package; helpers of the commands."""

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
SEED_FILE = "lossbook-seed.txt"  # default name of the secret of a course
_GRADING = ("filelock", "jinja2", "markupsafe", *(["landlockpy"] * (sys.platform == "linux")))


class UserError(Exception):
    """A mistake that the user can fix; the command prints the message without a traceback."""


def checkout():
    """The directory of the checkout that this package runs from, None for an installed package."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "notebooks").is_dir() else None


def notebooks_in(directory):
    """The notebooks in a directory, in the order of their names."""
    return sorted(directory.glob("*.ipynb"))


def exercises():
    """The directory of the exercise notebooks; its folder `solutions` has those with solutions."""
    root = checkout()
    return root / "exercises" if root else PACKAGE / "course" / "exercises"


def exercise_notebooks(chapter):
    """The paths of a chapter's notebooks: with solutions, for students. Raises UserError."""
    course = exercises()
    found = [sorted(folder.glob(f"{chapter}_*.ipynb")) for folder in (course / "solutions", course)]
    if not all(found):
        raise UserError(f"the exercise notebooks of chapter {chapter} are not in {course}")
    return [paths[0] for paths in found]


def command(commands, name, run, *, summary, description, **more):
    """A subcommand's parser; the list of commands shows `summary`, its own help `description`."""
    parser = commands.add_parser(
        name, allow_abbrev=False, help=summary, description=description, **more
    )
    parser.set_defaults(run=run)
    return parser


def require_grading():
    """Raise UserError where a package of the extra `grading` is missing."""
    if missing := [name for name in _GRADING if not find_spec(name)]:
        raise UserError(
            f'grading a class needs {", ".join(missing)}: pip install "lossbook[grading]" '
            "(in a checkout: pip install -r requirements.txt)"
        )
