"""Files that a killed process left in the temporary directory are removed, and no others."""

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lossbook.grading.sandbox import tempdirs

pytest.importorskip("fcntl", reason="nothing is locked on Windows, so nothing is swept there")

LEAVES = """
import sys
from lossbook.grading.sandbox import tempdirs
folder = tempdirs.make("sandbox")
open(folder + "/submission", "w").close()
print(folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A temporary directory for this test alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def left():
    """The folder of a process that was killed."""
    with _other_process() as process:
        folder = Path(process.stdout.readline().strip())
        process.kill()
    return folder


def _other_process():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", LEAVES], **pipes)


def test_a_folder_stays_while_its_process_runs():
    with _other_process() as process:
        folder = Path(process.stdout.readline().strip())
        tempdirs.sweep()
        assert (folder / "submission").exists()
        process.kill()
        process.wait()
        tempdirs.sweep()
        assert not folder.exists()


def test_our_own_folder_is_not_swept(temporary):
    with tempdirs.made("grade") as folder:
        tempdirs.sweep()
        assert [str(path) for path in temporary.iterdir()] == [folder]
    assert list(temporary.iterdir()) == []
    tempdirs.unmake(folder)  # it is gone already


def test_a_visible_lock_is_held(temporary, monkeypatch):
    """Between making and locking it, another run could take the folder for one that was left."""
    lock = tempdirs.fcntl.flock

    def flock(*of):
        assert not list(temporary.rglob("*.lock"))
        lock(*of)

    monkeypatch.setattr(tempdirs.fcntl, "flock", flock)
    with tempdirs.made("sandbox"):
        assert list(temporary.rglob("*.lock"))


def without_a_lock(folder):
    next(folder.glob("*.lock")).unlink()


def of_another_machine(folder):
    (folder / f"{platform.node()}.lock").rename(folder / "another machine.lock")


def of_another_name(folder):
    folder.rename(folder.with_name(f"not-{folder.name}"))


def behind_a_link(folder):
    (folder.parent / "elsewhere").mkdir()
    moved = folder.rename(folder.parent / "elsewhere" / "kept")
    folder.symlink_to(moved)


@pytest.mark.parametrize(
    "change", [without_a_lock, of_another_machine, of_another_name, behind_a_link]
)
def test_files_of_other_programs_stay(temporary, left, change):
    change(left)
    before = sorted(temporary.rglob("*"))
    tempdirs.sweep()
    assert sorted(temporary.rglob("*")) == before
    assert any(path.name == "submission" for path in before)


def test_what_belongs_to_another_user_stays(left, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: left.stat().st_uid + 1)
    tempdirs.sweep()
    assert left.exists()


def test_a_disk_without_locks_is_good_enough(temporary, monkeypatch):
    def refuse(*of):
        raise OSError("no locks available")

    monkeypatch.setattr(tempdirs.fcntl, "flock", refuse)
    with tempdirs.made("sandbox") as folder:
        tempdirs.sweep()
        assert Path(folder).exists()
    assert list(temporary.iterdir()) == []
