"""`lossbook grade` beside `nbgrader autograde`, on the same submissions of chapter 02.

    python -m tests.benchmarks.grading [--rounds 2] [--only lossbook|nbgrader]

The two take turns, so that both meet the same machine: nbgrader on 10 submissions, lossbook on
200, lossbook on 20, nbgrader on the other 10; start-up is included everywhere. All submissions
are plain notebooks that nbgrader can read; what it cannot read, or what hangs, is left out in
its favour. A run counts only if every mark is right. The exit code is 1 if a mark is wrong or a
limit is missed, 2 if nbgrader's environment is not there. Linux only.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.helpers.classroom import FILE, crowd
from tests.helpers.processes import Peak
from tests.helpers.verdicts import all_or_nothing, differences, results

ROOT = Path(__file__).parents[2]
MANY, FEW = 200, 20
TIMES_AT_MANY, TIMES_AT_FEW = 30, 10  # times nbgrader's throughput, at least
MEGABYTES = 400  # resident in total, at most
GRADE = [sys.executable, "-m", "lossbook.cli", "grade"]
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "lossbook"
c.ExecutePreprocessor.timeout = 120
"""
ASK_FOR_POINTS = """
import json, sys
from nbgrader.api import Gradebook
found = {}
with Gradebook("sqlite:///gradebook.db") as book:
    for submission in book.assignment_submissions("ps02"):
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                name = grade.name.removeprefix("xsq-").removesuffix("-check").replace("-", "_")
                found.setdefault(submission.student.id, {})[name] = grade.score
json.dump(found, sys.stdout)
"""


class Run(NamedTuple):
    """One run of a grader: how many submissions, seconds on the wall and of the processors (all
    its processes together), most bytes at once."""

    grader: str
    submissions: int
    seconds: float
    processor: float
    memory: int


def measured(grader, submissions, command, folder, environment):
    """The Run of a command; raise SystemExit with what it said if it fails."""
    said = Path(folder) / "said.txt"
    with said.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        with Peak(process.pid) as peak:
            status = process.wait()
        seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{shlex.join(map(str, command))}\n{said.read_text(errors='replace')[-3000:]}")
    return Run(grader, submissions, seconds, peak.seconds, peak.bytes)


# ---------------------------------------------------------------------------- the graders


class Lossbook:
    """`lossbook grade` on the first submissions of a class."""

    def __init__(self, command, folder, submissions, expected):
        self.command, self.folder, self.runs = command, folder, 0
        self.submissions, self.expected = submissions, expected
        self.seed = folder / "seed"
        self.environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def grade(self, n):
        """(Run, sentences on wrong marks) for the first n; nothing is kept from earlier runs."""
        self.runs += 1
        place = self.folder / f"lossbook {self.runs}"
        for one in self.expected[:n]:
            shutil.copytree(self.submissions / one.student, place / "in" / one.student)
        out = place / "grades"
        command = [*self.command, place / "in", "--chapter", "02", "--out", out]
        run = measured("lossbook", n, [*command, "--seed-file", self.seed], place, self.environment)
        return run, differences(self.expected[:n], results(out))


class Nbgrader:
    """`nbgrader autograde` on some submissions of a class, in its own environment."""

    def __init__(self, binaries, folder, submissions, expected):
        self.binaries, self.folder, self.runs = binaries, folder, 0
        self.submissions, self.expected = submissions, expected
        self.environment = os.environ | {
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",  # it looks for its own helpers
            "PYTHONPATH": str(ROOT),
            "LOSSBOOK_PROGRESS": "off",
        }
        self.course = folder / "course"
        source = self.course / "source" / "ps02"
        source.mkdir(parents=True)
        (self.course / "nbgrader_config.py").write_text(CONFIG)
        release = ["-m", "lossbook.cli", "release", "02", "--for-nbgrader", "--to", source]
        self._quietly("python", *release)
        self._quietly("nbgrader", "generate_assignment", "ps02")

    def grade(self, students):
        """(Run, sentences on wrong marks) for a slice of the class, in a fresh gradebook."""
        self.runs += 1
        expected = self.expected[students]
        place = self.folder / f"nbgrader {self.runs}"
        shutil.copytree(self.course, place)
        for one in expected:
            handed_in = place / "submitted" / one.student / "ps02"
            handed_in.mkdir(parents=True)
            shutil.copy(self.submissions / one.file, handed_in / FILE)
        command = [self.binaries / "nbgrader", "autograde", "ps02"]
        run = measured("nbgrader", len(expected), command, place, self.environment)
        points = json.loads(self._quietly("python", "-c", ASK_FOR_POINTS, at=place))
        return run, all_or_nothing(expected, points)

    def _quietly(self, program, *arguments, at=None):
        done = subprocess.run(
            [self.binaries / program, *arguments],
            cwd=at or self.course,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(f"{program} {shlex.join(map(str, arguments))}\n{done.stderr[-3000:]}")
        return done.stdout


# ------------------------------------------------------------------------------ the table


def per_second(runs, grader, submissions=None):
    """Submissions per second of all the runs of a grader taken together; None where none is."""
    found = [r for r in runs if r.grader == grader and submissions in (None, r.submissions)]
    return sum(r.submissions for r in found) / sum(r.seconds for r in found) if found else None


def judged(runs):
    """Rows (what, value, limit, whether it is kept) for what the runs can tell."""
    theirs = per_second(runs, "nbgrader")
    for n, limit in ((MANY, TIMES_AT_MANY), (FEW, TIMES_AT_FEW)):
        ours = per_second(runs, "lossbook", n)
        if ours and theirs:
            ratio = ours / theirs
            yield f"times nbgrader's throughput at {n}", ratio, f"≥ {limit}", ratio >= limit
    memory = [run.memory / 1e6 for run in runs if run.grader == "lossbook"]
    if memory:
        most = max(memory)
        yield "MB in total, at most", most, f"≤ {MEGABYTES}", most <= MEGABYTES


def show(run, wrong):
    rate = run.submissions / run.seconds
    print(
        f"| {run.grader} | {run.submissions} | {run.seconds:.1f} | {rate:.2f} "
        f"| {run.seconds / run.submissions:.3f} | {run.processor / run.submissions:.3f} "
        f"| {run.memory / 1e6:.0f} "
        f"| {'all right' if not wrong else f'{len(wrong)} WRONG'} |",
        flush=True,
    )
    for words in wrong[:10]:
        print(f"    {words}")


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", choices=["lossbook", "nbgrader"])
    parser.add_argument("--command", type=shlex.split, default=GRADE, help="in place of `grade`")
    parser.add_argument(
        "--nbgrader", type=Path, default=ROOT / ".venv-nbgrader" / "bin", help="its bin folder"
    )
    return parser.parse_args()


def turns(asked, folder, expected):
    """(grader, which submissions) in the order in which they take turns."""
    half, found = FEW // 2, []
    if asked.only != "nbgrader":
        ours = Lossbook(asked.command, folder, folder / "class", expected)
        found = [(ours, MANY), (ours, FEW)]
    if asked.only != "lossbook":
        theirs = Nbgrader(asked.nbgrader, folder, folder / "class", expected)
        found = [(theirs, slice(half)), *found, (theirs, slice(half, FEW))]
    return found * asked.rounds


def main():
    asked = options()
    if asked.only != "lossbook" and not (asked.nbgrader / "nbgrader").is_file():
        print("nbgrader is not installed here: make .venv-nbgrader/course")
        return 2
    runs, status = [], 0
    print("| grader | submissions | s | per s | s each | CPU s each | MB | marks |")
    print("|---|---:|---:|---:|---:|---:|---:|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = crowd(folder / "class", MANY, seed=2, plain=True)
        for grader, which in turns(asked, folder, expected):
            run, wrong = grader.grade(which)
            show(run, wrong)
            runs.append(run)
            status |= bool(wrong)
    print("\n| what | value | limit | |\n|---|---:|---|---|")
    for what, value, limit, kept in judged(runs):
        print(f"| {what} | {value:.1f} | {limit} | {'ok' if kept else 'MISSED'} |")
        status |= not kept
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
