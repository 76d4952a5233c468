"""A page of the course that is opened for the first time, and not run: which sliders move."""

import pytest


@pytest.fixture
def slider(new_page, installed_lab):
    """Open a notebook and press the right arrow on its first stored slider; the frames in view."""

    def move(path):
        address = f"/lab/workspaces/first-{path.stem}/tree/notebooks/{path.name}?reset&"
        page = new_page(address, installed_lab)
        page.wait_for_selector("figure input[type=range]")
        figure = page.locator("figure", has=page.locator("input[type=range]")).first
        figure.locator("input[type=range]").focus()
        page.keyboard.press("ArrowRight")
        frames = figure.locator("img")
        return [n for n in range(frames.count()) if frames.nth(n).is_visible()], frames.count()

    return move


def test_unchanged_notebook_is_trusted(slider, installed_lab):
    seen, _ = slider(installed_lab.plain)
    assert seen == [1]


def test_changed_notebook_is_not_trusted(slider, installed_lab):
    """It may hold anything: JupyterLab shows every frame and runs no handler."""
    seen, count = slider(installed_lab.changed)
    assert seen == list(range(count))
    assert count > 1
