"""The command `lossbook`: open the course, check, release and grade exercises, refresh notebooks.

lab        open the course in JupyterLab
notebooks  check, progress, release, refresh
classroom  grade, verify, doctor: a class of students
place      where the course lies
"""

import argparse
import sys

from lossbook import __version__, _console
from lossbook.cli import classroom, lab, notebooks
from lossbook.cli.place import Slip


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
    except Slip as slip:
        print(f"lossbook: {slip}", file=sys.stderr)
        return _console.BROKE


def _parser():
    parser = argparse.ArgumentParser(
        prog="lossbook",
        description="A course on loss functions in which every line is checked.",
        epilog="Exit status: 0, done, and the answer is yes; 1, the answer is no (not solved, "
        "would change, a test is wrong); 2, there is no answer (wrong arguments, a missing file, "
        "no notebook, a dead kernel, a crash); grade has 3, graded with blanks.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"lossbook {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for part in (lab, notebooks, classroom):
        part.add(commands)
    return parser
