"""`lossbook lab` signs the course's notebooks as they came, and no other one."""

import shutil
import subprocess
from contextlib import closing

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook, new_output

from lossbook import cli
from lossbook.cli import place

NAMES = ("notebooks/01_one.ipynb", "notebooks/02_two.ipynb", "exercises/02_two_exercises.ipynb")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The user's own store of signatures, empty."""
    folder = tmp_path / "jupyter" / "data"
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder))
    monkeypatch.setattr("jupyterlab.labapp.main", lambda argv: None)
    return folder


@pytest.fixture
def trusted(store):
    """Which notebooks below a folder JupyterLab will trust when it opens them."""

    def names(root):
        notary = NotebookNotary(data_dir=str(store))
        with closing(notary.store):
            return [
                name
                for name in NAMES
                if notary.check_signature(nbformat.read(root / name, as_version=4))
            ]

    return names


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """As if lossbook stood in site-packages; the learner's copy of the course."""
    course = tmp_path / "site-packages" / "lossbook" / "course"
    write_course(course)
    monkeypatch.setattr(place, "PACKAGE", course.parent)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "lossbook-course"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout of the course, committed with git."""
    if shutil.which("git") is None:
        pytest.skip("no git here")
    root = tmp_path / "my checkout"
    write_course(root)
    (root / "pyproject.toml").touch()
    monkeypatch.setattr(place, "PACKAGE", root / "lossbook")
    git(root, "init", "--quiet")
    commit(root)
    return root


def write_course(root):
    for name in NAMES:
        slider = new_output("display_data", data={"text/html": f"<input oninput='move()'>{name}"})
        cell = new_code_cell("flip()", id="a-slider", execution_count=1, outputs=[slider])
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=[cell]), root / name)


def change(path):
    """One letter of an output; the page looks the same."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("move()", "mine()"), encoding="utf-8")


def git(root, *words):
    me = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "core.autocrlf=false"]
    subprocess.run(["git", "-C", root, *me, *words], check=True, capture_output=True)


def commit(root):
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "the course")


def test_a_copy_made_just_now_is_signed(installed, trusted):
    assert cli.main(["lab"]) == 0
    assert trusted(installed) == list(NAMES)


def test_a_changed_copy_is_not_signed(installed, trusted, store):
    cli.main(["lab"])
    shutil.rmtree(store)  # what was signed before is forgotten
    change(installed / NAMES[1])
    assert cli.main(["lab"]) == 0
    assert trusted(installed) == [NAMES[0], NAMES[2]]


def test_existing_copy_is_signed_only_if_unchanged(installed, trusted):
    write_course(installed)
    change(installed / NAMES[2])
    assert cli.main(["lab"]) == 0
    assert trusted(installed) == [NAMES[0], NAMES[1]]


def test_checkout_compares_with_the_last_commit(checkout, trusted):
    change(checkout / NAMES[0])
    assert cli.main(["lab"]) == 0
    assert trusted(checkout) == [NAMES[1], NAMES[2]]
    commit(checkout)
    assert cli.main(["lab"]) == 0
    assert trusted(checkout) == list(NAMES)


def test_git_must_not_be_told_to_look_away(checkout, trusted):
    """It then calls a changed file unchanged; the content decides all the same."""
    git(checkout, "update-index", "--assume-unchanged", NAMES[0])
    change(checkout / NAMES[0])
    assert cli.main(["lab"]) == 0
    assert trusted(checkout) == [NAMES[1], NAMES[2]]


def test_nothing_is_signed_where_git_cannot_tell(checkout, trusted):
    (checkout / ".git").rename(checkout.parent / "elsewhere")
    assert cli.main(["lab"]) == 0
    assert trusted(checkout) == []


def test_invalid_notebook_does_not_stop_lab(installed, trusted):
    (place.PACKAGE / "course" / "notebooks" / "00_torn.ipynb").write_text('{"cells": [')
    assert cli.main(["lab"]) == 0
    assert trusted(installed) == list(NAMES)


def test_unwritable_store_is_reported_and_lab_opens(installed, store, capsys):
    store.parent.write_text("a file in the way")
    assert cli.main(["lab"]) == 0
    assert "cannot sign the notebooks" in capsys.readouterr().err
