"""`lossbook check`, `progress`, `release` and `refresh`: what is done with single notebooks."""

import shutil
import sys
import textwrap
from pathlib import Path

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import Slip, notebooks_in


def add(commands):
    """Add the commands to the parser."""
    check = place.command(
        commands,
        "check",
        _check,
        says="check the answers in exercise notebooks",
        describes="Run exercise notebooks, which are not changed, and say what is solved. The "
        "exit status is 0 if every exercise is, 1 if one is not, and 2 if a notebook could not be "
        "run.",
    )
    check.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")

    place.command(
        commands,
        "progress",
        _progress,
        says="show which exercises you have solved",
        describes="Show which exercises you have solved, from a small file on this machine.",
    )

    release = place.command(
        commands,
        "release",
        _release,
        says="make the students' exercise notebooks from those with solutions",
        describes="Cut the solutions out of exercises/solutions, run what is left, and store it.",
    )
    release.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="02, for example; default: all"
    )
    release.add_argument(
        "--to", type=Path, metavar="DIRECTORY", help="default, in a checkout only: exercises/"
    )
    release.add_argument(
        "--for-nbgrader",
        action="store_true",
        help="leave the solutions in, for nbgrader to cut: files for its source/ASSIGNMENT folder",
    )
    release.add_argument(
        "--with-solutions",
        action="store_true",
        help="put those with solutions into a folder `solutions` beside the students' version",
    )

    refresh = place.command(
        commands,
        "refresh",
        _refresh,
        says="run notebooks and store their outputs",
        describes="Run notebooks from top to bottom and store them in their canonical form; "
        "a second run changes no byte, and a picture that looks the same keeps its bytes. A "
        "notebook in which a cell raises is left as it is.",
        epilog="Exit status: 0 if all is well, 1 if --check finds an output that differs, 2 if a "
        "notebook could not be run. Pictures that another version of Matplotlib has drawn cannot "
        "be compared; --check says so, and their numbers below them are compared.",
    )
    refresh.add_argument(
        "notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="default: those of the checkout"
    )
    refresh.add_argument(
        "--check", action="store_true", help="write nothing, say which outputs differ"
    )


def _refresh(args, extra):
    paths = args.notebooks
    if not paths:
        root = place.checkout()
        if root is None:
            raise Slip("this is not a checkout of the course; name the notebooks to refresh")
        paths = notebooks_in(root / "notebooks")
    for path in paths:
        if not path.is_file():
            raise Slip(f"no such notebook: {path}")

    from lossbook.refresh import RefreshError

    status = 0
    for path in paths:
        try:
            status = max(status, _compared(path) if args.check else _refreshed(path))
        except RefreshError as error:
            print(f"lossbook: {error}", file=sys.stderr)
            status = 2
    return status


def _refreshed(path):
    from lossbook.refresh import refresh

    print(f"{path}: {'refreshed' if refresh(path) else 'unchanged'}", flush=True)
    return 0


def _compared(path):
    from lossbook.refresh import check

    found = check(path)
    print(f"{path}: {'differs' if found.differences else 'as promised'}")
    for line in [*found.differences, *found.unseen]:
        print(f"  {line}", flush=True)
    return 1 if found.differences else 0


def _check(args, extra):
    from lossbook.answers import answers
    from lossbook.refresh import RefreshError

    status = _console.YES
    for path in args.notebooks:
        try:
            if not path.is_file():
                raise Slip(f"no such notebook: {path}")
            found = answers(path)
        except (Slip, OSError, RefreshError) as error:
            print(f"lossbook: {str(error).splitlines()[0]}", file=sys.stderr)
            status = _console.BROKE
            continue
        print(path)
        for text in found.reports.values():
            print(textwrap.indent(text, "  "))
        for cell, error in found.errors:
            print(f"  cell {cell} raised {error}")
        solved = sum(found.solved.values())
        print(f"  {solved} of {len(found.solved)} exercises are solved.")
        if solved < len(found.solved) or not found.solved or found.errors:
            status = max(status, _console.NO)
    return status


def _progress(args, extra):
    from lossbook.exercises import CHAPTERS, checker
    from lossbook.grading import progress

    solved = progress.load()
    for chapter in CHAPTERS:
        exercises = checker(chapter).exercises.values()
        done = [f"{chapter}.{exercise.name}" in solved for exercise in exercises]
        print(f"chapter {chapter}: {sum(done)} of {len(done)} solved")
        for exercise, is_done in zip(exercises, done, strict=True):
            print(f"  {'✓' if is_done else '○'} {'★' * exercise.stars:<4} {exercise.title}")
    print(f"kept in {progress.place() or 'no file (LOSSBOOK_PROGRESS=off)'}")
    return 0


def _release(args, extra):
    sources = notebooks_in(place.exercises() / "solutions")
    if not sources:
        raise Slip("this installation carries no notebooks; install lossbook again")
    known = [path.name[:2] for path in sources]
    for chapter in args.chapters:
        if chapter not in known:
            raise Slip(f"no exercises of chapter {chapter!r}; there are {', '.join(known)}")
    if args.for_nbgrader and not args.to:
        raise Slip("--for-nbgrader needs --to DIRECTORY")
    if args.with_solutions and (args.for_nbgrader or not args.to):
        raise Slip("--with-solutions needs --to DIRECTORY, and goes without --for-nbgrader")
    if not args.to and not place.checkout():
        raise Slip("this is not a checkout of the course; say where to: --to DIRECTORY")
    target = args.to or place.exercises()
    if target.resolve() == sources[0].parent.resolve():
        raise Slip(f"{target} is where the notebooks with solutions lie; they would be lost")

    from lossbook import release
    from lossbook.refresh import RefreshError, refresh

    target.mkdir(parents=True, exist_ok=True)
    for source in sources:
        if args.chapters and source.name[:2] not in args.chapters:
            continue
        path = target / source.name
        try:
            if args.for_nbgrader:
                release.write(source, path, cut=release.without_discussion)
            else:
                release.write(source, path)
                refresh(path)
        except (release.MarkError, RefreshError) as error:
            raise Slip(f"{source}: {error}") from None
        print(f"{path}: released", flush=True)
        if args.with_solutions:
            beside = target / "solutions" / source.name
            beside.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, beside)
            print(f"{beside}: with solutions", flush=True)
    return 0
