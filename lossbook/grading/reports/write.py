"""Write the reports into a folder."""

import os
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment

from lossbook._atomic import replace_file
from lossbook.grading.marking.result import Result
from lossbook.grading.reports.environment import load_templates
from lossbook.grading.reports.statistics import ClassStatistics
from lossbook.grading.reports.student import Adjustment, student_page
from lossbook.grading.reports.summary import class_pages


def write_pages(
    results: Iterable[Result],
    folder: str | os.PathLike,
    chapter_title: str,
    adjusted: dict[str, Adjustment] | None = None,
    environment: Environment | None = None,
) -> list[Path]:
    """Write a page for each Result, then those on the class; return the paths, index.html last.

    results : iterable of Result
        Read once, one at a time, so that a large class need not be in memory.
    folder : str or Path
        Created if it is missing; other files in it stay.
    chapter_title : "Squared error and its relatives"
    adjusted : student → Adjustment, where more is to be shown than what was graded
    environment : from `load_templates`, optional
    """
    folder, adjusted, paths = Path(folder), adjusted or {}, []
    environment = environment or load_templates()
    (folder / "students").mkdir(parents=True, exist_ok=True)
    statistics = ClassStatistics()

    def write(path, page):
        replace_file(path, page)
        paths.append(path)

    for result in results:
        change = adjusted.get(result.student)
        student = statistics.add(result, change)
        write(folder / "students" / student.page, student_page(result, change, environment))
    for file, page in class_pages(statistics, chapter_title, environment):
        write(folder / file, page)
    return paths
