"""`lossbook release`: make the students' exercise notebooks."""

import shutil
from pathlib import Path

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import UserError, notebooks_in


def add(commands):
    """Add the command to the parser."""
    parser = place.command(
        commands,
        "release",
        run,
        summary="make the students' exercise notebooks from those with solutions",
        description="Cut the solutions out of exercises/solutions, run the rest, and store it.",
    )
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="02, for example; default: all"
    )
    parser.add_argument(
        "--to", type=Path, metavar="DIRECTORY", help="default, in a checkout only: exercises/"
    )
    parser.add_argument(
        "--for-nbgrader",
        action="store_true",
        help="leave the solutions in, for nbgrader to cut: files for its source/ASSIGNMENT folder",
    )
    parser.add_argument(
        "--with-solutions",
        action="store_true",
        help="put those with solutions into a folder `solutions` beside the students' version",
    )


def run(args, extra):
    sources = notebooks_in(place.exercises() / "solutions")
    if not sources:
        raise UserError("this installation has no notebooks; install lossbook again")
    known = [path.name[:2] for path in sources]
    for chapter in args.chapters:
        if chapter not in known:
            raise UserError(f"no exercises of chapter {chapter!r}; there are {', '.join(known)}")
    if args.for_nbgrader and not args.to:
        raise UserError("--for-nbgrader needs --to DIRECTORY")
    if args.with_solutions and (args.for_nbgrader or not args.to):
        raise UserError("--with-solutions needs --to DIRECTORY and excludes --for-nbgrader")
    if not args.to and not place.checkout():
        raise UserError("this is not a checkout of the course; give a folder: --to DIRECTORY")
    target = args.to or place.exercises()
    if target.resolve() == sources[0].parent.resolve():
        raise UserError(f"{target} contains the notebooks with solutions; they would be lost")

    target.mkdir(parents=True, exist_ok=True)
    for source in sources:
        if not args.chapters or source.name[:2] in args.chapters:
            _release(source, target, args.for_nbgrader, args.with_solutions)
    return _console.YES


def _release(source, target, for_nbgrader, with_solutions):
    from lossbook.notebook import release
    from lossbook.notebook.refresh import RefreshError, refresh

    path = target / source.name
    try:
        if for_nbgrader:
            release.write(source, path, cut=release.without_discussion)
        else:
            release.write(source, path)
            refresh(path)
    except (release.MarkError, RefreshError) as error:
        raise UserError(f"{source}: {error}") from None
    print(f"{path}: released", flush=True)
    if with_solutions:
        copy = target / "solutions" / source.name
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, copy)
        print(f"{copy}: with solutions", flush=True)
