"""Kill the grader, a sandbox or a worker with SIGKILL at random moments of a class; run it again.

    python -m tests.benchmarks.kill9 [--kills 20] [--students 200] [--seed 0]

Afterwards the gradebook must be complete: one result and one row for each student, the grades of an
undisturbed run, no result graded again that was saved before a kill, and no process left behind.
A submission that was in work at two kills of the grader is blank.
The exit code is 1 if not. Linux only.
"""

import argparse
import contextlib
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.helpers.classroom import crowd
from tests.helpers.processes import ROLES, adopt_orphans, kill_random, left_behind
from tests.helpers.verdicts import differences, not_once, results, rows

ROOT = Path(__file__).parents[2]
GRADE = [sys.executable, "-m", "lossbook.cli", "grade"]


class Course:
    """Submissions, and the command that grades them into a folder."""

    def __init__(self, command, folder, students):
        self.folder = folder
        self.expected = crowd(folder / "in", students, seed=9)
        self.environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.command = [*command, folder / "in", "--chapter", "02"]
        self.command += ["--seed-file", folder / "seed"]

    def start(self, out):
        """Start to grade into the folder `out`, or continue."""
        out.mkdir(exist_ok=True)
        with (out.parent / f"{out.name}.txt").open("ab") as said:
            return subprocess.Popen(
                [*self.command, "--out", out],
                cwd=self.folder,
                env=self.environment,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def finish(self, out):
        """Grade to the end; raise SystemExit with the output if that fails."""
        status = self.start(out).wait()
        if not self.finished(out, status):
            self.give_up(out, status)

    def finished(self, out, status):
        """Whether a run that ended with this status has graded all submissions."""
        told = status in (0, 3) and (out / "grades.csv").is_file()  # 3: some are blank
        return told and len(stored(out)) >= len(self.expected)

    def give_up(self, out, status):
        said = (out.parent / f"{out.name}.txt").read_text(errors="replace")
        sys.exit(f"grading ended with status {status}:\n{said[-3000:]}")


def stored(out):
    """{name: bytes} of the results in the gradebook."""
    return {path.name: path.read_bytes() for path in sorted((out / "results").glob("*.json"))}


def settled(out):
    """Those that a later run keeps; it grades again what three kills have left without a grade."""
    return {name: data for name, data in stored(out).items() if json.loads(data)["sha256"]}


def grades(out):
    """{student: {what: value}} of everything that must not depend on the kills."""
    return {
        result.student: {
            "status": result.status,
            "score": result.score,
            **{a.name: (a.state, a.earned, [t.earned for t in a.tests]) for a in result.answers},
        }
        for result in results(out)
    }


# ------------------------------------------------------------------------------- killing


class Killer:
    """Disturbs one run after the other until it has killed enough processes."""

    def __init__(self, course, kills, seed, seconds):
        self.course, self.left, self.seconds = course, kills, seconds
        self.rng = random.Random(seed)
        self.killed, self.stopped = dict.fromkeys(ROLES, 0), 0

    def disturb(self, out):
        """Grade into `out` to the end, with kills; return sentences on what went wrong."""
        wrong, before, done = [], {}, False
        while not done:
            run, hurt = self.course.start(out), False
            # Some moments are during the start, most during the grading.
            while self.left and not _ends(run, self.rng.uniform(0.05, 0.2) * self.seconds):
                before |= settled(out)
                hurt |= self._kill(run, self.rng.choice(ROLES), len(before))
            status = run.wait()
            wrong += outlived()
            done = self.course.finished(out, status)
            if not done and not hurt:
                self.course.give_up(out, status)
            self.stopped += not done and status > 0
        after = stored(out)
        changed = [name for name, content in before.items() if after.get(name) != content]
        return wrong + [f"{name} was graded twice or is lost" for name in changed]

    def _kill(self, run, role, done):
        """Whether a process was killed; there may be none of that role."""
        if kill_random(run.pid, role, self.rng) is None:
            return False
        self.left -= 1
        self.killed[role] += 1
        print(f"| {sum(self.killed.values())} | {role} | {done} |", flush=True)
        return True


def _ends(run, seconds):
    """Whether a process ends within some seconds."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.wait(seconds)
    return run.returncode is not None


def outlived():
    """A sentence if processes are left although the grader has ended."""
    left = left_behind()
    return [f"{len(left)} processes outlived the grader"] if left else []


def missing(course, out, undisturbed):
    """Sentences on the differences between a disturbed and an undisturbed run."""
    wrong = not_once([result.student for result in results(out)], course.expected)
    listed = not_once([row["student"] for row in rows(out)], course.expected)
    wrong += [f"grades.csv: {words}" for words in listed]
    mine = grades(out)
    given_up = {r.student for r in results(out) if "ended twice" in " ".join(r.look_at)}
    return wrong + [
        f"{student}: {what}: {mine[student].get(what)}, undisturbed {value}"
        for student, grade in undisturbed.items()
        for what, value in grade.items()
        if student in mine and student not in given_up and mine[student].get(what) != value
    ]


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--command", type=shlex.split, default=GRADE, help="in place of `grade`")
    return parser.parse_args()


def main():
    asked = options()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as name:
        course = Course(asked.command, Path(name), asked.students)
        calm = Path(name) / "undisturbed"
        start = time.monotonic()
        course.finish(calm)
        seconds = time.monotonic() - start
        print(f"undisturbed: {asked.students} submissions in {seconds:.1f} s")
        wrong = differences(course.expected, results(calm))
        undisturbed, turn = grades(calm), 0
        killer = Killer(course, asked.kills, asked.seed, seconds)
        print("| kill −9 | of | results in the gradebook |\n|---:|---|---:|")
        while killer.left:  # a run that ends too early is followed by another
            turn += 1
            out = Path(name) / f"disturbed {turn}"
            wrong += killer.disturb(out)
            wrong += missing(course, out, undisturbed)
            before = stored(out)
            course.finish(out)
            if stored(out) != before:
                wrong.append("a finished run was repeated, and its results changed")
    print(f"killed: {killer.killed}, in {turn} runs over the whole class")
    print(f"{killer.stopped} times a run stopped by itself, with a message, and was started again")
    for words in wrong:
        print(f"WRONG: {words}")
    print("the gradebook is complete" if not wrong else f"{len(wrong)} differences")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
