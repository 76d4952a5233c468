"""The book keeps every result once, whatever happens to the program, the disk or a file."""

import errno
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import HUBER, RMSE, blank, graded

from lossbook.grading.book import files
from lossbook.grading.book.book import Book
from lossbook.grading.book.files import BookError
from lossbook.grading.book.names import record_name, safe_name

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GROUNDS = ("a" * 64, "t1", "s1")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "grades"


def rows(folder, question):
    with closing(sqlite3.connect(folder / "book.sqlite")) as base:
        return base.execute(question).fetchall()


def records(folder):
    return sorted(path.name for path in (folder / "results").iterdir())


def assert_agreed(folder):
    """The book holds each student once, and SQLite says what the JSON files say."""
    with Book(folder) as book:
        results = book.results()
    assert len({(one.student, one.chapter) for one in results}) == len(results)
    assert len(records(folder)) == len(results)
    assert rows(folder, "SELECT student, chapter, score, notes FROM results ORDER BY 1, 2") == [
        (one.student, one.chapter, one.score, "\n".join(one.notes)) for one in results
    ]
    counted = rows(folder, "SELECT count(*) FROM answers")[0][0]
    assert counted == sum(len(one.answers) for one in results)
    counted = rows(folder, "SELECT count(*) FROM tests")[0][0]
    assert counted == sum(len(answer.tests) for one in results for answer in one.answers)
    return results


# --------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("student", "reads"),
    [
        ("Ada Lovelace", "ada-lovelace"),
        ("../../x", "x"),
        ("..\\..\\C:\\x", "c-x"),
        ("CON", "con"),  # of Windows; what follows makes it an ordinary name
        ("a/b\nc\x00d", "a-b-c-d"),
        (".hidden", "hidden"),
        ("周志华", "周志华"),
        ("Zoë", "zoë"),
        ("", ""),
        ("🙂", ""),
        ("\udce9", ""),  # a byte of Latin-1 in a file name that should be UTF-8
        ("x" * 300, "x" * 24),
        ("𝒳" * 300, "𝒳" * 24),
    ],
)
def test_a_name_becomes_a_safe_and_readable_file_name(student, reads):
    name = safe_name(student)
    assert name.rpartition("-")[0] == reads
    assert len(record_name(student, "02").encode()) < 143  # the shortest limit that we know of


def test_names_that_look_alike_have_files_of_their_own():
    alike = ["ada", "Ada", "ADA", "a da", "a-da", "ada ", "a" * 300, "a" * 301, "", " ", "-", "."]
    assert len({safe_name(name) for name in alike}) == len(alike)


@given(st.text(), st.text())
def test_a_file_name_is_safe_and_tells_names_apart(one, other):
    name = safe_name(one)
    assert all(sign.isalnum() or sign == "-" for sign in name)
    assert name == name.casefold()
    assert (name == safe_name(other)) == (one == other)


@pytest.mark.parametrize("chapter", ["../02", "", "0 2", None, "x" * 21])
def test_a_chapter_is_letters_and_digits(chapter):
    with pytest.raises(ValueError, match="chapter must be"):
        record_name("ada", chapter)


# --------------------------------------------------------------------------- keep, look up


def test_what_is_kept_comes_back_as_it_was(folder):
    kept = [blank("bo"), graded("ada"), graded("周志华", look_at=("look",), score=2.5)]
    with Book(folder) as book:
        for result in kept:
            book.keep(result)
    with Book(folder) as book:
        assert book.results() == sorted(kept, key=lambda one: one.student)
        assert book.results("03") == []
        assert book.notes == []


HOSTILE = ["../../x", "CON", "", "x" * 300, "a\nb", "🙂", "\udcff", "'; DROP TABLE results;", "\0"]


def test_hostile_names_are_kept_like_any_other_and_only_inside_the_folder(folder):
    with Book(folder) as book:
        for student in HOSTILE:
            book.keep(graded(student))
        assert [one.student for one in book.results()] == sorted(HOSTILE)
        assert all(book.has(student, "02", *GROUNDS) for student in HOSTILE)
    assert len(records(folder)) == len(HOSTILE)
    assert {path.name for path in folder.parent.iterdir()} == {"grades"}
    assert {path.name for path in folder.iterdir()} == {"results", "book.lock", "book.sqlite"}


def test_the_same_student_is_replaced_and_never_doubled(folder):
    with Book(folder) as book:
        book.keep(graded(score=1.0))
        book.keep(graded(score=1.0))
        book.keep(graded(score=4.0, answers=(HUBER,)))
        book.keep(graded(chapter="03"))
    results = assert_agreed(folder)
    assert [(one.chapter, one.score) for one in results] == [("02", 4.0), ("03", 3.0)]


@pytest.mark.parametrize("other", range(5))
def test_only_the_same_file_and_the_same_tests_count_as_graded(folder, other):
    asked = ["ada", "02", *GROUNDS]
    with Book(folder) as book:
        assert not book.has(*asked)
        book.keep(graded())
        assert book.has(*asked)
        asked[other] = "03"
        assert not book.has(*asked)


def test_a_blank_result_counts_as_looked_at_and_its_score_stays_empty(folder):
    with Book(folder) as book:
        book.keep(blank())
        assert book.has("bo", "02", *GROUNDS)
    assert rows(folder, "SELECT score FROM results") == [(None,)]


def test_only_a_result_is_kept(folder):
    with Book(folder) as book, pytest.raises(TypeError, match="must be a Result"):
        book.keep({"student": "ada"})


def test_the_tables_answer_a_teachers_questions(folder):
    with Book(folder) as book:
        for k in range(4):
            solved = replace(RMSE, earned=3.0, state="solved", mistake="")
            book.keep(graded(f"student {k}", answers=(RMSE if k else solved, HUBER)))
    hardest = "SELECT name, sum(earned) FROM answers GROUP BY name ORDER BY 2"
    assert rows(folder, hardest) == [("root_mean_squared_error", 6.0), ("huber", 8.0)]
    common = "SELECT mistake, count(*) FROM answers WHERE mistake <> '' GROUP BY mistake"
    assert rows(folder, common) == [("you square before you scale.", 3)]
    failed = "SELECT name, about, count(*) FROM tests WHERE earned < points GROUP BY name, about"
    assert rows(folder, failed) == [("root_mean_squared_error", "huge residuals", 4)]


# ----------------------------------------------------------------------- damage and repair


def three(folder):
    with Book(folder) as book:
        for student in ("ada", "bo", "cy"):
            book.keep(graded(student))
    return folder / "results" / record_name("bo", "02")


def cut_off(path):
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_off, "cut off"),
        (lambda path: path.write_bytes(b""), "cut off"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "UTF-8"),
        (lambda path: path.write_text("[" * 100_000), "nested"),
        (lambda path: path.write_text("[]"), "no stored result"),
        (lambda path: path.write_text('{"answers": []}'), "no stored result"),
        (lambda path: path.write_text(path.read_text().replace('"t1"', "1")), "'test_version'"),
        (lambda path: path.write_text(json.dumps(graded("eve").as_dict())), "belongs into eve-"),
    ],
)
@pytest.mark.parametrize("when", ["closed", "open"])
def test_a_damaged_file_is_set_aside_and_its_submission_is_graded_again(folder, damage, said, when):
    path = three(folder)
    if when == "closed":
        damage(path)
    with Book(folder) as book:
        if when == "open":
            damage(path)
        assert not book.has("bo", "02", *GROUNDS)
        assert [one.student for one in book.results()] == ["ada", "cy"]
        (note,) = book.notes
        assert "counts as not graded" in note
        assert said in note
        assert path.with_name(f"{path.name}.damaged").is_file()
        book.keep(graded("bo"))
        assert len(book.results()) == 3
    with Book(folder) as book:
        assert book.notes == []


def test_a_file_damaged_twice_leaves_both_for_a_person_to_see(folder):
    path = three(folder)
    for _ in range(2):
        cut_off(path)
        with Book(folder) as book:
            book.keep(graded("bo"))
    damaged = [name for name in records(folder) if name.endswith(".damaged")]
    assert len(damaged) == 2


def lose(path):
    path.unlink()


def scramble(path):
    data = bytearray(path.read_bytes())
    data[100:] = os.urandom(len(data) - 100)
    path.write_bytes(bytes(data))


def outdate(path):
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA user_version = 0")


def fall_behind(path):
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("PRAGMA foreign_keys = ON")
        base.execute("DELETE FROM results WHERE student = 'ada'")
        base.execute("INSERT INTO results (record, stamp, student) VALUES ('x-02.json', '', 'x')")


def leave_answers_behind(path):
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("DELETE FROM results WHERE student = 'ada'")


def fill_with_nonsense(path):
    path.write_text("nonsense " * 999)


HARM = [lose, cut_off, fill_with_nonsense, scramble, outdate, fall_behind, leave_answers_behind]


@pytest.mark.parametrize("harm", HARM)
def test_the_index_is_made_again_from_the_files(folder, harm):
    three(folder)
    harm(folder / "book.sqlite")
    with Book(folder) as book:
        assert book.has("ada", "02", *GROUNDS)
    assert [one.student for one in assert_agreed(folder)] == ["ada", "bo", "cy"]


def test_an_index_that_breaks_while_it_is_used_is_made_again(folder):
    three(folder)
    with Book(folder) as book:
        with closing(sqlite3.connect(folder / "book.sqlite")) as base:
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        scramble(folder / "book.sqlite")
        book.keep(graded("dee"))
        assert book.has("ada", "02", *GROUNDS)
    assert [one.student for one in assert_agreed(folder)] == ["ada", "bo", "cy", "dee"]


def test_a_result_that_is_deleted_by_hand_is_graded_again(folder):
    path = three(folder)
    with Book(folder) as book:
        path.unlink()
        assert not book.has("bo", "02", *GROUNDS)
    assert [one.student for one in assert_agreed(folder)] == ["ada", "cy"]


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

    monkeypatch.setattr("lossbook.grading.book.index.Index.put", refuse)


FULL_AT = {
    "making the file": lambda m: m.setattr(files, "open", full, raising=False),
    "writing": lambda m: m.setattr(files, "open", full_file, raising=False),
    "bringing it to the disk": lambda m: m.setattr(files.os, "fsync", full),
    "giving it its name": lambda m: m.setattr(files.os, "replace", full),
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
from lossbook.grading.book.book import Book
from lossbook.grading.book.files import BookError

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
    """What a process said until it was killed, shortly after its line number `lines`."""
    said = [process.stdout.readline().strip() for _ in range(lines)]
    try:
        process.wait(wait)
    except subprocess.TimeoutExpired:
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    rest, _ = process.communicate()
    return [line for line in [*said, *rest.split("\n")[:-1]] if line.startswith("student")]


def test_a_killed_run_loses_at_most_what_was_in_flight(folder):
    """Two hundred results, killed at twenty random moments; kept anew from a little before."""
    draw = random.Random(7)
    done = 0
    for k in range(20):
        process = start(folder, max(done - 3, 0), 200, note=f"run {k}")
        said = killed(process, draw.randint(1, 11), draw.uniform(0, 0.02))
        kept = {one.student: one for one in assert_agreed(folder)}
        assert set(said) <= kept.keys()
        assert {kept[student].notes for student in said} <= {(f"run {k}",)}
        last = int(said[-1].split()[1]) + 1 if said else done
        assert len(kept) - max(last, done) in (0, 1)  # the one in flight may have made it
        done = len(kept)
    assert 0 < done < 200
    process = start(folder, done, 200)
    process.communicate(timeout=120)
    assert [one.student for one in assert_agreed(folder)] == [f"student {k:03}" for k in range(200)]
