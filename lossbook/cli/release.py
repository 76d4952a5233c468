"""`lossbook release`: make the students' exercise notebooks."""

import shutil
import tempfile
from pathlib import Path

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import UserError


def add(commands):
    """Add the command to the parser."""
    parser = place.command(
        commands,
        "release",
        run,
        summary="make the students' exercise notebooks from those with solutions",
        description="Cut the solutions out of the notebooks that have them, run the rest and store "
        "it. Beside the notebook of your own chapter, week3, a file week3.json is written, which "
        "students need for the check; your references are not in it. With --roster each student "
        "gets a folder with a notebook of their own, if numbers are drawn in exercises.py.",
    )
    parser.add_argument(
        "chapters",
        nargs="*",
        metavar="CHAPTER",
        help="02, or a folder of your own; default: 01 … 08",
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

    parser.add_argument(
        "--pack",
        action="store_true",
        help="for a chapter of the course, too, write the file for the check, 02.json: beside it, "
        "the check does not use the references, and exercises that need them are not checked",
    )
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="CSV",
        help="a table with the names of the class: draw the numbers of your own chapter for each",
    )
    parser.add_argument(
        "--seed-file",
        type=Path,
        default=Path(place.SEED_FILE),
        help=f"with --roster: the secret of your course; default: {place.SEED_FILE}",
    )


def run(args, extra):
    if args.for_nbgrader and not args.to:
        raise UserError("--for-nbgrader needs --to DIRECTORY")
    if args.pack and not args.to:
        raise UserError("--pack needs --to DIRECTORY")
    if args.with_solutions and (args.for_nbgrader or not args.to):
        raise UserError("--with-solutions needs --to DIRECTORY and excludes --for-nbgrader")
    chapters = _chapters(args.chapters)
    if args.roster:
        if args.for_nbgrader or args.with_solutions or not args.to or len(chapters) != 1:
            raise UserError("--roster needs one chapter of your own and --to DIRECTORY, no more")
        place.require_grading()
        from lossbook.cli.release_roster import release_to_each

        with tempfile.TemporaryDirectory() as folder:
            general = _write(chapters[0], place.solutions(chapters[0]), Path(folder))
            release_to_each(chapters[0], general, args.to, args.roster, args.seed_file)
        return _console.YES
    if not args.to and any(chapter.folder for chapter in chapters):
        raise UserError("your own chapter needs a folder for the students' files: --to DIRECTORY")
    if not args.to and not place.checkout():
        raise UserError("this is not a checkout of the course; give a folder: --to DIRECTORY")
    target = args.to or place.exercises()
    sources = [(chapter, place.solutions(chapter)) for chapter in chapters]
    for _, source in sources:
        if target.resolve() == source.parent.resolve():
            raise UserError(f"{target} contains the notebooks with solutions; they would be lost")

    target.mkdir(parents=True, exist_ok=True)
    for chapter, source in sources:
        how = {"for_nbgrader": args.for_nbgrader, "packed": args.pack}
        print(f"{_write(chapter, source, target, **how)}: released", flush=True)
        if args.with_solutions:
            copy = _copy_solutions(chapter, source, target / "solutions")
            print(f"{copy}: with solutions", flush=True)
    return _console.YES


def _chapters(names):
    """The Chapters with these numbers or folders; all of the course for no name."""
    from lossbook.exercises import CHAPTERS

    return [place.chapter(name) for name in names] or list(CHAPTERS.values())


def _copy_solutions(chapter, source, folder):
    from lossbook.exercises.pages import without_links
    from lossbook.notebook import release

    folder.mkdir(exist_ok=True)
    if chapter.folder:
        shutil.copyfile(source, folder / source.name)
    else:
        release.write(source, folder / source.name, cut=without_links)
    return folder / source.name


def _write(chapter, source, target, *, for_nbgrader=False, packed=False):
    """Write the students' notebook of a chapter into a folder; return its path."""
    from lossbook.checking import pack
    from lossbook.exercises.pages import for_students, without_links
    from lossbook.notebook import release
    from lossbook.notebook.refresh import RefreshError, refresh

    path = target / chapter.students_file
    cut = release.without_discussion if for_nbgrader else release.student_version
    try:
        if chapter.folder or packed:
            pack.write(chapter.exercises(), target / f"{chapter.number}.json")
        numbers, _ = chapter.drawn()(0)

        def cut_for_all(notebook):
            notebook = cut(release.with_numbers(notebook, numbers))
            if chapter.folder or target.resolve() == place.exercises().resolve():
                return for_students(notebook, chapter)
            return without_links(notebook)

        release.write(source, path, cut=cut_for_all)
        if not for_nbgrader:
            refresh(path)
    except (release.MarkError, RefreshError, ValueError) as error:
        raise UserError(f"{source}: {error}") from None
    return path
