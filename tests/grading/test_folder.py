"""Who handed in what is decided by names, from the outside in, and nobody becomes somebody else."""

import io
import os
import re
import socket
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook.grading.handed_in import names, walk
from lossbook.grading.handed_in.folder import chapter_of, contents, find, majority_chapter

ROOT = Path(__file__).parents[2]
TWO, THREE, PLAIN = b'check = checker("02")', b'check = checker(\\"03\\")', b"x = 1"


def zipped(files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, data in files.items():
            file.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), data)
    return made.getvalue()


def laid(folder, files):
    """Write the files below a new folder; a dict is a zip file with these files in it."""
    root = folder / "handed in"
    root.mkdir()
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zipped(data) if isinstance(data, dict) else data)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return root


def found(folder, files, chapter=None):
    return find(laid(folder, files), folder / "scratch", chapter)


def whose(answer):
    """student → name of the file"""
    return {one.student: one.name for one in answer.submissions}


LAYOUTS = {
    "a flat folder": (
        {"ada.ipynb": PLAIN, "Ben Li.py": PLAIN, "20231234.ipynb": PLAIN, "notes.xlsx": PLAIN},
        {"ada": "ada.ipynb", "Ben Li": "Ben Li.py", "20231234": "20231234.ipynb"},
    ),
    "the exercise in the name": (
        {"02_squared_error_ada.ipynb": PLAIN, "ben-Squared-Error (1).ipynb": PLAIN},
        {"ada": "02_squared_error_ada.ipynb", "ben": "ben-Squared-Error (1).ipynb"},
    ),
    "numbers that are names": (  # nothing may bring these together
        {"student_01.ipynb": PLAIN, "student_02.ipynb": PLAIN, "02_li.ipynb": PLAIN},
        {
            "student_01": "student_01.ipynb",
            "student_02": "student_02.ipynb",
            "02_li": "02_li.ipynb",
        },
    ),
    "numbered all at once by the file manager": (
        {"student (1).ipynb": PLAIN, "student (2).ipynb": PLAIN},
        {"student (1)": "student (1).ipynb", "student (2)": "student (2).ipynb"},
    ),
    "no name of anybody": (
        {"02_squared_error.ipynb": PLAIN, "02_squared_error (1).ipynb": PLAIN, "hw (1).py": PLAIN},
        {
            "02_squared_error": "02_squared_error.ipynb",
            "02_squared_error (1)": "02_squared_error (1).ipynb",
            "hw (1)": "hw (1).py",
        },
    ),
    "a folder for each": (
        {"ada/work.ipynb": PLAIN, "ben/deep/down/x.ipynb": PLAIN},
        {"ada": "ada/work.ipynb", "ben": "ben/deep/down/x.ipynb"},
    ),
    "nbgrader": (
        {"ada/02_squared_error/a.ipynb": PLAIN, "ben/02_squared_error/a.ipynb": PLAIN},
        {"ada": "ada/02_squared_error/a.ipynb", "ben": "ben/02_squared_error/a.ipynb"},
    ),
    "a folder for the exercise": (
        {"02_squared_error/ada.ipynb": PLAIN, "02_squared_error/ben.ipynb": PLAIN},
        {"ada": "02_squared_error/ada.ipynb", "ben": "02_squared_error/ben.ipynb"},
    ),
    "a zip file for each": (
        {
            "ada.zip": {"a/x.ipynb": PLAIN, "__MACOSX/a/._x.ipynb": PLAIN},
            "ben.zip": {"b.py": PLAIN},
        },
        {"ada": "ada.zip/a/x.ipynb", "ben": "ben.zip/b.py"},
    ),
    "all in one folder": (
        {"week 2/ada.ipynb": PLAIN, "week 2/ben.ipynb": PLAIN},
        {"ada": "week 2/ada.ipynb", "ben": "week 2/ben.ipynb"},
    ),
    "one student only": (
        {"ada/02_squared_error.ipynb": PLAIN, "ada/helper.py": PLAIN},
        {"ada": "ada/02_squared_error.ipynb"},
    ),
    "sections": (
        {"A/ada/x.ipynb": PLAIN, "A/ben/x.ipynb": PLAIN, "B/cid/x.py": PLAIN, "B/dan/x.py": PLAIN},
        {"ada": "A/ada/x.ipynb", "ben": "A/ben/x.ipynb", "cid": "B/cid/x.py", "dan": "B/dan/x.py"},
    ),
    "Moodle": (
        {
            "Ada Lovelace_12345_assignsubmission_file_/x.ipynb": PLAIN,
            "李 伟_12346_assignsubmission_file/x.zip": {"y/z.ipynb": PLAIN},
            "Ben_Li_12347_assignsubmission_file_x.ipynb": PLAIN,
        },
        {
            "Ada Lovelace": "Ada Lovelace_12345_assignsubmission_file_/x.ipynb",
            "李 伟": "李 伟_12346_assignsubmission_file/x.zip/y/z.ipynb",
            "Ben_Li": "Ben_Li_12347_assignsubmission_file_x.ipynb",
        },
    ),
    "Moodle, a zip file in a folder": (
        {"all.zip": {"Ada_12_assignsubmission_file_/x.zip": zipped({"y.ipynb": PLAIN})}},
        {"Ada": "all.zip/Ada_12_assignsubmission_file_/x.zip/y.ipynb"},
    ),
    "Canvas": (
        {
            "lovelaceada_123_45678_x.ipynb": PLAIN,
            "lovelaceada_123_45679_x-1.ipynb": PLAIN,
            "liben_LATE_124_45680_x.zip": {"x.ipynb": PLAIN},
        },
        {
            "lovelaceada": "lovelaceada_123_45679_x-1.ipynb",
            "liben": "liben_LATE_124_45680_x.zip/x.ipynb",
        },
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout):
    files, expected = LAYOUTS[layout]
    assert whose(found(tmp_path, files)) == expected


def test_what_a_platform_packed_may_be_given_as_the_zip_file_itself(tmp_path):
    path = tmp_path / "canvas.zip"
    path.write_bytes(
        zipped({"liben_12_345_x.ipynb": PLAIN, "ada_13_346_x.zip": zipped({"y.py": b""})})
    )
    answer = find(path, tmp_path / "scratch")
    assert whose(answer) == {"ada": "ada_13_346_x.zip/y.py", "liben": "liben_12_345_x.ipynb"}
    assert answer.submissions[1].path.read_bytes() == PLAIN


def test_a_single_file(tmp_path):
    root = laid(tmp_path, {"ada.ipynb": PLAIN})
    assert whose(find(root / "ada.ipynb", tmp_path / "scratch")) == {"ada": "ada.ipynb"}


@pytest.mark.parametrize("name", ["nothing", "bad.zip"])
def test_a_root_that_is_none(tmp_path, name):
    (tmp_path / "bad.zip").write_bytes(b"bad")
    with pytest.raises(ValueError, match=r"^root "):
        find(tmp_path / name, tmp_path / "scratch")


# ------------------------------------------------------------------- two people, one name


def test_two_people_of_one_name(tmp_path):
    moodle = "Li Wei_{}_assignsubmission_file_/x.ipynb"
    answer = found(tmp_path, {moodle.format(11): b"1", moodle.format(12): b"2"})
    assert [one.student for one in answer.submissions] == ["Li Wei (11)", "Li Wei (12)"]
    assert all("Somebody else is called Li Wei" in one.notes[0] for one in answer.submissions)


def test_one_name_in_two_sections(tmp_path):
    files = {f"{name}/x.ipynb": PLAIN for name in ("A/li", "A/ada", "B/li", "B/Ada")}
    assert whose(found(tmp_path, files)).keys() == {"li (A)", "li (B)", "ada (A)", "Ada (B)"}


def test_nobody_can_take_the_name_of_somebody_else(tmp_path):
    """What is in a student's own folder or zip file does not say who they are."""
    inside = {
        "ada/x.ipynb": PLAIN,
        "ben/x.ipynb": PLAIN,
        "Ada_11_assignsubmission_file_/x.ipynb": PLAIN,
        "ada_11_456_x.ipynb": PLAIN,
    }
    files = {
        "ada/02_squared_error.ipynb": b"ada's own",
        "ben/x.ipynb": b"ben's own",
        "mallory.zip": inside,
        **{f"mal/{name}": data for name, data in inside.items()},
    }
    answer = found(tmp_path, files)
    assert [one.student for one in answer.submissions] == ["ada", "ben", "mal", "mallory"]
    assert [one.path.read_bytes() for one in answer.submissions[:2]] == [b"ada's own", b"ben's own"]


def test_names_that_look_alike_and_those_that_are_written_in_two_ways(tmp_path):
    """macOS writes ü as u and two dots; that is one name. What cannot be shown is not."""
    files = {"J\u00fcrgen/a.ipynb": PLAIN, "Ju\u0308rgen/b.ipynb": PLAIN}
    assert len(found(tmp_path, files).submissions) == 1
    pieces = [walk.Piece((name,), "work") for name in ("a\x01.py", "a\x02.py")]
    from lossbook.grading.handed_in.layout import people

    assert [one.name for one in people(pieces)[0]] == ["a\ufffd", "a\ufffd (2)"]


# ------------------------------------------------------------------ several files of one


@pytest.mark.parametrize(
    ("files", "chosen", "why"),
    [
        ({"a/x.ipynb": THREE, "a/y.ipynb": TWO}, "a/y.ipynb", "for chapter 02"),
        ({"a/x.py": PLAIN, "a/y.ipynb": PLAIN}, "a/y.ipynb", "is a notebook"),
        ({"a.ipynb": PLAIN, "a (2).ipynb": PLAIN, "a (10).ipynb": PLAIN}, "a (10).ipynb", "number"),
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
    one, _ = find(root, tmp_path / "scratch").submissions
    assert (one.name, "it is the latest" in one.notes[0]) == ("a/y.ipynb", True)


def test_what_was_unpacked_and_does_not_count_is_removed(tmp_path):
    answer = found(tmp_path, {"a.zip": {"x.ipynb": PLAIN, "y.ipynb": PLAIN}, "b.py": PLAIN})
    unpacked = [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()]
    assert unpacked == [answer.submissions[0].path]


# ------------------------------------------------------------------------------- chapters


@pytest.mark.parametrize(
    ("data", "name", "chapter"),
    [
        (TWO, "x.ipynb", "02"),
        (THREE, "02.ipynb", "03"),  # what stands in it is right, its name may be anything
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
    assert chapter_of(tmp_path / name) == chapter
    (tmp_path / "000000").write_bytes(data)
    assert chapter_of(tmp_path / "000000", name) == chapter


def test_the_chapters_are_those_of_the_course():
    titles = {path.stem for path in (ROOT / "exercises").glob("*.ipynb")}
    assert {f"{number}_{title}" for number, title in names.CHAPTERS.items()} == titles
    assert all(chapter_of(ROOT / "exercises" / f"{one}.ipynb", "x") == one[:2] for one in titles)


def test_the_chapter_of_most(tmp_path):
    answer = found(tmp_path, {"a.py": TWO, "b.py": TWO, "c.py": THREE, "d.py": PLAIN})
    assert majority_chapter(answer.submissions) == "02"
    assert majority_chapter(answer.submissions[-1:]) is None


def test_a_file_for_another_chapter_is_blank_and_not_0(tmp_path):
    answer = found(tmp_path, {"ada.py": TWO, "ben.py": THREE, "cid.py": PLAIN}, chapter="02")
    assert whose(answer).keys() == {"ada", "cid"}
    assert answer.refused == [("ben", "ben.py", "It is for chapter 03, not for chapter 02.")]


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
    ],
)
def test_of_what_nothing_can_be_graded(tmp_path, files, why):
    answer = found(tmp_path, {**files, "ben.ipynb": PLAIN})
    assert whose(answer) == {"ben": "ben.ipynb"}
    (refused,) = answer.refused
    assert refused.student == "ada"
    assert why in refused.why
    assert refused.why.endswith(".")


def test_what_could_not_be_opened_is_noted_where_something_else_could(tmp_path):
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
    answer = find(root, tmp_path / "scratch")
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
    answer = find(root, tmp_path / "scratch")
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
    assert whose(find(root, root / "scratch")).keys() == {"ada", "ben"}


# ------------------------------------------------------------------------------ any names

part = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda name: "/" not in name)
likely = st.sampled_from(
    ["ada", "ben", "ada (1)", "02_squared_error", "Ada_11_assignsubmission_file_", "A", "hw 2"]
)
file_names = st.builds(str.__add__, part | likely, st.sampled_from([".py", ".ipynb", ".zip", ""]))
paths = st.builds(
    lambda above, last: (*above, last), st.lists(part | likely, max_size=3), file_names
)


@settings(max_examples=300, deadline=None)
@given(st.sets(paths, max_size=12), st.randoms())
def test_everything_belongs_to_one_person_or_is_listed(all_parts, random):
    from lossbook.grading.handed_in.layout import people

    kinds = ("work", "other", "trouble", "folder")
    pieces = [walk.Piece(parts, kinds[len(parts[-1]) % 4]) for parts in sorted(all_parts)]
    found, nobodys = people(pieces)
    assert len({one.name.casefold() for one in found}) == len(found)
    claimed = [claim.piece for one in found for claim in one.claims]
    rest = [piece for piece in pieces if piece.kind == "folder" and piece not in claimed]
    assert sorted(claimed + nobodys + rest) == sorted(pieces)
    assert all(piece.kind == "other" for piece in nobodys)
    random.shuffle(pieces)  # the order in which they are found does not matter
    again, _ = people(pieces)
    assert [(one.name, sorted(c.piece for c in one.claims)) for one in again] == [
        (one.name, sorted(c.piece for c in one.claims)) for one in found
    ]
