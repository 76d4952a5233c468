"""Write the pages into a folder: each file at once or not at all."""

import os
from pathlib import Path

from lossbook.grading.reports.roster import STUDENTS, name_pages
from lossbook.grading.reports.statistics import Tally
from lossbook.grading.reports.student import student_page
from lossbook.grading.reports.summary import page_on


def write_pages(results, folder, chapter_title, adjusted=None):
    """Write a page for each Result, and index.html for the teacher; return the paths, that last.

    Parameters
    ----------
    results : iterable of Result
        Read once, one at a time, so that a large class need not be in memory.
    folder : str or Path
        Made if it is not there. What else is in it stays.
    chapter_title : str
        "Squared error and its relatives".
    adjusted : dict, optional
        Student → (score or None, why), where a person has changed the score.
    """
    folder, adjusted, paths = Path(folder), adjusted or {}, []
    (folder / STUDENTS).mkdir(parents=True, exist_ok=True)
    counted = Tally()
    for result in results:
        changed = adjusted.get(result.student)
        row = counted.add(result, changed)
        paths.append(_write(folder / STUDENTS / row.page, student_page(result, changed)))
    for file, page in name_pages(counted, chapter_title):
        paths.append(_write(folder / file, page))
    paths.append(_write(folder / "index.html", page_on(counted, chapter_title)))
    return paths


def _write(path, page):
    """A reader finds the old page or the new one, never a half."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # Bytes: with another line ending the style sheet would not have its hash.
        fresh.write_bytes(page.encode("utf-8"))
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    return path
