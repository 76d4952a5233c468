"""The exercises are assignments for nbgrader as well: run `make test-nbgrader`.

Every chapter: `nbgrader validate` finds the solutions right, `generate_assignment` cuts them out,
`autograde` gives all the points to the solutions and none to the untouched assignment.
"""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
SOLUTIONS = sorted(ROOT.glob("exercises/solutions/*.ipynb"))
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "lossbook"
c.ExecutePreprocessor.timeout = 120
"""


def nbgrader(course, *arguments):
    """Run one nbgrader command in the folder `course` and return its output."""
    beside = Path(sys.executable).parent  # nbgrader looks for its own helpers on the PATH
    environment = os.environ | {
        "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}",
        "LOSSBOOK_PROGRESS": "off",
    }
    done = subprocess.run(
        [beside / "nbgrader", *arguments],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with an assignment of all chapters; ada submits solutions, bo an empty one."""
    course = tmp_path_factory.mktemp("course")
    (course / "nbgrader_config.py").write_text(CONFIG)
    source = str(course / "source" / "all")
    release = [sys.executable, "-m", "lossbook.cli", "release", "--for-nbgrader", "--to", source]
    subprocess.run(release, cwd=ROOT, check=True)
    nbgrader(course, "generate_assignment", "all")
    for student, folder in (("ada", "source"), ("bo", "release")):
        shutil.copytree(course / folder / "all", course / "submitted" / student / "all")
    nbgrader(course, "autograde", "all")
    return course


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_solutions_validate(path, tmp_path):
    assert "Success" in nbgrader(tmp_path, "validate", str(path))


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_assignment_contains_no_solution(course, path):
    released = nbformat.read(
        course / "release" / "all" / path.name.replace("_solutions", "_exercises"), as_version=4
    )
    text = "\n".join(cell.source for cell in released.cells)
    for mark in ("SOLUTION", "HIDDEN TESTS", "check.require", "**Discussion.**"):
        assert mark not in text


def test_solutions_get_all_points_and_empty_answers_none(course):
    nbgrader(course, "export")
    with (course / "grades.csv").open(newline="") as file:
        grades = {row["student_id"]: row for row in csv.DictReader(file)}
    most = float(grades["ada"]["max_score"])
    assert most > 0
    assert float(grades["ada"]["score"]) == most
    assert float(grades["bo"]["score"]) == 0
