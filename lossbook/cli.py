"""The command `lossbook`: open the course, check and release exercises, store outputs afresh."""

import argparse
import os
import shutil
import sys
import textwrap
from pathlib import Path
from urllib.parse import quote

from lossbook import __version__

_PACKAGE = Path(__file__).resolve().parent
_COURSE = "lossbook-course"


class Slip(Exception):
    """Something the user can mend; its message is all they need to see."""


def main(argv=None):
    """Run the command with the arguments `argv` and return its exit status."""
    parser = _parser()
    args, extra = parser.parse_known_args(argv)
    if extra and args.run is not _lab:
        parser.error(f"unrecognised arguments: {' '.join(extra)}")
    try:
        return args.run(args, extra)
    except Slip as slip:
        print(f"lossbook: {slip}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="lossbook",
        description="A course on loss functions in which every line is checked.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"lossbook {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    lab = commands.add_parser(
        "lab",
        allow_abbrev=False,
        help="open the course in JupyterLab",
        description="Open JupyterLab on the first notebook of the course. Arguments that are not "
        "listed here go to JupyterLab, for example --no-browser or --port=8899.",
        epilog=f"Where lossbook was installed as a package, the notebooks are copied to "
        f"./{_COURSE} first; a file that is already there is never overwritten.",
    )
    lab.set_defaults(run=_lab)

    check = commands.add_parser(
        "check",
        allow_abbrev=False,
        help="check the answers in exercise notebooks",
        description="Run exercise notebooks, which are not changed, and say what is solved. The "
        "exit status is 1 if an exercise is not.",
    )
    check.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    check.set_defaults(run=_check)

    progress = commands.add_parser(
        "progress",
        allow_abbrev=False,
        help="show which exercises you have solved",
        description="Show which exercises you have solved, from a small file on this machine.",
    )
    progress.set_defaults(run=_progress)

    release = commands.add_parser(
        "release",
        allow_abbrev=False,
        help="make the students' exercise notebooks from those with solutions",
        description="Cut the solutions out of exercises/solutions, run what is left, and store it.",
    )
    release.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="02, for example; default: all"
    )
    release.add_argument(
        "--to", type=Path, metavar="DIRECTORY", help="default: exercises/ of the checkout"
    )
    release.add_argument(
        "--for-nbgrader",
        action="store_true",
        help="leave the solutions in, for nbgrader to cut: files for its source/ASSIGNMENT folder",
    )
    release.set_defaults(run=_release)

    refresh = commands.add_parser(
        "refresh",
        allow_abbrev=False,
        help="run notebooks and store their outputs",
        description="Run notebooks from top to bottom and store them in their canonical form; "
        "a second run changes no byte. A notebook in which a cell raises is left as it is.",
    )
    refresh.add_argument(
        "notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="default: those of the checkout"
    )
    refresh.add_argument(
        "--check", action="store_true", help="write nothing, fail if a notebook would change"
    )
    refresh.set_defaults(run=_refresh)
    return parser


def _lab(args, extra):
    root = _checkout() or _copy_course(Path.cwd() / _COURSE)
    notebooks = _notebooks(root / "notebooks")
    if not notebooks:
        raise Slip(f"no notebook found in {root / 'notebooks'}")
    try:
        from jupyterlab.labapp import main as jupyterlab
    except ImportError as error:
        raise Slip(f"JupyterLab is not installed ({error}); try: pip install jupyterlab") from None

    # As the default page, and not as the file to open, the notebook also stands in the address
    # that JupyterLab prints where it finds no browser.
    first = quote(notebooks[0].relative_to(root).as_posix())
    argv = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{first}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        argv.append("--allow-root")  # containers run as root, and JupyterLab refuses to
    jupyterlab(argv + extra)  # last, so that the user's word counts
    return 0


def _refresh(args, extra):
    paths = args.notebooks
    if not paths:
        root = _checkout()
        if root is None:
            raise Slip("this is not a checkout of the course; name the notebooks to refresh")
        paths = _notebooks(root / "notebooks")
    for path in paths:
        if not path.is_file():
            raise Slip(f"no such notebook: {path}")

    from lossbook.refresh import RefreshError, refresh

    status = 0
    for path in paths:
        try:
            changed = refresh(path, write=not args.check)
        except RefreshError as error:
            print(f"lossbook: {error}", file=sys.stderr)
            status = 1
            continue
        if args.check and changed:
            status = 1
        verdict = "unchanged" if not changed else "would change" if args.check else "refreshed"
        print(f"{path}: {verdict}", flush=True)
    return status


def _check(args, extra):
    from lossbook.answers import answers
    from lossbook.refresh import RefreshError

    status = 0
    for path in args.notebooks:
        if not path.is_file():
            raise Slip(f"no such notebook: {path}")
        try:
            found = answers(path)
        except RefreshError as error:
            raise Slip(str(error).splitlines()[0]) from None
        print(path)
        for text in found.reports.values():
            print(textwrap.indent(text, "  "))
        for cell, error in found.errors:
            print(f"  cell {cell} raised {error}")
        solved = sum(found.solved.values())
        print(f"  {solved} of {len(found.solved)} exercises are solved.")
        if solved < len(found.solved) or not found.solved or found.errors:
            status = 1
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
    root = _checkout()
    if root is None:
        raise Slip("this is not a checkout of the course")
    sources = _notebooks(root / "exercises" / "solutions")
    known = [path.name[:2] for path in sources]
    for chapter in args.chapters:
        if chapter not in known:
            raise Slip(f"no exercises of chapter {chapter!r}; there are {', '.join(known)}")
    if args.for_nbgrader and not args.to:
        raise Slip("--for-nbgrader needs --to DIRECTORY")
    target = args.to or root / "exercises"

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
    return 0


def _checkout():
    """The directory of the checkout that this package runs from, None for an installed package."""
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "notebooks").is_dir() else None


def _notebooks(directory):
    return sorted(directory.glob("*.ipynb"))


def _copy_course(target):
    """Copy the packaged notebooks to `target`, keep every file that is there, return `target`."""
    course = _PACKAGE / "course"
    if not course.is_dir():
        raise Slip("this installation carries no notebooks; install lossbook again")
    names = [path.relative_to(course) for path in sorted(course.rglob("*.ipynb"))]
    new = [name for name in names if not (target / name).exists()]
    try:
        for name in new:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(course / name, target / name)
    except OSError as error:
        raise Slip(f"cannot copy the course to {target}: {error.strerror}") from None
    if new:
        print(f"lossbook: copied {len(new)} notebook(s) to {target}")
    return target


if __name__ == "__main__":
    sys.exit(main())
