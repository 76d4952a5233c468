"""The book keeps every result once, on a full disk, in a crowd, and when it is killed."""

import errno
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from bookkeeping import assert_agreed, records, three
from made import graded

from lossbook.grading.gradebook import atomic
from lossbook.grading.gradebook.atomic import BookError
from lossbook.grading.gradebook.lock import Lock
from lossbook.grading.gradebook.store import Book

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "grades"


# ------------------------------------------------------------------------- no room, no right


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


class FullFile:
    """An open file on a full disk."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    write = full


def full_file(path, mode):
    return FullFile(open(path, mode))


def sqlite_is_full(monkeypatch):
    def refuse(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("lossbook.grading.gradebook.index.Index.put", refuse)


FULL_AT = {
    "making the file": lambda m: m.setattr(atomic, "open", full, raising=False),
    "writing": lambda m: m.setattr(atomic, "open", full_file, raising=False),
    "bringing it to the disk": lambda m: m.setattr(atomic.os, "fsync", full),
    "giving it its name": lambda m: m.setattr(atomic.os, "replace", full),
    "entering it into SQLite": sqlite_is_full,
}


@pytest.mark.parametrize("step", FULL_AT)
def test_a_full_disk_is_said_and_costs_nothing_that_was_kept(folder, step, monkeypatch):
    three(folder)
    with Book(folder) as book:
        with monkeypatch.context() as at_the_moment:
            FULL_AT[step](at_the_moment)
            with pytest.raises(BookError, match=r"'dee'.* full.*intact"):
                book.keep(graded("dee"))
        assert not [name for name in records(folder) if not name.endswith(".json")]
        book.keep(graded("dee"))  # there is room again
    assert [one.student for one in assert_agreed(folder)] == ["ada", "bo", "cy", "dee"]


@pytest.mark.parametrize("step", FULL_AT)
def test_a_full_disk_leaves_the_earlier_result_of_the_same_student(folder, step, monkeypatch):
    three(folder)
    with Book(folder) as book, monkeypatch.context() as at_the_moment:
        FULL_AT[step](at_the_moment)
        with pytest.raises(BookError):
            book.keep(graded("bo", score=5.0))
    (bo,) = (one for one in assert_agreed(folder) if one.student == "bo")
    kept = step == "entering it into SQLite"  # then the file, which counts, is written already
    assert bo.score == (5.0 if kept else 3.0)


LIMITED = """
import resource, sys
sys.path[:0] = {path!r}
from made import graded
from lossbook.grading.gradebook.store import Book
from lossbook.grading.gradebook.atomic import BookError

with Book({folder!r}) as book:
    book.keep(graded("before"))
    resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
    try:
        book.keep(graded("after", cells=("x" * 20_000,)))
    except BookError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
@pytest.mark.parametrize("limit", [0, 4096, 30_000])
def test_a_limit_of_the_system_is_said_and_nothing_is_left_behind(folder, limit):
    program = LIMITED.format(path=[str(ROOT), str(HERE)], folder=str(folder), limit=limit)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == ""
    assert "cannot keep the result of 'after'" in done.stdout
    assert all(name.endswith(".json") for name in records(folder))
    assert "before" in [one.student for one in assert_agreed(folder)]


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "grades").write_text("a file")
    with pytest.raises(BookError, match="cannot open the book in"):
        Book(tmp_path / "grades")
    assert (tmp_path / "grades").read_text() == "a file"


def test_a_folder_that_takes_no_files_is_said(folder, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", forbidden)
    with pytest.raises(BookError, match="no permission to write"):
        Book(folder)


# ------------------------------------------------------------- several at once, and killed


def start(folder, first, last, note=""):
    path = os.pathsep.join([str(ROOT), str(HERE)])
    return subprocess.Popen(
        [sys.executable, str(HERE / "keeper.py"), str(folder), str(first), str(last), note],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_threads_keep_at_the_same_time(folder):
    with Book(folder) as book:
        threads = [
            threading.Thread(
                target=lambda k=k: [book.keep(graded(f"{k} {j % 5}")) for j in range(10)]
            )
            for k in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(assert_agreed(folder)) == 20


def test_two_processes_keep_in_one_folder(folder):
    """Shards that overlap: students 20 to 39 are kept by both."""
    both = [start(folder, 0, 40), start(folder, 20, 60)]
    for one in both:
        said, _ = one.communicate(timeout=120)
        assert one.returncode == 0
        assert len(said.splitlines()) == 41
    assert len(assert_agreed(folder)) == 60


def killed(process, lines, wait):
    """The students that a process named until it was killed, shortly after its line `lines`."""
    said = [process.stdout.readline().strip() for _ in range(lines)]
    try:
        process.wait(wait)
    except subprocess.TimeoutExpired:
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    rest, _ = process.communicate()
    return [line for line in [*said, *rest.split("\n")[:-1]] if line.startswith("student")]


def test_a_killed_run_loses_at_most_what_was_in_flight(folder):
    """Two hundred results, killed at twenty random moments; each run begins a little before."""
    draw = random.Random(7)
    done, kills = 0, 0
    for k in range(20):
        first, last = max(done - 3, 0), 10 * (k + 1)
        process = start(folder, first, last, note=f"run {k}")
        said = killed(process, draw.randint(1, last - first), draw.uniform(0, 0.005))
        kills += process.returncode != 0
        kept = {one.student: one for one in assert_agreed(folder)}
        assert set(said) <= kept.keys()
        assert {kept[student].notes for student in said} <= {(f"run {k}",)}
        sure = max(done, int(said[-1].split()[1]) + 1 if said else 0)
        assert len(kept) - sure in (0, 1)  # the one in flight may have made it
        done = len(kept)
    assert kills > 0
    process = start(folder, done, 200)
    process.communicate(timeout=120)
    assert [one.student for one in assert_agreed(folder)] == [f"student {k:03}" for k in range(200)]


def test_a_book_that_another_program_holds_for_too_long_is_said(folder):
    folder.mkdir()
    path = folder / "book.lock"
    with closing(Lock(path)) as mine, closing(Lock(path, patience=0.05)) as other:
        with pytest.raises(BookError, match="another program has held"), mine.held(), other.held():
            raise AssertionError("the lock was to be had twice")
        with other.held():  # and now it is free
            pass
