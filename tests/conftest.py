"""For every run of the tests: markers by folder, what Hypothesis tries, failures in helpers."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

collect_ignore = ["benchmarks", "claims"]  # programs: make bench, make test-claims
pytest.register_assert_rewrite("tests.helpers")

# The same inputs on every run: a red build has a reason that stays.
settings.register_profile(
    "course",
    derandomize=True,
    deadline=None,  # a busy machine is not a mistake
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("course")

MARKED = (
    "browser",
    "cluster",
    "nbgrader",
    "sandbox",
    "site",
    "wheel",
)  # folders named as their marker


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items):
    tests = Path(__file__).parent
    for item in items:
        folder = item.path.parent
        if folder.name in MARKED and folder.parent == tests:
            item.add_marker(folder.name)
