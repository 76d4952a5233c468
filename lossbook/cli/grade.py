"""`lossbook grade`: grade a class without trusting what was handed in."""

import os
from pathlib import Path

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import UserError


def add(commands):
    """Add the command to the parser."""
    parser = place.command(
        commands,
        "grade",
        run,
        summary="grade a class without trusting what was handed in",
        description="Run the submissions in a sandbox, compare their answers with cases that only "
        "your seed file draws, and write the marks: grades.csv, a page for each student, and a "
        "summary in index.html. You can stop it at any time and run it again: results are kept, "
        "and an unchanged submission is not graded twice. The exit status is 0 if all were "
        "graded, 3 if some have no score, and 2 if it could not run.",
    )
    parser.add_argument(
        "submissions",
        type=Path,
        help="a folder (also of folders or zip files, as Moodle and Canvas make them), a zip "
        "file, or one notebook",
    )
    parser.add_argument(
        "--chapter", help="02, or a folder of your own; default: what the files say"
    )
    parser.add_argument("--out", type=Path, default=Path("grades"), help="default: grades")
    parser.add_argument(
        "--seed-file",
        type=Path,
        default=Path(place.SEED_FILE),
        help=f"the secret of your course, made if it is missing; default: {place.SEED_FILE}",
    )
    parser.add_argument("--points", type=Path, metavar="CSV", help="late and manual points")
    parser.add_argument(
        "--gradebook",
        metavar="URL",
        help="write the marks into a gradebook of nbgrader, too: sqlite:///gradebook.db",
    )
    parser.add_argument("--assignment", metavar="NAME", help="what nbgrader calls the assignment")
    parser.add_argument(
        "--templates",
        type=Path,
        metavar="DIR",
        help="your own Jinja2 templates for the pages, each in place of ours of the same name",
    )
    parser.add_argument(
        "--gradescope",
        type=Path,
        metavar="JSON",
        help="write the result of the only submission for Gradescope, too: results.json",
    )
    parser.add_argument(
        "--open-as-zero",
        action="store_true",
        help="give Gradescope and nbgrader 0 points for answers that could not be asked; without "
        "it they get none",
    )
    parser.add_argument("--regrade", action="store_true", help="grade everything again")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="default: all CPUs"
    )
    parser.add_argument(
        "--tier",
        choices=("full", "strong", "process"),
        help="the isolation to use; default: all that this machine has (lossbook doctor)",
    )
    parser.add_argument(
        "--trusted",
        action="store_true",
        help="grade without isolation, too: only for code that you would run yourself",
    )
    parser.add_argument("--shard", metavar="I/N", help="grade part I of N into one gradebook")
    parser.add_argument(
        "--scheduler", metavar="tcp://…", help="grade on the workers of a Dask scheduler"
    )
    parser.add_argument("--explain", action="store_true", help="show every test of one file")
    parser.add_argument("--test", metavar="NAME", help="with --explain: an exercise, or one test")


def run(args, extra):
    place.require_grading()
    from lossbook.cli import grade_class
    from lossbook.cli.outputs import write_outputs

    if args.workers < 1:
        raise UserError(f"--workers must be at least 1, got {args.workers}")
    if bool(args.gradebook) != bool(args.assignment):
        raise UserError("--gradebook and --assignment go together")
    layers = grade_class.choose_layers(args.tier, args.trusted)
    if args.explain:
        grade_class.explain_one(
            args.submissions, args.chapter, args.seed_file, layers=layers, test=args.test
        )
        return _console.YES
    environment = grade_class.templates_in(args.templates)
    gradebook, chapter = grade_class.grade_class(
        args.submissions,
        args.chapter,
        args.seed_file,
        args.out,
        layers=layers,
        regrade=args.regrade,
        shard=_shard(args.shard),
        workers=args.workers,
        scheduler=args.scheduler,
    )
    return write_outputs(
        gradebook,
        chapter,
        args.out,
        points=args.points,
        environment=environment,
        gradescope=args.gradescope,
        nbgrader=args.gradebook,
        assignment=args.assignment,
        open_as_zero=args.open_as_zero,
    )


def _shard(text):
    """(3, 8) for "3/8"; None for None."""
    if not text:
        return None
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise UserError(f"--shard must be like 3/8, got {text}")
    return int(part), int(parts)
