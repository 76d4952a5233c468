"""For pytest: `pytest --nbval` compares the notebooks below with what they store, pictures too."""

from importlib.util import find_spec

import pytest


def pytest_addoption():
    if not find_spec("nbval"):
        raise pytest.UsageError("the notebooks are tested by nbval: pip install nbval")


def pytest_configure(config):
    from lossbook.notebook import pytest_plugin

    config.pluginmanager.register(pytest_plugin, "lossbook")
