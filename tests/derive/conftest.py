import os

import pytest


@pytest.fixture(autouse=True)
def _without_cache(monkeypatch):
    """Every test checks for itself; a remembered verdict would test nothing."""
    monkeypatch.setenv("LOSSBOOK_CACHE", "off")


os.environ["LOSSBOOK_CACHE"] = "off"  # also while test modules are imported
