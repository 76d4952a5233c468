"""For every run of the tests: what Hypothesis tries, and readable failures in helpers."""

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("tests.helpers")

# The same inputs on every run: a red build has a reason that stays.
settings.register_profile(
    "course",
    derandomize=True,
    deadline=None,  # a busy machine is not a mistake
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("course")
