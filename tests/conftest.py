"""For every run of the tests: what Hypothesis tries, and what notebooks are held against."""

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("stored")  # so that it says how two texts differ

# The same inputs on every run: a red build has a reason that stays.
settings.register_profile(
    "course",
    derandomize=True,
    deadline=None,  # a busy machine is not a mistake
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("course")


def pytest_configure(config):
    """Beside nbval's test of every cell stand two of every notebook (stored.py)."""
    import stored

    config.pluginmanager.register(stored)
