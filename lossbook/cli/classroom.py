"""`lossbook grade`, `gradescope`, `verify`, `doctor`: a class whose code is not trusted."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from lossbook.cli import place
from lossbook.cli.place import UserError

_SEED_FILE = "lossbook-seed.txt"
_EXTRA = ("filelock", "jinja2", "markupsafe", *(["landlockpy"] * (sys.platform == "linux")))


def add(commands):
    """Add the commands to the parser."""
    _add_grade(commands)
    _add_gradescope(commands)
    verify = place.command(
        commands,
        "verify",
        _verify,
        summary="test the tests: solutions get all points, known mistakes lose theirs",
        description="Grade the solutions (full marks), the empty notebooks (0), and every known "
        "mistake, which must lose exactly the points that are aimed at it, and be named. The exit "
        "status is 0 if all of this holds, 1 if something does not, and 2 if it could not be "
        "tested.",
    )
    verify.add_argument(
        "names", nargs="*", metavar="EXERCISE", help="a chapter (02) or an exercise; default: all"
    )
    place.command(
        commands,
        "doctor",
        _doctor,
        summary="test how this machine isolates students' code",
        description="Apply each isolation layer, then run a dozen harmless probes in the sandbox, "
        "as students' code runs there, and say what refuses each. The exit status is 1 if one "
        "is not refused.",
    )


def _add_gradescope(commands):
    gradescope = place.command(
        commands,
        "gradescope",
        _gradescope,
        summary="make the autograder of a chapter for Gradescope",
        description="Write the zip file that Gradescope asks for. It holds your secret: keep it as "
        "you keep the seed file.",
    )
    gradescope.add_argument("chapter", metavar="CHAPTER", help="02, for example")
    gradescope.add_argument("--to", type=Path, default=Path("autograder.zip"), metavar="ZIP")
    gradescope.add_argument("--seed-file", type=Path, default=Path(_SEED_FILE))


def _add_grade(commands):
    grade = place.command(
        commands,
        "grade",
        _grade,
        summary="grade a class without trusting what was handed in",
        description="Run the submissions in a sandbox, compare its answers with cases that only "
        "your seed file draws, and write the marks: grades.csv, a page for each student, and a "
        "summary in index.html. It may be stopped at any time and run again: what is graded is "
        "kept, and what has not changed is not graded twice. The exit status is 3 if something "
        "could not be graded.",
    )
    grade.add_argument(
        "submissions",
        type=Path,
        help="a folder (also of folders or zip files, as Moodle and Canvas make them), a zip "
        "file, or one notebook",
    )
    grade.add_argument("--chapter", help="02, for example; default: what the files say")
    grade.add_argument("--out", type=Path, default=Path("grades"), help="default: grades")
    grade.add_argument(
        "--seed-file",
        type=Path,
        default=Path(_SEED_FILE),
        help=f"the secret of your course, made if it is missing; default: {_SEED_FILE}",
    )
    grade.add_argument("--points", type=Path, metavar="CSV", help="late and manual points")
    grade.add_argument(
        "--gradebook",
        metavar="URL",
        help="write the marks into a gradebook of nbgrader, too: sqlite:///gradebook.db",
    )
    grade.add_argument("--assignment", metavar="NAME", help="what nbgrader calls the assignment")
    grade.add_argument(
        "--templates",
        type=Path,
        metavar="DIR",
        help="your own Jinja2 templates for the pages, each in place of ours of the same name",
    )
    grade.add_argument(
        "--gradescope",
        type=Path,
        metavar="JSON",
        help="write the result of the only submission for Gradescope, too: results.json",
    )
    grade.add_argument("--regrade", action="store_true", help="grade everything again")
    grade.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="default: all CPUs")
    grade.add_argument(
        "--tier",
        choices=("full", "strong", "process"),
        help="the isolation to use; default: all that this machine has (lossbook doctor)",
    )
    grade.add_argument(
        "--trusted",
        action="store_true",
        help="grade without isolation, too: only for code that you would run yourself",
    )
    grade.add_argument("--shard", metavar="I/N", help="grade part I of N; the book is one")
    grade.add_argument(
        "--scheduler", metavar="tcp://…", help="grade on the workers of a Dask scheduler"
    )
    grade.add_argument("--explain", action="store_true", help="say everything about one file")
    grade.add_argument("--test", metavar="NAME", help="with --explain: an exercise, or one test")


def _refuse_without_extra():
    """Raise UserError where a package of the extra `grading` is missing."""
    if missing := [name for name in _EXTRA if not find_spec(name)]:
        raise UserError(
            f'grading a class needs {", ".join(missing)}: pip install "lossbook[grading]" '
            "(in a checkout: pip install -r requirements.txt)"
        )


def _doctor(args, extra):
    _refuse_without_extra()
    from lossbook.grading.sandbox import doctor

    text, status = doctor.report()
    print(text)
    return status


def _verify(args, extra):
    _refuse_without_extra()
    from lossbook.cli import verifying

    return verifying.verify(args)


def _gradescope(args, extra):
    _refuse_without_extra()
    from lossbook.exercises import CHAPTERS
    from lossbook.grading.export.autograder import autograder_zip
    from lossbook.grading.gradebook.errors import GradebookError
    from lossbook.grading.marking import secret

    if args.chapter not in CHAPTERS:
        raise UserError(f"CHAPTER must be one of {', '.join(CHAPTERS)}, got {args.chapter}")
    try:
        secret.load(args.seed_file)
        autograder_zip(args.chapter, args.to, args.seed_file)
    except (secret.SecretError, GradebookError) as error:
        raise UserError(str(error)) from None
    print(f"{args.to}: the autograder of chapter {args.chapter}, with your secret inside")
    return 0


def _grade(args, extra):
    _refuse_without_extra()
    from lossbook.cli import grading

    if args.workers < 1:
        raise UserError(f"--workers must be at least 1, got {args.workers}")
    if bool(args.gradebook) != bool(args.assignment):
        raise UserError("--gradebook and --assignment go together")
    return grading.explain(args) if args.explain else grading.grade(args)
