"""The command `lossbook`: open the course, check, release and grade exercises, refresh notebooks.

lab, check, progress, derive, new,       for learners and authors, one module for each command;
release, refresh
grade, verify, doctor, gradescope        for teachers; grade_class, cluster and outputs are the
                                         parts of `grade` that need the extra lossbook[grading],
                                         and release_roster is that of `release`
place                                    the files of the course; helpers of the commands
"""

import argparse
import sys

from lossbook import __version__, _console
from lossbook.cli import (
    check,
    derive,
    doctor,
    grade,
    gradescope,
    lab,
    new,
    progress,
    refresh,
    release,
    verify,
)
from lossbook.cli.place import UserError


def main(argv=None):
    """Run the command with the arguments `argv` and return its exit status (_console.py)."""
    return _console.run(lambda: _run(argv))


def _run(argv):
    parser = _parser()
    args, extra = parser.parse_known_args(argv)
    if extra and args.run is not lab.run:
        parser.error(f"unrecognised arguments: {' '.join(extra)}")
    try:
        return args.run(args, extra)
    except UserError as error:
        print(f"lossbook: {error}", file=sys.stderr)
        return _console.BROKE


def _parser():
    parser = argparse.ArgumentParser(
        prog="lossbook",
        description="A course on loss functions in which every line is checked.",
        epilog="Exit status: 0 for success or yes; 1 for no (not solved, would change, a test is "
        "wrong); 2 for no answer (wrong arguments, a missing file, no notebook, a dead kernel, a "
        "crash); 3, for grade only: some submissions have no score.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"lossbook {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    learners = (lab, check, progress, new, release, refresh, derive)
    for part in (*learners, grade, gradescope, verify, doctor):
        part.add(commands)
    return parser
