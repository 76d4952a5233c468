"""The autograder for Gradescope: the content of the zip, and its script."""

import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from lossbook.grading.export.autograder import autograder_zip
from lossbook.grading.gradebook.errors import GradebookError

ROOT = Path(__file__).parents[2]


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


def test_the_zip_has_the_files_of_gradescope_at_its_root(tmp_path, seed):
    autograder_zip("02", tmp_path / "autograder.zip", seed)
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        assert archive.testzip() is None
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in archive.infolist()}
        scripts = [archive.read(name) for name in ("setup.sh", "run_autograder")]
        wanted = archive.read("requirements.txt").decode()
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert modes["seed"] == 0o600
    assert modes["lossbook/grading/export/gradescope.py"] == 0o644
    assert not any("__pycache__" in name for name in modes)
    assert all(script.startswith(b"#!/usr/bin/env bash\n") for script in scripts)
    assert not any(b"\r" in script for script in scripts)
    assert f"numpy=={metadata.version('numpy')}\n" in wanted
    assert f"filelock=={metadata.version('filelock')}\n" in wanted  # of the extra `grading`
    assert "playwright" not in wanted  # of another extra


def test_requirements_are_pinned_and_markers_of_platforms_stay(tmp_path, seed, monkeypatch):
    wanted = [
        "numpy>=2.0",
        "scipy>=1.13; extra == 'grading'",
        """no-such-package>=1; (sys_platform == "plan9") and extra == 'grading'""",
        'x>=1; extra == "y"',
    ]
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    autograder_zip("02", tmp_path / "a.zip", seed)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("requirements.txt").decode().splitlines() == [
            f"numpy=={metadata.version('numpy')}",
            f"scipy=={metadata.version('scipy')}",
            'no-such-package>=1; (sys_platform == "plan9")',
        ]


def test_a_course_that_is_not_installed_is_reported(tmp_path, seed, monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    with pytest.raises(GradebookError, match="install it with pip"):
        autograder_zip("02", tmp_path / "a.zip", seed)
    assert not (tmp_path / "a.zip").exists()


def test_the_same_course_gives_the_same_bytes(tmp_path, seed):
    for name in ("one", "two"):
        autograder_zip("02", tmp_path / name, seed)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_can_read_the_zip(tmp_path, seed):
    autograder_zip("02", tmp_path / "a.zip", seed)
    assert (tmp_path / "a.zip").stat().st_mode & 0o777 == 0o600


def test_the_seed_is_in_one_file_which_setup_removes(unpacked, seed):
    secret = seed.read_bytes()
    found = [path for path in unpacked.rglob("*") if path.is_file()]
    assert [path for path in found if secret in path.read_bytes()] == [unpacked / "seed"]
    setup = (unpacked / "setup.sh").read_text()
    assert setup.endswith("install -m 600 seed /root/lossbook/seed\nrm seed\n")
    assert "--trusted" not in (unpacked / "run_autograder").read_text()


@pytest.mark.parametrize("chapter", ["../02", "", "02; rm -rf /", None])
def test_the_chapter_is_letters_and_digits(tmp_path, seed, chapter):
    with pytest.raises(ValueError, match="letters, digits and _"):
        autograder_zip(chapter, tmp_path / "a.zip", seed)


def test_a_missing_seed_is_reported(tmp_path):
    with pytest.raises(GradebookError, match="cannot read the seed"):
        autograder_zip("02", tmp_path / "a.zip", tmp_path / "none")


BASH = shutil.which("bash") and shutil.which("timeout")
needs_bash = pytest.mark.skipif(
    sys.platform == "win32" or not BASH, reason="Gradescope's script needs bash and timeout"
)

# In place of Python: a `grade` that writes its arguments, and a result if one is prepared.
GRADER = """#!/bin/sh
echo "$@" > {base}/arguments
ls {base}/submission > /dev/null
while [ "$1" != --gradescope ]; do shift; done
cp {base}/prepared.json "$2"
"""


@pytest.fixture
def run(unpacked, seed):
    base = unpacked.parent
    for folder in ("submission", "results"):
        (base / folder).mkdir()
    (base / "submission" / "hw (1).ipynb").write_text("{}")
    grader = base / "python"
    grader.write_text(GRADER.format(base=base))
    grader.chmod(0o755)
    told = {
        "AUTOGRADER": str(base),
        "LOSSBOOK_PYTHON": str(grader),
        "LOSSBOOK_SEED": str(base / "seed"),
    }
    (base / "seed").write_bytes(seed.read_bytes())

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
def test_the_script_runs_lossbook_grade_which_writes_the_result(run):
    (run.base / "prepared.json").write_text('{"score": 3}')
    done, path = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert path.read_text() == '{"score": 3}'
    arguments = (run.base / "arguments").read_text()
    assert arguments.startswith("-m lossbook.cli grade ")
    assert "--chapter 02" in arguments
    assert f"--seed-file {run.base / 'seed'}" in arguments
    folder = Path(arguments.split("grade ")[1].split(" --")[0])
    assert not folder.exists()  # nothing is left behind


@needs_bash
def test_without_a_grade_the_run_fails_and_leaves_no_old_result(run):
    (run.base / "results" / "results.json").write_text('{"score": 0}')
    done, path = run()
    assert done.returncode != 0
    assert not path.exists()


@needs_bash
def test_without_the_seed_nothing_is_graded(run):
    """A new seed for each submission would give each student other tests."""
    (run.base / "seed").unlink()
    done, path = run()
    assert done.returncode == 1
    assert "there is no seed" in done.stdout
    assert not path.exists()
    assert not (run.base / "arguments").exists()
