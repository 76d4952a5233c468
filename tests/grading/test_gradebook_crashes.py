"""The gradebook keeps every result on a full disk, in parallel runs, and when it is killed."""

import errno
import io
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from lossbook import _atomic
from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.gradebook.store import Gradebook
from tests.helpers.gradebook_checks import check_complete, files, save_three, students
from tests.helpers.sample_results import graded

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "grades"


# ------------------------------------------------------------- no space, no permission


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


class FullFile(io.FileIO):
    """An open file on a full disk."""

    write = full


FULL_AT = {
    "open": lambda patch: patch.setattr(_atomic, "open", full, raising=False),
    "write": lambda patch: patch.setattr(_atomic, "open", FullFile, raising=False),
    "sync": lambda patch: patch.setattr(_atomic.os, "fsync", full),
    "rename": lambda patch: patch.setattr(_atomic.os, "replace", full),
}


@pytest.mark.parametrize("step", FULL_AT)
def test_a_full_disk_is_reported_and_costs_no_saved_result(folder, step, monkeypatch):
    save_three(folder)
    book = Gradebook(folder)
    for student in ("dee", "bo"):
        with monkeypatch.context() as patch:
            FULL_AT[step](patch)
            with pytest.raises(GradebookError, match=f"'{student}'.* full.*intact"):
                book.save(graded(student, score=5.0))
        assert students(folder) == ["ada", "bo", "cy"]
    assert {one.score for one in book.results()} == {3.0}
    book.save(graded("dee"))  # there is space again
    assert students(folder) == ["ada", "bo", "cy", "dee"]


LIMITED = """
import resource, sys
sys.path.insert(0, {root!r})
from tests.helpers.sample_results import graded
from lossbook.grading.gradebook.store import Gradebook
from lossbook.grading.gradebook.errors import GradebookError

book = Gradebook({folder!r})
book.save(graded("before"))
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    book.save(graded("after", cells=("x" * 20_000,)))
except GradebookError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
@pytest.mark.parametrize("limit", [0, 4096])
def test_a_limit_of_the_system_is_reported_and_leaves_no_part_of_a_file(folder, limit):
    program = LIMITED.format(root=str(ROOT), folder=str(folder), limit=limit)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == ""
    assert "cannot save the result of 'after': the system allows no file" in done.stdout
    assert students(folder) == ["before"]


def test_a_file_in_place_of_the_folder_is_reported(tmp_path):
    (tmp_path / "grades").write_text("a file")
    with pytest.raises(GradebookError, match="cannot open the gradebook in"):
        Gradebook(tmp_path / "grades")
    assert (tmp_path / "grades").read_text() == "a file"


def test_a_folder_without_permission_is_reported(folder, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", forbidden)
    with pytest.raises(GradebookError, match="no permission to write"):
        Gradebook(folder)


# --------------------------------------------------------------- in parallel, and killed


def start(folder, first, last, note=""):
    arguments = map(str, [folder, first, last, note])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.gradebook_writer", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_threads_save_in_parallel(folder):
    book = Gradebook(folder)

    def save(k):
        for j in range(10):
            book.save(graded(f"{k} {j % 5}"))

    threads = [threading.Thread(target=save, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(check_complete(folder)) == 20


def test_two_processes_save_in_one_folder(folder):
    """Shards that overlap: both save students 20 to 39."""
    both = [start(folder, 0, 40), start(folder, 20, 60)]
    for process in both:
        printed, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert len(printed.splitlines()) == 41
    assert len(check_complete(folder)) == 60


def kill_after(process, lines, wait):
    """The students that a process printed before it was killed, soon after its line `lines`."""
    printed = [process.stdout.readline().strip() for _ in range(lines)]
    try:
        process.wait(wait)
    except subprocess.TimeoutExpired:
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    rest, _ = process.communicate()
    return [line for line in [*printed, *rest.split("\n")[:-1]] if line.startswith("student")]


def test_a_killed_run_loses_at_most_the_result_in_progress(folder):
    """200 results, killed at twenty random moments; each run starts a little before the end."""
    rng = random.Random(7)
    done, kills = 0, 0
    for k in range(20):
        first, last = max(done - 3, 0), 10 * (k + 1)
        process = start(folder, first, last, note=f"run {k}")
        printed = kill_after(process, rng.randint(1, last - first), rng.uniform(0, 0.005))
        kills += process.returncode != 0
        saved = {one.student: one for one in check_complete(folder)}
        assert set(printed) <= saved.keys()
        assert {saved[student].notes for student in printed} <= {(f"run {k}",)}
        certain = max(done, int(printed[-1].split()[1]) + 1 if printed else 0)
        assert len(saved) - certain in (0, 1)  # the one in progress may have been saved
        done = len(saved)
    assert kills > 0
    process = start(folder, done, 200)
    process.communicate(timeout=120)
    assert students(folder) == [f"student {k:03}" for k in range(200)]


def test_an_unfinished_file_is_removed_when_the_gradebook_is_opened(folder):
    save_three(folder)
    (folder / "results" / f".0123{_atomic.UNFINISHED}").write_text('{"student": "d')
    Gradebook(folder)
    assert len(files(folder)) == 3


def test_a_lock_held_for_too_long_is_reported(folder):
    book = Gradebook(folder, lock_seconds=0.05)
    other = FileLock(folder / "gradebook.lock")  # excludes ours, as that of another process does
    with other, pytest.raises(GradebookError, match="another program has held"):
        book.save(graded())
    book.save(graded())
