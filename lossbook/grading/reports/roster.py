"""The table of names: one table, or for a large class pages of a few hundred names each."""

import unicodedata
from collections.abc import Iterator

from lossbook.grading.reports.statistics import StudentSummary

_IN_SUMMARY, _ON_A_PAGE = 300, 500


def by_name(students: list[StudentSummary]) -> list[StudentSummary]:
    """Students in alphabetical order: é is sorted with e, and case does not count."""
    return sorted(students, key=lambda one: (_plain(one.student), one.student))


def _plain(text):
    apart = unicodedata.normalize("NFKD", text[:200])
    return "".join(char for char in apart if not unicodedata.combining(char)).casefold()


def parts(students: list[StudentSummary]) -> Iterator[tuple[str, list[StudentSummary]]]:
    """File name and students of each further page of names; none for a small class."""
    if len(students) > _IN_SUMMARY:
        rows = by_name(students)
        for k in range(0, len(rows), _ON_A_PAGE):
            yield f"class-{k // _ON_A_PAGE + 1}.html", rows[k : k + _ON_A_PAGE]
