"""Files that Moodle and Canvas import as they are: grades, and a zip file with the reports.

moodle-grades.csv     "Upload grading worksheet" of an assignment (with English column names)
moodle-feedback.zip   "Upload multiple feedback files in a zip" there
canvas-grades.csv     "Import" of the Gradebook

Students are named by the numbers that the platform has put into the names of their files, or that
are in the roster. No grade is written for a student who has none: nothing was handed in or graded,
or points are open.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lossbook.grading.export.table import harmless, number, scaled
from lossbook.grading.gradebook.errors import write_file
from lossbook.grading.gradebook.roster import Entry
from lossbook.grading.marking.result import Result


def write_lms_files(
    results: Sequence[Result],
    folder: Path,
    *,
    pages: Mapping[str, Path],
    entries: Mapping[str, Entry],
    assignment: str,
    scale: float | None = None,
    open_as_zero: bool = False,
) -> list[Path]:
    """Write the files for the platform that the results come from; return their paths.

    pages : student → the file of the report
    entries : student → Entry of the roster
    assignment : name of the column in the Gradebook of Canvas, as "Homework 1 (98765)"
    scale : the points that the platform gives for all; default: those of the chapter
    open_as_zero : give a grade where points are open
    """
    nobody, written = Entry(""), []

    def students(platform):
        """(number, result, grade) for each student of a platform."""
        for one in results:
            known = one.lms_id if one.lms == platform else ""
            if found := known or getattr(entries.get(one.student, nobody), platform):
                is_open = one.open_points and not open_as_zero
                yield found, one, None if is_open else scaled(one, scale)

    def write(name, rows):
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        write_file(folder / name, text.getvalue().encode())
        written.append(folder / name)

    if moodle := list(students("moodle")):
        head = ("Identifier", "Full name", "Grade", "Last modified (grade)")
        rows = [(f"Participant {i}", _name(one), number(grade), "-") for i, one, grade in moodle]
        write("moodle-grades.csv", [head, *rows])
        reports = [(one, pages[one.student]) for _, one, _ in moodle if one.lms == "moodle"]
        write_file(folder / "moodle-feedback.zip", _zip(reports))
        written.append(folder / "moodle-feedback.zip")
    if canvas := list(students("canvas")):
        most = max(one.most for _, one, _ in canvas) if scale is None else scale
        head = ("Student", "ID", "Section", assignment)
        rows = [(_name(one), i, "", number(grade)) for i, one, grade in canvas]
        write("canvas-grades.csv", [head, ("    Points Possible", "", "", number(most)), *rows])
    return written


def _name(result):
    return harmless(result.student)


def _zip(reports: Iterable[tuple[Result, Path]]) -> bytes:
    """A zip file with each report in the folder that Moodle has made for its student."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for result, page in reports:
            student = result.lms_name.partition("_assignsubmission_")[0]
            packed.write(page, f"{student}_assignsubmission_file_/feedback.html")
    return data.getvalue()
