"""The files of the course, in a checkout or in the installed package; helpers of the commands."""

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
LAB_DATA = PACKAGE / "cli" / "lab_data"  # what `lossbook lab` gives to Jupyter
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


def chapter(text):
    """The Chapter with this number or in this folder of a teacher. Raises UserError."""
    from lossbook.exercises import find

    try:
        return find(text)
    except ValueError as error:
        raise UserError(str(error)) from None


def solutions(chapter):
    """The path of a Chapter's notebook with solutions. Raises UserError."""
    path = (chapter.folder or exercises() / "solutions") / chapter.solutions_file
    if not path.is_file():
        raise UserError(f"the notebook with the solutions is missing: {path}")
    return path


def students_notebook(chapter):
    """The bytes and the name of a Chapter's notebook without solutions. Raises UserError."""
    import nbformat

    from lossbook.exercises.pages import for_students
    from lossbook.notebook.release import MarkError, student_version, with_numbers

    path = solutions(chapter)
    try:
        numbers, _ = chapter.drawn()(0)
        notebook = with_numbers(nbformat.read(path, as_version=4), numbers)
        notebook = for_students(student_version(notebook), chapter)
    except (MarkError, ValueError, AttributeError, OSError) as error:
        raise UserError(f"{path}: {error}") from None
    return nbformat.writes(notebook).encode(), chapter.students_file


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
