"""Moodle and Canvas get what their importers ask for, and no grade where there is none."""

import csv
import zipfile
from dataclasses import replace

import pytest

from lossbook.grading.export.lms import write_lms_files
from lossbook.grading.gradebook.roster import Entry
from lossbook.grading.marking.result import Result
from lossbook.grading.submissions.filenames import from_platform
from tests.helpers.sample_results import HUBER, RMSE, blank, graded

OPEN = graded("cy", answers=(RMSE, replace(HUBER, state="open", earned=0.0)))


def moodle(result, number):
    name = f"{result.student}_{number}_assignsubmission_file_"
    return replace(result, lms_id=str(number), lms_name=name)


def canvas(result, number):
    name = f"{result.student}_{number}_67890_02.ipynb"
    return replace(result, lms_id=str(number), lms_name=name)


@pytest.fixture
def written(tmp_path):
    def write(results, entries=None, **more):
        pages = {}
        for one in results:
            pages[one.student] = tmp_path / f"{one.student}.html"
            pages[one.student].write_text(f"the report of {one.student}")
        more = {"entries": entries or {}, "assignment": "HW 1 (98765)", **more}
        paths = write_lms_files(results, tmp_path, pages=pages, **more)
        return {path.name: path for path in paths}

    return write


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_moodle_gets_the_columns_that_its_importer_requires(written):
    files = written([moodle(graded("Ada"), 7), moodle(blank("Bo"), 8), moodle(OPEN, 9)])
    assert rows(files["moodle-grades.csv"]) == [
        ["Identifier", "Full name", "Grade", "Last modified (grade)"],
        ["Participant 7", "Ada", "3", "-"],
        ["Participant 8", "Bo", "", "-"],
        ["Participant 9", "cy", "", "-"],
    ]
    assert "canvas-grades.csv" not in files


def test_open_points_count_nothing_on_request(written):
    files = written([moodle(OPEN, 9)], open_as_zero=True, scale=100)
    assert rows(files["moodle-grades.csv"])[1] == ["Participant 9", "cy", "60", "-"]


def test_moodle_gets_each_report_in_the_folder_of_its_student(written):
    """Moodle splits the folder's name at "_": name, number, assignsubmission, file, nothing."""
    flat = moodle(graded("Zoë"), 8)
    flat = replace(flat, lms_name=flat.lms_name + "02_squared_error.ipynb")
    new = moodle(graded("Cy"), 9)  # since Moodle 4.1 without the last "_"
    new = replace(new, lms_name=new.lms_name.rstrip("_"))
    files = written([moodle(graded("Ada"), 7), flat, new])
    with zipfile.ZipFile(files["moodle-feedback.zip"]) as packed:
        assert packed.namelist() == [
            "Ada_7_assignsubmission_file_/feedback.html",
            "Zoë_8_assignsubmission_file_/feedback.html",
            "Cy_9_assignsubmission_file_/feedback.html",
        ]
        assert packed.read("Zoë_8_assignsubmission_file_/feedback.html").decode() == (
            "the report of Zoë"
        )
        for name in packed.namelist():
            assert name.split("/")[0].split("_", 4)[1:] == [
                from_platform(name.split("/")[0]).id,
                *("assignsubmission", "file", ""),
            ]


def test_canvas_gets_its_header_the_points_possible_and_the_numbers(written):
    files = written([canvas(graded("lovelaceada"), 12345), canvas(blank("bo"), 12346)])
    assert rows(files["canvas-grades.csv"]) == [
        ["Student", "ID", "Section", "HW 1 (98765)"],
        ["    Points Possible", "", "", "5"],
        ["lovelaceada", "12345", "", "3"],
        ["bo", "12346", "", ""],
    ]
    assert list(files) == ["canvas-grades.csv"]


def test_a_scale_is_the_points_possible(written):
    files = written([canvas(graded("ada"), 12345)], scale=100.0)
    assert [row[3] for row in rows(files["canvas-grades.csv"])[1:]] == ["100", "60"]


def test_the_roster_has_the_numbers_of_flat_files_and_of_the_missing(written):
    missing = Result("Bo", "", "02", "", "missing", None, 5)
    entries = {"Ada": Entry("Ada", moodle="7"), "Bo": Entry("Bo", moodle="8")}
    files = written([graded("Ada"), missing, graded("eve")], entries)
    assert [row[:3] for row in rows(files["moodle-grades.csv"])[1:]] == [
        ["Participant 7", "Ada", "3"],
        ["Participant 8", "Bo", ""],
    ]


def test_no_platform_no_files(written):
    assert written([graded("Ada")]) == {}


def test_a_name_is_no_formula(written):
    files = written([moodle(graded("=1+1"), 7)])
    assert rows(files["moodle-grades.csv"])[1][1] == "'=1+1"
