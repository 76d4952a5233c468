"""`lossbook grade` as a teacher types it."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from lossbook import cli
from lossbook.cli import grade_class
from tests.helpers.classroom import crowd, empty, solution, twenty, with_answers, write
from tests.helpers.processes import tree

LINUX = sys.platform == "linux"


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """ada has everything, bo nothing, cy a file that is cut off; graded once."""
    base = tmp_path_factory.mktemp("course")
    write(solution("02"), base / "in" / "ada" / "02_squared_error_exercises.ipynb")
    write(empty("02"), base / "in" / "bo" / "02_squared_error_exercises.ipynb")
    write(empty("02"), base / "in" / "cy" / "02_squared_error_exercises.ipynb")
    whole = (base / "in" / "cy" / "02_squared_error_exercises.ipynb").read_bytes()
    (base / "in" / "cy" / "02_squared_error_exercises.ipynb").write_bytes(whole[: len(whole) // 2])
    assert run(base / "in", base) == 3  # one is blank
    return base


def run(submissions, base, *more):
    """Run the command here and return its exit status."""
    places = ["--out", str(base / "grades"), "--seed-file", str(base / "seed.txt")]
    return cli.main(["grade", str(submissions), *places, "--trusted", *map(str, more)])


def table(base):
    with (base / "grades" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


# ------------------------------------------------------------------------- what it writes


def test_the_table_has_a_row_for_each_student_graded_or_blank(three):
    rows = table(three)
    assert {name: row["score"] for name, row in rows.items()} == {"ada": "14", "bo": "0", "cy": ""}
    assert "cut off" in rows["cy"]["look_at"]
    assert len({row["seed_id"] for row in rows.values()}) == 1


def test_each_student_has_a_page_and_the_class_has_one(three):
    index = (three / "grades" / "index.html").read_text(encoding="utf-8")
    assert "Squared error and its relatives" in index
    pages = sorted((three / "grades" / "students").glob("*.html"))
    assert [page.name.split("-")[0] for page in pages] == ["ada", "bo", "cy"]


def test_gradescope_gets_a_result_only_on_request(three, tmp_path, capsys):
    assert not list((three / "grades").rglob("*gradescope*"))
    path = tmp_path / "results.json"
    assert run(three / "in" / "ada", tmp_path, "--gradescope", path) == 0
    assert json.loads(path.read_text(encoding="utf-8"))["score"] == 14
    assert run(three / "in", three, "--gradescope", path) == 2
    assert "Gradescope takes one result, there are 3" in capsys.readouterr().err
    assert not path.exists()


def test_a_teachers_templates_are_used_and_checked_first(three, tmp_path, capsys):
    shutil.copytree(three, tmp_path / "course")
    base = tmp_path / "course"
    template = base / "student.html"
    template.write_text("{{ result.student }} has {{ result.score }}")
    run(base / "in", base, "--templates", base)
    pages = sorted((base / "grades" / "students").glob("*.html"))
    assert [page.read_text() for page in pages] == ["ada has 14.0", "bo has 0.0", "cy has None"]
    template.write_text("{{ result.student")
    assert run(base / "in", base, "--templates", base) == 2
    assert "student.html, line 1" in capsys.readouterr().err


def test_the_secret_is_in_nothing_that_is_handed_back(three):
    key = (three / "seed.txt").read_text().strip()
    for path in (three / "grades").rglob("*"):
        if path.is_file():
            assert key.encode() not in path.read_bytes(), path


def test_the_submissions_are_as_they_were(three):
    assert sorted(path.name for path in (three / "in").iterdir()) == ["ada", "bo", "cy"]


# ----------------------------------------------------------------------------- a second run


def test_what_has_not_changed_is_not_graded_again(three, capsys, monkeypatch):
    graded = []
    real = grade_class.batch.grade_all
    monkeypatch.setattr(
        grade_class.batch,
        "grade_all",
        lambda todo, *a, **k: (graded.extend(todo), real(todo, *a, **k)),
    )
    run(three / "in", three)
    assert "3 of 3 are unchanged" in capsys.readouterr().out
    assert graded == []
    run(three / "in", three, "--regrade")
    assert [one.student for one in graded] == ["ada", "bo", "cy"]


def test_a_new_version_takes_the_place_of_the_old_one(three, tmp_path):
    shutil.copytree(three, tmp_path / "course")
    base = tmp_path / "course"
    write(
        with_answers("02", {"newsagent": ...}),
        base / "in" / "bo" / "02_squared_error_exercises.ipynb",
    )
    run(base / "in", base)
    rows = table(base)
    assert rows["bo"]["score"] == "2"
    assert len(rows) == 3


def test_manual_points_are_in_the_table_and_not_in_the_gradebook(three, tmp_path):
    shutil.copytree(three, tmp_path / "course")
    base = tmp_path / "course"
    (base / "late.csv").write_text("student,exercise,points,why\nada,,-10%,a day late\n")
    run(base / "in", base, "--points", base / "late.csv")
    assert table(base)["ada"]["score"] == "12.6"
    kept = next((base / "grades" / "results").glob("ada-*.json"))
    assert json.loads(kept.read_text(encoding="utf-8"))["score"] == 14


def test_a_class_from_moodle_goes_back_to_moodle(tmp_path, capsys):
    """A roster, a deadline, weights, a scale and a comment; then the files of the platform."""
    (tmp_path / "in").mkdir()
    class_ = tmp_path / "in" / "HW-1.zip"
    name = "{}_{}_assignsubmission_file_/02_squared_error.ipynb"
    with zipfile.ZipFile(class_, "w") as packed:
        for student, number, notebook, day in [
            ("Ada Lovelace", 101, solution("02"), 1),
            ("Bo Li", 102, solution("02"), 3),
            ("Eve", 104, empty("02"), 1),
        ]:
            info = zipfile.ZipInfo(name.format(student, number), (2026, 3, day, 12, 0, 0))
            packed.writestr(info, json.dumps(notebook))
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(
        "Identifier,Full name,Email address,Grade\nParticipant 101,Ada Lovelace,a@x,\n"
        "Participant 102,Bo Li,b@x,\nParticipant 103,Cy Young,c@x,\n"
    )
    comments = tmp_path / "comments.csv"
    comments.write_text("student,exercise,points,why\nAda Lovelace,newsagent,,well argued\n")
    policy = ["--roster", worksheet, "--points", comments, "--only", "newsagent,huber_regression"]
    policy += ["--weights", "huber_regression=0.5", "--scale", "100"]
    policy += ["--late", "10%/day", "--deadline", "2026-03-01T23:59+08:00"]
    assert run(tmp_path / "in", tmp_path, *policy) == 0
    said = capsys.readouterr().out
    assert "1 missing" in said
    assert "late: 1. The time of handing in is told by the time in the zip file (3)" in said

    rows = table(tmp_path)
    assert list(rows) == ["Ada Lovelace", "Bo Li", "Cy Young", "Eve"]
    assert {row["most"] for row in rows.values()} == {"3.5"}
    assert [row["score"] for row in rows.values()] == ["3.5", "2.8", "", "0"]
    assert [row["of 100"] for row in rows.values()] == ["100", "80", "", "0"]
    assert "2 days late by the time in the zip file" in rows["Bo Li"]["by_hand"]
    assert (rows["Cy Young"]["status"], rows["Cy Young"]["id"]) == ("missing", "103")
    assert "roster" in rows["Eve"]["look_at"]

    with (tmp_path / "grades" / "moodle-grades.csv").open(encoding="utf-8", newline="") as file:
        grades = {row["Identifier"]: row["Grade"] for row in csv.DictReader(file)}
    assert grades == dict(
        zip([f"Participant {k}" for k in (101, 102, 104, 103)], ["100", "80", "0", ""], strict=True)
    )
    with zipfile.ZipFile(tmp_path / "grades" / "moodle-feedback.zip") as packed:
        assert len(packed.namelist()) == 3
        page = packed.read("Ada Lovelace_101_assignsubmission_file_/feedback.html").decode()
    assert "From your teacher: well argued" in page
    assert "100 of 100" in page
    index = (tmp_path / "grades" / "index.html").read_text(encoding="utf-8")
    assert "Nothing was handed in by these students" in index


# ------------------------------------------------------------------------------------ slips


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--chapter", "12"], "a chapter must be one of 01, 02"),
        (["--shard", "4/3"], "--shard must be like 3/8, got 4/3"),
        (["--shard", "a"], "--shard must be like 3/8, got a"),
        (["--workers", "0"], "--workers must be at least 1, got 0"),
        (["--gradebook", "sqlite:///x.db"], "--gradebook needs --assignment NAME"),
        (["--late", "10%/day"], "--late and --deadline go together"),
        (["--late", "lots", "--deadline", "2026-03-01"], "late must be like 10%/day"),
        (["--weights", "hubert=2"], "there is no exercise 'hubert'"),
        (["--only", "huber_regresion"], "is it 'huber_regression'?"),
        (["--scale", "0"], "--scale must be positive"),
        (["--roster", "nowhere.csv"], "nowhere.csv"),
        (["--for-student"], "--for-student needs --explain"),
        (["--points", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_a_user_error_is_one_line(three, capsys, more, says):
    assert run(three / "in", three, *more) == 2
    output = capsys.readouterr().err
    assert says in output
    assert "Traceback" not in output


def test_a_folder_that_is_not_there(tmp_path, capsys):
    assert run(tmp_path / "nowhere", tmp_path) == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_folder_without_notebooks(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    assert run(tmp_path / "in", tmp_path) == 2
    assert "there is no notebook in" in capsys.readouterr().err


def test_files_that_do_not_say_their_chapter(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.py").write_text("x = 1\n")
    assert run(tmp_path / "in", tmp_path) == 2
    assert "add --chapter 02" in capsys.readouterr().err


def test_untrusted_code_is_refused_without_isolation(three, tmp_path, capsys):
    argv = ["grade", str(three / "in"), "--tier", "process", "--out", str(tmp_path / "out")]
    assert cli.main([*argv, "--seed-file", str(three / "seed.txt")]) == 2
    assert "--trusted" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------- whole processes, from outside


@pytest.fixture
def command(tmp_path):
    """Start the command as a separate process."""
    started = []

    def start(submissions, *more):
        done = subprocess.Popen(
            [
                *(sys.executable, "-m", "lossbook.cli", "grade", submissions, "--chapter", "02"),
                *("--out", tmp_path / "grades", "--seed-file", tmp_path / "seed.txt", *more),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_hears_control_c if LINUX else None,
        )
        started.append(done)
        return done

    yield start
    for one in started:
        one.kill()
        one.communicate()


def _hears_control_c():
    """A shell makes background processes ignore SIGINT, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until(enough, seconds=60):
    end = time.monotonic() + seconds
    while not enough():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(not LINUX, reason="signals and /proc are Linux's")
def test_control_c_keeps_what_is_graded_and_leaves_no_process(command, tmp_path):
    crowd(tmp_path / "in", 40, plain=True)
    running = command(tmp_path / "in", "--workers", "2")
    results = tmp_path / "grades" / "results"
    until(lambda: len(list(results.glob("*.json"))) >= 3)
    processes = tree(running.pid)
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=30)
    assert running.returncode == 2
    assert "are graded and kept; run the same command again to go on" in output
    assert "Traceback" not in output
    until(lambda: not any(map(_lives, processes)), seconds=10)
    kept = len(list(results.glob("*.json")))
    assert 3 <= kept < 40
    again = command(tmp_path / "in", "--workers", "2")
    output, _ = again.communicate(timeout=300)
    assert again.returncode == 0, output
    assert f"{kept} of 40 are unchanged" in output
    assert len(table(tmp_path)) == 40


@pytest.mark.skipif(not LINUX, reason="signals and /proc are Linux's")
def test_the_next_run_removes_what_a_killed_run_left(command, tmp_path, monkeypatch):
    crowd(tmp_path / "in", 12, plain=True)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    running = command(tmp_path / "in", "--workers", "1")
    until(lambda: list((tmp_path / "grades" / "results").glob("*.json")))
    processes = tree(running.pid)
    running.kill()
    running.communicate(timeout=30)
    until(lambda: not any(map(_lives, processes)), seconds=10)
    left = {path.name.split("-")[1] for path in (tmp_path / "temporary").iterdir()}
    assert left == {"grade", "sandbox"}
    output, _ = command(tmp_path / "in").communicate(timeout=300)
    assert "12 graded" in output
    assert list((tmp_path / "temporary").iterdir()) == []


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


DIES = """
import os, signal, sys
from lossbook import cli
from lossbook.grading.marking import batch
grade = batch.grade
def dies(submission, *more, **options):
    if submission.student == "mallory":
        os.kill(os.getpid(), signal.SIGKILL)
    return grade(submission, *more, **options)
batch.grade = dies
sys.exit(cli.main(["grade", *sys.argv[1:]]))
"""


@pytest.mark.skipif(not LINUX, reason="the grader is killed by a signal of Linux")
def test_a_submission_that_ends_the_grader_twice_is_blank(tmp_path):
    """As one that makes it take all memory: the others are graded, and the run goes on."""
    for student in ("ada", "mallory", "zoe"):
        write(solution("02"), tmp_path / "in" / student / "02_squared_error_exercises.ipynb")
    places = ["--out", tmp_path / "grades", "--seed-file", tmp_path / "seed.txt", "--workers", "1"]
    command = [sys.executable, "-c", DIES, tmp_path / "in", "--trusted", *places]
    statuses = [subprocess.run(command, capture_output=True).returncode for _ in range(4)]
    assert statuses == [-signal.SIGKILL, -signal.SIGKILL, 3, 3]
    rows = table(tmp_path)
    scores = {name: row["score"] for name, row in rows.items()}
    assert scores == {"ada": "14", "mallory": "", "zoe": "14"}
    assert "ended twice" in rows["mallory"]["look_at"]
    again = subprocess.run([*command, "--regrade"], capture_output=True)
    assert again.returncode == -signal.SIGKILL  # it was asked for


@pytest.mark.skipif(not LINUX, reason="two machines would do as well, elsewhere")
def test_shards_fill_one_gradebook(command, tmp_path):
    expected = twenty(tmp_path / "in")
    parts = [command(tmp_path / "in", "--shard", f"{k}/2", "--workers", "1") for k in (1, 2)]
    for part in parts:
        output, _ = part.communicate(timeout=300)
        assert "Traceback" not in output
    last = command(tmp_path / "in")
    output, _ = last.communicate(timeout=300)
    assert "20 of 20 are unchanged" in output
    assert set(table(tmp_path)) == {one.student for one in expected}


def test_a_full_disk_is_reported_in_words(three, tmp_path, capsys, monkeypatch):
    shutil.copytree(three, tmp_path / "course")
    base = tmp_path / "course"
    before = table(base)

    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("os.fsync", full)
    assert run(base / "in", base, "--regrade") == 2
    output = capsys.readouterr().err
    assert "the disk is full" in output
    assert "Traceback" not in output
    monkeypatch.undo()
    assert table(base) == before
