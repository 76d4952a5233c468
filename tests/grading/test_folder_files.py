"""Which file of a student counts, which chapter it is for, and what is refused with a reason."""

import os
import re
import socket
from pathlib import Path

import pytest

from lossbook.exercises import CHAPTERS
from lossbook.grading.submissions import walk
from lossbook.grading.submissions.collect import chapter_of, contents, find, majority_chapter
from tests.helpers.submission_files import COURSE, PLAIN, THREE, TWO, found, laid, whose, zipped

ROOT = Path(__file__).parents[2]

# ------------------------------------------------------------------ several files of one


@pytest.mark.parametrize(
    ("files", "chosen", "why"),
    [
        ({"a/x.ipynb": THREE, "a/y.ipynb": TWO}, "a/y.ipynb", "for chapter 02"),
        ({"a/x.py": PLAIN, "a/y.ipynb": PLAIN}, "a/y.ipynb", "is a notebook"),
        ({"a.ipynb": PLAIN, "a (2).ipynb": PLAIN, "a (10).ipynb": PLAIN}, "a (10).ipynb", "number"),
        ({"a.ipynb": PLAIN, "a copy (2).ipynb": PLAIN}, "a copy (2).ipynb", "number"),
        ({"a/x_v1.py": PLAIN, "a/x_v2.py": PLAIN}, "a/x_v2.py", "number"),
        ({"a/y.py": PLAIN, "a/x.py": PLAIN}, "a/x.py", "name comes first"),
        ({"a/03.ipynb": TWO, "a/02.ipynb": TWO}, "a/02.ipynb", "name comes first"),
    ],
)
def test_which_one_counts(tmp_path, files, chosen, why):
    answer = found(tmp_path, {"bea/z.ipynb": TWO, **files})
    first = answer.submissions[0]
    assert first.name == chosen
    assert why in first.notes[-1]
    assert {chosen, *answer.ignored} == set(files)  # nothing vanishes without a word


def test_the_latest_counts(tmp_path):
    root = laid(tmp_path, {"a/x.ipynb": PLAIN, "a/y.ipynb": PLAIN, "b/x.py": PLAIN})
    os.utime(root / "a/y.ipynb", (1_800_000_000, 1_800_000_000))
    one, _ = find(root, tmp_path / "scratch", COURSE).submissions
    assert (one.name, "it is the latest" in one.notes[0]) == ("a/y.ipynb", True)


def test_what_was_unpacked_and_does_not_count_is_removed(tmp_path):
    inner = zipped({"y.ipynb": PLAIN, ".ipynb_checkpoints/x.ipynb": PLAIN})
    answer = found(tmp_path, {"a.zip": {"x.ipynb": PLAIN, "z.zip": inner}, "b.py": PLAIN})
    assert answer.ignored == ["a.zip/z.zip/y.ipynb"]  # and the checkpoint is not even a file
    unpacked = [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()]
    assert unpacked == [answer.submissions[0].path]


# ----------------------------------------------------------------------- time and platform


def test_the_time_is_that_of_the_outermost_file_and_never_a_students_word(tmp_path):
    own = zipped({"x.ipynb": PLAIN})  # says 2025
    answer = found(tmp_path, {"a.ipynb": PLAIN, "b.zip": own})
    assert {one.handed_in for one in answer.submissions} == {"2023-11-14T22:13:20+00:00"}
    assert {one.time_from for one in answer.submissions} == {"the time of the file on this disk"}


def test_the_time_in_the_zip_of_a_class_has_no_zone(tmp_path):
    class_ = tmp_path / "class.zip"
    class_.write_bytes(zipped({"a/x.ipynb": PLAIN, "b/y.zip": zipped({"y.ipynb": PLAIN})}))
    for one in find(class_, tmp_path / "scratch", COURSE).submissions:
        assert (one.handed_in, one.time_from) == ("2025-01-01T00:00:00", "the time in the zip file")


def test_nbgrader_has_noted_the_time(tmp_path):
    stamp = b"2026-03-01 12:00:00.250 UTC\n"
    files = {"ada/hw/x.ipynb": PLAIN, "ada/hw/timestamp.txt": stamp, "bo/hw/x.ipynb": PLAIN}
    moodle = "Cy_7_assignsubmission_file_"  # there the student has made the file
    files |= {f"{moodle}/x.ipynb": PLAIN, f"{moodle}/timestamp.txt": stamp}
    noted = found(tmp_path, {k: v for k, v in files.items() if moodle not in k}).submissions[0]
    assert noted.time_from == "timestamp.txt of nbgrader"
    assert noted.handed_in == "2026-03-01T12:00:00.250000+00:00"
    (tmp_path / "more").mkdir()
    (cy,) = found(tmp_path / "more", {k: v for k, v in files.items() if moodle in k}).submissions
    assert cy.time_from == "the time of the file on this disk"


def test_the_names_of_the_platforms_are_kept(tmp_path):
    moodle, canvas = "Ada Lovelace_123_assignsubmission_file_", "libo_12345_67890_02.ipynb"
    answer = found(tmp_path, {f"{moodle}/x.ipynb": PLAIN, canvas: PLAIN, "Cy.ipynb": PLAIN})
    known = {one.student: (one.lms_id, one.lms_name) for one in answer.submissions}
    assert known == {"Ada Lovelace": ("123", moodle), "libo": ("12345", canvas), "Cy": ("", "")}
    (tmp_path / "more").mkdir()
    refused = found(tmp_path / "more", {f"{moodle}/x.pdf": PLAIN, "b.py": PLAIN}).refused
    assert [one.submission.lms_id for one in refused] == ["123"]


# ------------------------------------------------------------------------------- chapters


@pytest.mark.parametrize(
    ("data", "name", "chapter"),
    [
        (TWO, "x.ipynb", "02"),
        (THREE, "02.ipynb", "03"),  # its content is right, its name may be anything
        ('checker( "02" )'.encode("utf-16"), "x.ipynb", "02"),
        (PLAIN, "02_squared_error.ipynb", "02"),
        (PLAIN, "02.ipynb", "02"),
        (PLAIN, "ada-hinge.ipynb", "06"),
        (PLAIN, "lovelaceada_02_45678_05_lagrangian.ipynb", "05"),
        (PLAIN, "x.ipynb", None),
        (PLAIN, "0212345.ipynb", None),
        (b'checker("09")', "x.ipynb", None),
        (b"", "x.ipynb", None),
    ],
)
def test_chapters(tmp_path, data, name, chapter):
    (tmp_path / name).write_bytes(data)
    assert chapter_of(tmp_path / name, COURSE) == chapter
    (tmp_path / "000000").write_bytes(data)
    assert chapter_of(tmp_path / "000000", COURSE, name) == chapter


def test_the_chapters_are_those_of_the_course():
    for number, chapter in CHAPTERS.items():
        path = ROOT / "exercises" / chapter.students_file
        assert chapter_of(path, COURSE, "x") == number
        assert COURSE.of_name(f"ada_{path.name.removeprefix(f'{number}_')}") == number
        assert COURSE.is_exercise(path.name)


def test_the_chapter_of_most(tmp_path):
    answer = found(tmp_path, {"a.py": TWO, "b.py": TWO, "c.py": THREE, "d.py": PLAIN})
    assert majority_chapter(answer.submissions, COURSE) == "02"
    assert majority_chapter(answer.submissions[-1:], COURSE) is None


def test_a_file_for_another_chapter_is_blank_and_not_0(tmp_path):
    answer = found(tmp_path, {"ada.py": TWO, "ben.py": THREE, "cid.py": PLAIN}, chapter="02")
    assert whose(answer).keys() == {"ada", "cid"}
    (refused,) = answer.refused
    assert (refused.student, refused.submission.name) == ("ben", "ben.py")
    assert refused.why == "It is for chapter 03, not for chapter 02."


# -------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"ada/report.docx": PLAIN, "ada/x.csv": PLAIN}, "It is no notebook"),
        ({"ada_12_345_x.pdf": PLAIN}, "It is no notebook"),
        ({"ada.zip": PLAIN}, "It is no zip archive"),
        ({"ada.zip": {}}, "There is no file in it"),
        ({"ada.zip": {"../x.ipynb": PLAIN}}, "points out of the archive"),
        ({"ada.7z": PLAIN}, "kind that is not opened"),
        ({"ada/x.tar.gz": PLAIN}, "kind that is not opened"),
        (
            {"ada.zip": {"b.zip": zipped({"c.zip": zipped({"d.py": PLAIN})})}},
            "zip in a zip in a zip",
        ),
        ({"ada/.ipynb_checkpoints/x.ipynb": PLAIN}, "There is no file in it"),
        ({"ada.zip": {".ipynb_checkpoints/x.ipynb": PLAIN}}, "There is no file in it"),
    ],
)
def test_of_what_nothing_can_be_graded(tmp_path, files, why):
    answer = found(tmp_path, {**files, "ben.ipynb": PLAIN})
    assert whose(answer) == {"ben": "ben.ipynb"}
    (refused,) = answer.refused
    assert refused.student == "ada"
    assert why in refused.why
    assert refused.why.endswith(".")


def test_a_file_that_could_not_be_opened_is_noted(tmp_path):
    answer = found(tmp_path, {"ada/x.ipynb": PLAIN, "ada/y.zip": b"bad", "ada/z.rar": b""})
    (one,) = answer.submissions
    assert [re.search("y.zip|z.rar", note)[0] for note in one.notes] == ["y.zip", "z.rar"]
    assert answer.refused == []


def test_a_file_that_is_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr(walk, "MOST_BYTES", 5_000_000)
    files = {"ada.ipynb": bytes(5_000_001), "ben.zip": bytes(5_000_001), "cid.py": bytes(5_000_000)}
    answer = found(tmp_path, files)
    assert whose(answer) == {"cid": "cid.py"}
    assert {one.why for one in answer.refused} == {"It has more than 5 MB."}


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only administrators make links")
def test_links_are_never_followed(tmp_path):
    (tmp_path / "secret.ipynb").write_bytes(PLAIN)
    root = laid(tmp_path, {"ada/x.py": PLAIN, "ben/y.txt": PLAIN})
    (root / "ben/z.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (root / "cid").symlink_to(root / "ada")
    (root / "ada/self").symlink_to(root)
    answer = find(root, tmp_path / "scratch", COURSE)
    assert whose(answer) == {"ada": "ada/x.py"}
    assert {(one.student, one.why) for one in answer.refused} == {
        ("ben", "It is a link, and links are not followed."),
        ("cid", "It is a link, and links are not followed."),
    }
    with pytest.raises(ValueError, match="It cannot be read"):
        contents(root / "ben/z.ipynb")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_sockets_and_devices_are_not_waited_for(tmp_path):
    root = laid(tmp_path, {"ada/x.py": PLAIN})
    os.mkfifo(root / "ben.ipynb")
    here = os.getcwd()
    os.chdir(root)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("cid.ipynb")
    finally:
        os.chdir(here)
    answer = find(root, tmp_path / "scratch", COURSE)
    assert whose(answer) == {"ada": "ada/x.py"}
    assert [one.student for one in answer.refused] == ["ben", "cid"]
    for name in (root / "ben.ipynb", "/dev/zero"):
        with pytest.raises(ValueError, match="no ordinary file"):
            contents(name)


def test_contents(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert contents(tmp_path / "a", 5) == b"12345"
    assert contents(tmp_path / "a", 3, cut=True) == b"123"
    with pytest.raises(ValueError, match="more than"):
        contents(tmp_path / "a", 4)
    with pytest.raises(ValueError, match="cannot be read"):
        contents(tmp_path)


def test_one_folder_for_the_answers_of_this_program_is_left_out(tmp_path):
    root = laid(tmp_path, {"ada.zip": {"x.py": PLAIN}, "ben.py": PLAIN})
    (root / "scratch").mkdir()
    (root / "scratch/from an earlier run.ipynb").write_bytes(PLAIN)
    assert whose(find(root, root / "scratch", COURSE)).keys() == {"ada", "ben"}
