"""Folders of submissions for tests."""

import io
import os
import zipfile

from lossbook.exercises import CHAPTERS
from lossbook.grading.submissions.collect import find
from lossbook.grading.submissions.filenames import Chapters

COURSE = Chapters({number: chapter.name for number, chapter in CHAPTERS.items()})

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
    return find(laid(folder, files), folder / "scratch", COURSE, chapter)


def whose(answer):
    """student → name of the file"""
    return {one.student: one.name for one in answer.submissions}
