"""Names, from the outside in, decide which file belongs to whom; two people never become one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook.grading.submissions import walk
from lossbook.grading.submissions.collect import find
from lossbook.grading.submissions.ownership import people
from tests.helpers.submission_files import COURSE, PLAIN, found, laid, whose, zipped

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
    "nbgrader, two exercises": (
        {
            f"{who}/{what}/a.py": PLAIN
            for who in ("ada", "ben")
            for what in ("06_hinge", "07_digits")
        },
        {"ada": "ada/06_hinge/a.py", "ben": "ben/06_hinge/a.py"},
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


def test_the_zip_file_of_a_platform_can_be_graded_itself(tmp_path):
    path = tmp_path / "canvas.zip"
    path.write_bytes(
        zipped({"liben_12_345_x.ipynb": PLAIN, "ada_13_346_x.zip": zipped({"y.py": b""})})
    )
    answer = find(path, tmp_path / "scratch", COURSE)
    assert whose(answer) == {"ada": "ada_13_346_x.zip/y.py", "liben": "liben_12_345_x.ipynb"}
    assert answer.submissions[1].path.read_bytes() == PLAIN


def test_a_single_file(tmp_path):
    root = laid(tmp_path, {"ada.ipynb": PLAIN})
    assert whose(find(root / "ada.ipynb", tmp_path / "scratch", COURSE)) == {"ada": "ada.ipynb"}


@pytest.mark.parametrize("name", ["nothing", "bad.zip"])
def test_a_root_that_is_none(tmp_path, name):
    (tmp_path / "bad.zip").write_bytes(b"bad")
    with pytest.raises(ValueError, match=r"^submissions "):
        find(tmp_path / name, tmp_path / "scratch", COURSE)


# ------------------------------------------------------------------- two people, one name


def test_two_people_of_one_name(tmp_path):
    moodle = "Li Wei_{}_assignsubmission_file_/x.ipynb"
    answer = found(tmp_path, {moodle.format(11): b"1", moodle.format(12): b"2"})
    assert [one.student for one in answer.submissions] == ["Li Wei (11)", "Li Wei (12)"]
    assert all("Another student is called `Li Wei`" in one.notes[0] for one in answer.submissions)


def test_one_name_in_two_sections(tmp_path):
    files = {f"{name}/x.ipynb": PLAIN for name in ("A/li", "A/ada", "B/li", "B/Ada")}
    assert whose(found(tmp_path, files)).keys() == {"li (A)", "li (B)", "ada (A)", "Ada (B)"}


def test_a_name_cannot_be_taken_by_another_student(tmp_path):
    """Names in a student's own folder or zip file do not identify the student."""
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


def test_names_that_look_alike_differ_and_two_spellings_are_one_name(tmp_path):
    """macOS writes ü as u and two dots; that is one name. Unprintable characters are not equal."""
    files = {"J\u00fcrgen/a.ipynb": PLAIN, "Ju\u0308rgen/b.ipynb": PLAIN}
    assert len(found(tmp_path, files).submissions) == 1
    pieces = [walk.Piece((name,), "gradable") for name in ("a\x01.py", "a\x02.py")]
    assert [one.name for one in people(pieces, COURSE)[0]] == ["a\ufffd", "a\ufffd (2)"]


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
    kinds = ("gradable", "other", "unusable", "folder")
    pieces = [walk.Piece(parts, kinds[len(parts[-1]) % 4]) for parts in sorted(all_parts)]
    found, unclaimed = people(pieces, COURSE)
    assert len({one.name.casefold() for one in found}) == len(found)
    claimed = [claim.piece for one in found for claim in one.claims]
    rest = [piece for piece in pieces if piece.kind == "folder" and piece not in claimed]
    assert sorted(claimed + unclaimed + rest) == sorted(pieces)
    assert all(piece.kind == "other" for piece in unclaimed)
    random.shuffle(pieces)  # the order in which they are found does not matter
    again, _ = people(pieces, COURSE)
    assert [(one.name, sorted(c.piece for c in one.claims)) for one in again] == [
        (one.name, sorted(c.piece for c in one.claims)) for one in found
    ]


# ------------------------------------------------------------------- whose file it is


@pytest.mark.parametrize(
    ("files", "doubted"),
    [
        (("ada.ipynb", "ada (2).ipynb", "bo.ipynb"), {"ada": "ada (2).ipynb"}),
        (("ada/x.ipynb", "ada /x.ipynb", "bo/x.ipynb"), {"ada": "2 files were handed in"}),
        (("homework.ipynb", "bo.ipynb"), {"homework": "does not say whose it is"}),
        (("02_squared_error.ipynb", "bo.ipynb"), {"02_squared_error": "does not say whose"}),
        (("ada/x.ipynb", "ada/y.ipynb", "bo/x.ipynb"), {}),  # in a folder of one's own
        (("ada_11_assignsubmission_file_x.ipynb", "ada_11_assignsubmission_file_y.ipynb"), {}),
    ],
)
def test_a_file_that_may_be_anothers_is_looked_at(tmp_path, files, doubted):
    answer = found(tmp_path, dict.fromkeys(files, PLAIN))
    looks = {one.student: " ".join(one.look_at) for one in answer.submissions if one.look_at}
    assert looks.keys() == doubted.keys()
    assert all(words in looks[name] for name, words in doubted.items())
