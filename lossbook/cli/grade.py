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
    parser.add_argument(
        "--points",
        type=Path,
        metavar="CSV",
        help="manual points and comments: a table with the columns student, exercise, points, why",
    )
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="CSV",
        help="the names of the class, to tell who is missing: a table with a column name, and "
        "others for numbers, as Moodle's grading worksheet or Canvas's export of the Gradebook",
    )
    parser.add_argument(
        "--late",
        metavar="RATE",
        help="10%%/day, for example: what a late submission loses of its points for each hour, day "
        "or week that has begun",
    )
    parser.add_argument(
        "--deadline",
        metavar="TIME",
        help="with --late: 2026-03-01T23:59+08:00, for example; its time zone, or that of this "
        "machine, is taken for times in zip files, which have none",
    )
    parser.add_argument(
        "--weights", default="", metavar="NAME=2,…", help="how much the points of exercises count"
    )
    parser.add_argument(
        "--only", default="", metavar="NAME,…", help="the exercises that count; default: all"
    )
    parser.add_argument(
        "--scale",
        type=float,
        metavar="100",
        help="convert the points to a scale, for other systems",
    )
    parser.add_argument(
        "--gradebook",
        metavar="URL",
        help="write the marks into a gradebook of nbgrader, too: sqlite:///gradebook.db",
    )
    parser.add_argument(
        "--assignment",
        metavar="NAME",
        help="what nbgrader calls the assignment, or Canvas the column: 'Homework 1 (98765)'",
    )
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
        help="give other systems 0 points for answers that could not be asked; without it they "
        "get none",
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
    parser.add_argument(
        "--for-student",
        action="store_true",
        help="with --explain: leave out the hidden cases and the seed",
    )
    parser.add_argument("--test", metavar="NAME", help="with --explain: an exercise, or one test")


def run(args, extra):
    place.require_grading()
    from lossbook.cli import grade_class
    from lossbook.cli.outputs import write_outputs

    if args.workers < 1:
        raise UserError(f"--workers must be at least 1, got {args.workers}")
    if args.for_student and not args.explain:
        raise UserError("--for-student needs --explain")
    if args.gradebook and not args.assignment:
        raise UserError("--gradebook needs --assignment NAME")
    policy = _policy(args)
    layers = grade_class.choose_layers(args.tier, args.trusted)
    if args.explain:
        grade_class.explain_one(
            args.submissions,
            args.chapter,
            args.seed_file,
            roster=args.roster,
            layers=layers,
            test=args.test,
            for_student=args.for_student,
        )
        return _console.YES
    environment = grade_class.templates_in(args.templates)
    gradebook, chapter = grade_class.grade_class(
        args.submissions,
        args.chapter,
        args.seed_file,
        args.out,
        roster=args.roster,
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
        policy=policy,
        environment=environment,
        gradescope=args.gradescope,
        nbgrader=args.gradebook,
        assignment=args.assignment,
        open_as_zero=args.open_as_zero,
    )


def _policy(args):
    """How the results count. Raises UserError."""
    from lossbook.cli.outputs import Policy
    from lossbook.grading.gradebook.policy import LatePolicy

    if bool(args.late) != bool(args.deadline):
        raise UserError("--late and --deadline go together")
    if args.gradebook and (args.late or args.weights):
        raise UserError("--late and --weights are not for --gradebook: nbgrader has its own")
    if args.scale is not None and not 0 < args.scale < 1e6:
        raise UserError(f"--scale must be positive, as 100, got {args.scale:g}")
    try:
        late = LatePolicy.of(args.late, args.deadline) if args.late else None
    except ValueError as error:
        raise UserError(str(error)) from None
    return Policy(args.points, args.roster, args.weights, args.only, args.scale, late)


def _shard(text):
    """(3, 8) for "3/8"; None for None."""
    if not text:
        return None
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise UserError(f"--shard must be like 3/8, got {text}")
    return int(part), int(parts)
