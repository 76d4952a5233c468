"""Who is missing, and whose number and name belong together."""

import pytest

from lossbook.grading.gradebook.roster import match, read_roster, tags
from lossbook.grading.marking.secret import Secret
from tests.helpers.sample_results import graded

MOODLE = "{}_{}_assignsubmission_file_"


def roster(tmp_path, text):
    (tmp_path / "names.csv").write_text(text, encoding="utf-8")
    return read_roster(tmp_path / "names.csv")


def matched(tmp_path, text, *results):
    """(student → name on the roster, the names of those missing, students to look at)"""
    all_, entries = match(results, roster(tmp_path, text), "02", 5)
    missing = [one.student for one in all_ if one.status == "missing"]
    look = [one.student for one in all_ if one.look_at]
    names = {student: entry.name for student, entry in entries.items() if student not in missing}
    return names, missing, look


@pytest.mark.parametrize(
    "text",
    [
        "name\nAda Lovelace\nZoë Müller\n",
        "Student;Number\nLovelace, Ada;7\nMüller, Zoë;8\n",
        "First name\tLast name\tEmail address\nAda\tLovelace\ta@x\nZoë\tMüller\tz@x\n",
        "Identifier,Full name,Grade\nParticipant 7,Ada Lovelace,\nParticipant 8,Zoë Müller,\n",
        "Student,ID,Section,Homework\n    Points Possible,,,5\nAda Lovelace,7,A,\nZoë Müller,8,A,",
    ],
)
@pytest.mark.parametrize("student", ["Ada Lovelace", "ada_lovelace", "lovelaceada", "ADA LOVELACE"])
def test_a_name_is_found_in_any_spelling(tmp_path, text, student):
    names, missing, look = matched(tmp_path, text, graded(student))
    assert list(names) == [student]
    assert (len(missing), look) == (1, [])
    assert "Zoë" in missing[0]


def test_a_number_or_an_address_is_found_too(tmp_path):
    text = "name,student id,e-mail\nAda Lovelace,20231234,ada@uni.edu\nBo Li,20231235,bo@uni.edu\n"
    names, missing, look = matched(tmp_path, text, graded("20231235"), graded("ada@uni.edu"))
    assert names == {"20231235": "Bo Li", "ada@uni.edu": "Ada Lovelace"}
    assert (missing, look) == ([], [])


def test_two_of_one_name_are_told_apart_by_the_number_of_the_platform(tmp_path):
    text = (
        "Identifier,Full name\nParticipant 101,王伟\nParticipant 102,王伟\nParticipant 103,李娜\n"
    )
    one = graded("王伟 (102)", lms_id="102", lms_name=MOODLE.format("王伟", 102))
    all_, entries = match([one], roster(tmp_path, text), "02", 5)
    assert entries["王伟 (102)"].moodle == "102"
    assert [(r.student, r.lms_id) for r in all_[1:]] == [("王伟", "101"), ("李娜", "103")]
    # Without a number it is either of the two.
    _, missing, look = matched(tmp_path, text, graded("王伟"))
    assert (len(missing), look) == (3, ["王伟"])


def test_a_number_of_another_kind_is_not_that_of_the_platform(tmp_path):
    text = "name,student number\nBo Li,101\n"
    one = graded("Ada", lms_id="101", lms_name=MOODLE.format("Ada", 101))
    names, missing, look = matched(tmp_path, text, one)
    assert (names, missing, look) == ({}, ["Bo Li"], ["Ada"])


def test_the_numbers_of_another_student_are_looked_at(tmp_path):
    results = graded("Ada", numbers="Ada"), graded("Bo", numbers="Ada"), graded("Cy")
    _, missing, look = matched(tmp_path, "name\nAda\nBo\nCy\n", *results)
    assert (missing, look) == ([], ["Bo", "Cy"])


def test_tags_depend_on_the_name_and_the_secret_only(tmp_path):
    one, other = (
        Secret(b"a secret of 32 bytes, or of more"),
        Secret(b"another one of 32 bytes, at least"),
    )
    first = tags(roster(tmp_path, "name,mail\nAda Lovelace,a@x\n王伟,b@x\n王伟,c@x\n"), one, "w3")
    assert len(first) == 3
    later = tags(roster(tmp_path, "name\nBo\nLovelace Ada\n王伟\n"), one, "w3")
    names = {entry.name: tag for tag, entry in later.items()}
    assert first[names["Lovelace Ada"]].name == "Ada Lovelace"
    assert first[names["王伟"]].ids == ("b@x",)
    assert not set(later) & set(tags(roster(tmp_path, "name\nBo\n"), other, "w3"))
    assert not set(later) & set(tags(roster(tmp_path, "name\nBo\n"), one, "w4"))


def test_strangers_and_twins_are_looked_at(tmp_path):
    results = graded("Ada Lovelace"), graded("lovelace ada"), graded("eve")
    _, missing, look = matched(tmp_path, "name\nAda Lovelace\n", *results)
    assert (missing, look) == ([], ["Ada Lovelace", "lovelace ada", "eve"])


def test_a_missing_student_has_no_score(tmp_path):
    (one,), _ = match([], roster(tmp_path, "name\nAda\n"), "02", 5)
    assert (one.student, one.status, one.score, one.most) == ("Ada", "missing", None, 5)


@pytest.mark.parametrize("text", ["Ada\nBo\n", "name\n", "points,grade\n1,2\n", ""])
def test_a_table_without_names_is_refused(tmp_path, text):
    with pytest.raises(ValueError, match="must name a column name"):
        roster(tmp_path, text)
