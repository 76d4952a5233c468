"""What one student handed in: the record that everything in `grading` uses."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    student : a name that no other submission has
    path : the file, None where there is none; it may have another name than `name`, if it was
        unpacked from a zip file
    name : the name of the file as it was handed in, with its folders
    notes : sentences for the teacher
    look_at : those of them that put in doubt whose file it is
    lms_id, lms_name : the student's number on Moodle or Canvas, and the name that it gave the
        file or its folder; "" elsewhere
    handed_in, time_from : the time in ISO format, and what tells it; without a time zone if that
        has none, "" if it is not known
    """

    student: str
    path: Path | None
    name: str
    notes: tuple = ()
    look_at: tuple = ()
    lms_id: str = ""
    lms_name: str = ""
    handed_in: str = ""
    time_from: str = ""
