"""One Chromium for the tests of pages: not downloaded, and without a network."""

import os
import shutil
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root otherwise, and containers run as root
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def without(what, how):
    """Fail in CI, skip elsewhere."""
    message = f"no {what}: {how}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@contextmanager
def chromium():
    """A running browser: the Chromium on the PATH, or the one that LOSSBOOK_CHROMIUM names."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        without("Playwright", "pip install -e '.[browser]', or make test-browser")
    wanted = os.environ.get("LOSSBOOK_CHROMIUM")
    executable = next(filter(None, map(shutil.which, [wanted] if wanted else NAMES)), None)
    if not executable:
        without("Chromium", "apt-get install chromium, or set LOSSBOOK_CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()
