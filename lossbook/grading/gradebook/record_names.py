"""The name of the file that holds a result."""

import re

from lossbook.grading.safe_names import safe_name

_CHAPTER = re.compile(r"[0-9A-Za-z]{1,20}")


def record_name(student, chapter):
    """The name of the file that holds the result of one student in one chapter.

    >>> record_name("CON", "02")
    'con-a3dbc4b644a9a2c5-02.json'
    """
    if not isinstance(chapter, str) or not _CHAPTER.fullmatch(chapter):
        raise ValueError(f"chapter must be letters and digits, as '02', not {chapter!r}")
    return f"{safe_name(student)}-{chapter}.json"
