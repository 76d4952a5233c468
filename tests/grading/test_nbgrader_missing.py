"""The import into nbgrader reports a missing nbgrader. With it: tests/nbgrader/test_marks.py."""

import sys

import pytest

from lossbook.grading.export.nbgrader import import_into
from lossbook.grading.gradebook.errors import GradebookError


def test_a_missing_nbgrader_is_reported_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    with pytest.raises(GradebookError, match="pip install nbgrader"):
        import_into([], "sqlite:///gradebook.db", "hw", "02_squared_error", {})
