"""Results for Gradescope: as its specification says, and never a 0 that nobody earned."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from made import HUBER, RMSE, blank, graded

from lossbook.grading.book.autograder import autograder_zip
from lossbook.grading.book.files import BookError
from lossbook.grading.book.gradescope import hand_over, results_json, write_json
from lossbook.grading.book.overrides import apply, read_overrides
from lossbook.grading.marks import result as marks

ROOT = Path(__file__).parents[2]
# All that the specification knows, and of what kind.
ON_TOP = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": str,
    "test_output_format": str,
    "test_name_format": str,
    "stdout_visibility": str,
    "extra_data": dict,
    "tests": list,
}
ON_A_TEST = {
    "score": (int, float),
    "max_score": (int, float),
    "status": str,
    "name": str,
    "number": str,
    "output": str,
    "output_format": str,
    "visibility": str,
}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}


def assert_fits_the_specification(made):
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    for entry, known in [(made, ON_TOP), *((test, ON_A_TEST) for test in made.get("tests", []))]:
        for name, value in entry.items():
            assert isinstance(value, known[name]), name
        assert {entry[name] for name in entry if name.endswith("format")} == {"text"}
    for test in made.get("tests", []):
        assert test["visibility"] in VISIBILITIES
        assert test.get("status", "passed") in {"passed", "failed"}


def test_each_test_has_its_points_and_what_a_student_may_see_when():
    made = results_json(graded())
    assert_fits_the_specification(made)
    assert made["score"] == 3.0
    rows = [
        (one["number"], one.get("score"), one.get("max_score"), one["visibility"])
        for one in made["tests"]
    ]
    assert rows == [
        ("1", None, None, "after_published"),  # what is said on the answer as a whole
        ("1.1", 1.0, 1.0, "visible"),
        ("1.2", 0.0, 2.0, "after_published"),  # drawn from the secret seed
        ("2", 2.0, 2.0, "after_published"),  # an answer without tests carries the points itself
    ]
    assert made["tests"][2]["name"] == "A root that does not overflow: huge residuals"
    assert made["tests"][2]["output"] == "the result overflows to infinity"
    assert "you square before you scale" in made["tests"][0]["output"]


def test_the_case_that_is_shown_stands_at_the_first_visible_test_that_failed():
    failed = marks.Test("small residuals", 1.0, 0.0, True, "wrong value")
    answer = marks.Answer(**{**vars(RMSE), "earned": 0.0, "tests": (failed, failed, RMSE.tests[1])})
    outputs = [one["output"] for one in results_json(graded(answers=(answer,)))["tests"]]
    assert outputs[1] == "\n".join(["wrong value", *RMSE.shown])
    assert outputs[2] == "wrong value"
    assert RMSE.shown[0] not in outputs[0] + outputs[3]


def test_the_points_of_the_tests_add_up_to_the_score():
    made = results_json(graded())
    assert sum(one.get("score", 0) for one in made["tests"]) == made["score"]
    assert sum(one.get("max_score", 0) for one in made["tests"]) == graded().most


def test_a_blank_result_has_no_score_anywhere():
    made = results_json(blank())
    assert_fits_the_specification(made)
    assert "score" not in made
    assert "tests" not in made
    assert "cut off" in made["output"]


def test_an_answer_that_could_not_be_asked_has_no_points():
    not_run = marks.Answer(**{**vars(RMSE), "earned": 0.0, "state": "not run"})
    made = results_json(graded(answers=(not_run, HUBER), score=2.0, status="partly run"))
    assert ["score" in one for one in made["tests"]] == [False, False, False, True]
    assert [one.get("status") for one in made["tests"]] == ["failed", "failed", "failed", "passed"]


def test_points_by_hand_count_and_are_said(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text("student,exercise,points,why\nada,,+4,talk in class\n")
    made = results_json(apply(graded(), read_overrides(path, [graded()])))
    assert made["score"] == 7.0
    assert "talk in class" in made["output"]


def test_nothing_of_a_student_becomes_html_or_breaks_the_file():
    evil = "<script>alert(1)</script>\x00\ud800\r\n" + "x" * 99_999
    answer = marks.Answer(**{**vars(RMSE), "head": evil, "shown": (evil,), "title": evil})
    made = results_json(graded(answers=(answer,), notes=(evil,)))
    assert_fits_the_specification(made)
    text = json.dumps(made)
    assert "\\u0000" not in text
    assert "\\ud800" not in text
    assert len(text) < 30_000


def test_the_teachers_list_is_not_shown_to_students():
    assert "copied" not in json.dumps(results_json(graded(look_at=("looks copied",))))


# ------------------------------------------------------------------------------- hand over


@pytest.fixture
def place(tmp_path):
    (tmp_path / "made").mkdir()
    return tmp_path / "made", tmp_path / "results.json"


def test_one_result_with_a_score_is_handed_over(place):
    folder, path = place
    write_json(graded(score=0.0), folder / "submission.json")
    hand_over(folder, path)
    assert json.loads(path.read_text()) == results_json(graded(score=0.0))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ([], "there are 0"),
        ([graded(), graded()], "there are 2"),
        ([blank()], "not graded.*cut off"),
        (["nonsense"], "is no result"),
        (["[]"], "is no result"),
    ],
)
def test_without_exactly_one_score_nothing_is_handed_over(place, made, said):
    folder, path = place
    path.write_text('{"score": 10}')  # whoever put it there: it does not count
    for k, result in enumerate(made):
        file = folder / f"{k}.json"
        file.write_text(result) if isinstance(result, str) else write_json(result, file)
    with pytest.raises(BookError, match=f"(?s){said}"):
        hand_over(folder, path)
    assert not path.exists()


# ------------------------------------------------------------------------- the autograder


@pytest.fixture
def seed(tmp_path):
    path = tmp_path / "course.seed"
    path.write_bytes(b"the secret of this course")
    return path


@pytest.fixture
def unpacked(tmp_path, seed):
    autograder_zip("02", tmp_path / "autograder.zip", seed)
    source = tmp_path / "autograder" / "source"
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        archive.extractall(source)
    return source


def test_the_zip_has_what_gradescope_asks_for_at_its_root(tmp_path, seed):
    autograder_zip("02", tmp_path / "autograder.zip", seed)
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        assert archive.testzip() is None
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in archive.infolist()}
        scripts = [archive.read(name) for name in ("setup.sh", "run_autograder")]
        wanted = archive.read("requirements.txt").decode()
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert modes["seed"] == 0o600
    assert modes["lossbook/grading/book/gradescope.py"] == 0o644
    assert not any("__pycache__" in name for name in modes)
    assert all(script.startswith(b"#!/usr/bin/env bash\n") for script in scripts)
    assert not any(b"\r" in script for script in scripts)
    assert f"numpy=={metadata.version('numpy')}\n" in wanted
    assert "playwright" not in wanted  # an extra


def test_a_package_for_other_systems_is_asked_for_as_it_is(tmp_path, seed, monkeypatch):
    wanted = ["numpy>=2.0", 'no-such-package>=1; sys_platform == "plan9"', 'x>=1; extra == "y"']
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    autograder_zip("02", tmp_path / "a.zip", seed)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("requirements.txt").decode().splitlines() == [
            f"numpy=={metadata.version('numpy')}",
            'no-such-package>=1; sys_platform == "plan9"',
        ]


def test_a_course_that_is_not_installed_is_said(tmp_path, seed, monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    with pytest.raises(BookError, match="install it with pip"):
        autograder_zip("02", tmp_path / "a.zip", seed)
    assert not (tmp_path / "a.zip").exists()


def test_the_same_course_gives_the_same_bytes(tmp_path, seed):
    for name in ("one", "two"):
        autograder_zip("02", tmp_path / name, seed)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_seed_is_in_one_file_which_the_setup_takes_away(unpacked, seed):
    secret = seed.read_bytes()
    found = [path for path in unpacked.rglob("*") if path.is_file()]
    assert [path for path in found if secret in path.read_bytes()] == [unpacked / "seed"]
    setup = (unpacked / "setup.sh").read_text()
    assert setup.endswith("install -m 600 seed /root/lossbook/seed\nrm seed\n")
    assert "--trusted" not in (unpacked / "run_autograder").read_text()


@pytest.mark.parametrize("chapter", ["../02", "2", "02; rm -rf /", None])
def test_the_chapter_is_two_digits(tmp_path, seed, chapter):
    with pytest.raises(ValueError, match="two digits"):
        autograder_zip(chapter, tmp_path / "a.zip", seed)


def test_a_seed_that_is_not_there_is_said(tmp_path):
    with pytest.raises(BookError, match="cannot read the seed"):
        autograder_zip("02", tmp_path / "a.zip", tmp_path / "none")


BASH = shutil.which("bash") and shutil.which("timeout")
needs_bash = pytest.mark.skipif(
    sys.platform == "win32" or not BASH, reason="Gradescope's script needs bash and timeout"
)

# In place of Python: `grade` copies a result that was made before, the rest is Python itself.
GRADER = """#!/bin/sh
if [ "$2" = lossbook.cli ]; then
    echo "$@" > {base}/asked
    ls {base}/submission > /dev/null
    while [ "$1" != --out ]; do shift; done
    mkdir -p "$2/gradescope"
    cp {base}/prepared/*.json "$2/gradescope/"
    exit 1
fi
exec {python} "$@"
"""


@pytest.fixture
def run(unpacked):
    base = unpacked.parent
    for folder in ("submission", "results", "prepared"):
        (base / folder).mkdir()
    (base / "submission" / "hw (1).ipynb").write_text("{}")
    grader = base / "python"
    grader.write_text(GRADER.format(base=base, python=sys.executable))
    grader.chmod(0o755)
    told = {"AUTOGRADER": str(base), "LOSSBOOK_PYTHON": str(grader), "LOSSBOOK_SEED": "/seed"}

    def run():
        script = str(unpacked / "run_autograder")
        done = subprocess.run(
            ["bash", script],
            env=os.environ | told | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        return done, base / "results" / "results.json"

    run.base = base
    return run


@needs_bash
def test_the_scripts_are_bash(unpacked):
    for name in ("setup.sh", "run_autograder"):
        done = subprocess.run(["bash", "-n", unpacked / name], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


@needs_bash
def test_the_autograder_runs_lossbook_grade_and_hands_the_result_over(run):
    write_json(graded(), run.base / "prepared" / "submission.json")
    done, path = run()
    assert done.stderr == ""
    assert json.loads(path.read_text())["score"] == 3.0
    asked = (run.base / "asked").read_text()
    assert "grade" in asked
    assert "--chapter 02" in asked
    assert "--seed-file /seed" in asked
    folder = Path(asked.split("grade ")[1].split(" --")[0])
    assert not folder.exists()  # nothing is left behind


@needs_bash
def test_a_submission_without_a_grade_is_a_failed_run_and_not_a_0(run):
    write_json(blank(), run.base / "prepared" / "submission.json")
    (run.base / "results" / "results.json").write_text('{"score": 0}')
    done, path = run()
    assert done.returncode == 1
    assert "cut off" in done.stdout
    assert not path.exists()
