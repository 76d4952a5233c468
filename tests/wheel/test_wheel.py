"""Every command from the installed wheel, in an empty folder: no checkout, no repository.

The wheel goes into an environment of its own, which borrows the other packages of this one.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.name for path in ROOT.glob("exercises/*.ipynb"))


@pytest.fixture(scope="session")
def python(tmp_path_factory):
    """The interpreter of an environment that holds the wheel of this checkout."""
    base = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", base, ROOT]
    subprocess.run([*pip, *build], check=True)
    venv.create(base / "env", symlinks=os.name != "nt")
    place = sysconfig.get_path("scripts", "venv", {"base": str(base / "env")})
    python = shutil.which("python", path=place)
    [wheel] = base.glob("lossbook-*.whl")
    subprocess.run([*pip, f"--python={python}", "install", "--no-deps", wheel], check=True)
    # A folder that a .pth file adds brings no .pth files of its own, such as `pip install -e` made.
    site = sysconfig.get_path("purelib", "venv", {"base": str(base / "env")})
    Path(site, "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


@pytest.fixture
def lossbook(python, tmp_path, monkeypatch):
    """Run the command in an empty folder; return what it printed, of both streams."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    alone = {f"JUPYTER_{name}_DIR": str(tmp_path) for name in ("CONFIG", "DATA", "RUNTIME")}
    alone |= {"LOSSBOOK_PROGRESS": str(tmp_path / "progress.json"), "PYTHONPATH": ""}

    script = shutil.which("lossbook", path=Path(python).parent)

    def run(*argv, status=0, command=(script,)):
        done = subprocess.run(
            [*command, *argv],
            env=os.environ | alone,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    return run


def notebook(path, source):
    start = "from lossbook.exercises import checker\ncheck = checker('02')\n"
    nbformat.write(new_notebook(cells=[new_code_cell(start + source, id="a-cell")]), path)
    return path


def test_it_is_the_wheel_and_not_the_checkout(lossbook, python):
    where = Path(lossbook("-c", "import lossbook; print(lossbook.__file__)", command=(python,)))
    assert ROOT not in where.parents
    assert lossbook("--version").startswith("lossbook ")


def test_the_description_links_to_no_file(python):
    said = "from importlib.metadata import metadata; print(metadata('lossbook')['Description'])"
    page = subprocess.run([python, "-c", said], capture_output=True, encoding="utf-8").stdout
    assert "## Chapters" in page
    assert [target for target in re.findall(r"\]\(([^)]*)", page) if target[:6] != "https:"] == []


def test_lab_copies_the_course(lossbook):
    said = lossbook("lab", "--version")  # JupyterLab takes the argument, and starts no server
    assert "copied 26 notebook(s)" in said
    assert sorted(path.name for path in Path("lossbook-course/exercises").glob("*.ipynb")) == NAMES


def test_lab_finds_its_files(lossbook, python):
    listed = "from lossbook.cli.place import LAB_DATA; print(*LAB_DATA.rglob('*.*'), sep='\\n')"
    names = {Path(line).name for line in lossbook("-c", listed, command=(python,)).splitlines()}
    assert {"custom.css", "lossbook.json", "default_setting_overrides.json"} <= names


def test_check_and_progress(lossbook):
    notebook(Path("right.ipynb"), "check(2 / 3, 'newsagent')")
    assert "1 of 1 exercises are solved." in lossbook("check", "right.ipynb")
    notebook(Path("wrong.ipynb"), "check(1, 'newsagent')")
    assert "0 of 1 exercises are solved." in lossbook("check", "wrong.ipynb", status=1)
    assert "no such notebook" in lossbook("check", "none.ipynb", status=2)
    assert "chapter 02: " in lossbook("progress")


def test_refresh(lossbook):
    notebook(Path("own.ipynb"), "print(6 * 7)")
    assert "differs" in lossbook("refresh", "--check", "own.ipynb", status=1)
    lossbook("refresh", "own.ipynb")
    assert "as promised" in lossbook("refresh", "--check", "own.ipynb")
    assert "name the notebooks" in lossbook("refresh", status=2)


@pytest.mark.parametrize("form", ["", "--with-solutions", "--for-nbgrader"])
def test_release(lossbook, form):
    lossbook("release", "02", "--to", "assignment", *form.split())
    names = {name for name in NAMES if name.startswith("02")}
    assert {path.name for path in Path("assignment").glob("*.ipynb")} == names
    [text] = [Path("assignment", name).read_text(encoding="utf-8") for name in names]
    assert ("### BEGIN SOLUTION" in text) is (form == "--for-nbgrader")
    assert Path("assignment/solutions").exists() is (form == "--with-solutions")


def test_release_asks_where_to(lossbook):
    assert "--to DIRECTORY" in lossbook("release", "02", status=2)
    assert not list(Path().iterdir())


def test_a_class(lossbook):
    """The solutions get all points, the students' version none."""
    lossbook("release", "02", "--to", "handout", "--with-solutions")
    for student, folder in (("ada", "handout/solutions"), ("ben", "handout")):
        [path] = Path(folder).glob("*.ipynb")
        Path("in", student).mkdir(parents=True)
        shutil.copy(path, Path("in", student))
    lossbook("grade", "in", "--trusted")
    with Path("grades/grades.csv").open(encoding="utf-8-sig", newline="") as file:
        scores = {row["student"]: (row["score"], row["most"]) for row in csv.DictReader(file)}
    assert scores == {"ada": ("14", "14"), "ben": ("0", "14")}
    assert "autograder of chapter 02" in lossbook("gradescope", "02")


def test_verify_and_doctor(lossbook):
    assert "as expected" in lossbook("verify", "newsagent")
    assert "tier" in lossbook("doctor")


def test_derive(lossbook, python):
    slip = {"cell_type": "code", "source": ["%%derive A slip\n", "1 = 2"]}
    Path("slip.ipynb").write_text(json.dumps({"cells": [slip]}))
    assert "1 = 2" in lossbook("derive", "slip.ipynb", status=1)
    assert "cannot be read" in lossbook("derive", "none.ipynb", status=2)
