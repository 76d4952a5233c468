"""The built site, and Chromium without a network."""

from pathlib import Path

import pytest

from tests.helpers.chromium import chromium, without

ROOT = Path(__file__).parents[2]
TYPESET = "() => window.MathJax?.startup?.promise?.then(() => true)"


@pytest.fixture(scope="session")
def site():
    """The folder of the built site; `make site` takes each warning of Sphinx for an error."""
    built = ROOT / "site"
    if not built.is_dir():
        without("site", "run `make site` first")
    return built


@pytest.fixture(scope="session")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def tab(browser):
    return browser.new_page(viewport={"width": 1280, "height": 900})


@pytest.fixture(scope="session")
def open_page():
    return opened


def opened(tab, address):
    """Open a page, wait for its formulas; what it asked for elsewhere, and its errors."""
    outside, errors = [], []

    def on_request(request):
        if not request.url.startswith(("file:", "data:")):
            outside.append(request.url)

    def on_message(message):
        if message.type in ("error", "warning"):
            errors.append(message.text)

    tab.on("request", on_request)
    tab.on("console", on_message)
    tab.goto(address)
    tab.wait_for_load_state()
    if tab.evaluate("() => document.querySelector('.math') !== null"):
        tab.wait_for_function(TYPESET, timeout=120_000)
    tab.remove_listener("request", on_request)
    tab.remove_listener("console", on_message)
    return outside, errors
