"""Without nbgrader, the import into a gradebook says so; with it: tests/nbgrader/test_marks.py."""

import sys

import pytest

from lossbook.grading.export.nbgrader import import_into
from lossbook.grading.gradebook.atomic import BookError


def test_a_machine_without_nbgrader_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    with pytest.raises(BookError, match="pip install nbgrader"):
        import_into([], "sqlite:///gradebook.db", "hw", "02_squared_error", {})
