"""One JupyterLab and one Chromium for each process; one page for each notebook.

`make test-browser` runs two processes (pytest-xdist); the tests of a page stay together.

The server is the command `lossbook lab` itself, run on a copy of the course. Chromium is not
downloaded: it is looked for on the PATH, or where LOSSBOOK_CHROMIUM points. Its resolver knows
no host but this one, so a page that works here works offline.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.helpers.chromium import chromium

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
EXERCISES = sorted(ROOT.glob("exercises/*.ipynb"))
SCREENSHOTS = Path(__file__).parent / "screenshots"
PAGE = {"width": 1200, "height": 1500}

# Every cell in the page: by default JupyterLab draws only those in view.
WHOLE = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
SETTINGS = WHOLE | {
    "@jupyterlab/apputils-extension:notification": {"doNotDisturbMode": True},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}


def pytest_collection_modifyitems(items):
    """Keep the tests of one page in one process: loading it is what takes the time."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            params = item.callspec.params if hasattr(item, "callspec") else {}
            page = params.get("path") or params.get("exercises") or item.path
            item.add_marker(pytest.mark.xdist_group(f"{page.parent.name}/{page.stem}"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """`lossbook lab` on a checkout without git, where nothing is signed: what it serves."""
    home = tmp_path_factory.mktemp("lab")
    course = checkout(home)
    with serving(home, package=course, cwd=course) as (url, token):
        yield SimpleNamespace(url=url, token=token, notebooks=course / "notebooks")


@pytest.fixture(scope="session")
def first_lab(tmp_path_factory):
    """`lossbook lab` on a new clone, with the settings of the course: what it serves.

    `status` tells which of some files differ from those of the commit.
    """
    home = tmp_path_factory.mktemp("first")
    course = checkout(home)
    shutil.copy(ROOT / ".gitignore", course)

    def git(*arguments):
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        command = ["git", *author, *arguments]
        return subprocess.run(
            command, cwd=course, check=True, capture_output=True, text=True
        ).stdout

    git("init")
    git("add", "--all")
    git("commit", "--message", "the course")
    with serving(home, package=course, cwd=course, settings=WHOLE) as (url, token):
        yield SimpleNamespace(
            url=url, token=token, status=lambda *paths: git("status", "--porcelain", "--", *paths)
        )


def checkout(home):
    """A copy of the course, in a folder with a space in its name."""
    course = home / "the course"
    course.mkdir()
    for name in ("lossbook", "notebooks", "exercises"):
        shutil.copytree(ROOT / name, course / name)
    shutil.copy(ROOT / "pyproject.toml", course)
    return course


@pytest.fixture(scope="session")
def installed_lab(tmp_path_factory):
    """`lossbook lab` of an installed package, which copies the course: what it serves.

    One notebook lies there already, and a learner has written into it.
    """
    home = tmp_path_factory.mktemp("installed")
    package, work = home / "site-packages", home / "work"
    shutil.copytree(ROOT / "lossbook", package / "lossbook")
    for name in ("notebooks", "exercises"):
        shutil.copytree(ROOT / name, package / "lossbook" / "course" / name)
    notebooks = work / "lossbook-course" / "notebooks"
    notebooks.mkdir(parents=True)
    [plain, changed] = [path for path in NOTEBOOKS if path.stem[:2] in ("02", "03")]
    text = changed.read_text(encoding="utf-8")
    (notebooks / changed.name).write_text(text.replace("the", "a", 1), encoding="utf-8")
    with serving(home, package=package, cwd=work) as (url, token):
        yield SimpleNamespace(url=url, token=token, plain=plain, changed=changed)


@contextmanager
def serving(home, package, cwd, settings=SETTINGS):
    """Run `lossbook lab` of the `package` in the folder `cwd`; its address and its token."""
    overrides = home / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(settings))

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url, token = f"http://127.0.0.1:{port}", secrets.token_hex(16)
    command = [sys.executable, "-m", "lossbook.cli", "lab", "--no-browser"]
    options = [
        "--expose-app-in-browser",  # window.jupyterapp, to ask instead of to sleep
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
    ]
    private = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    private["LOSSBOOK_PROGRESS"] = "progress.json"
    env = os.environ | {variable: str(home / folder) for variable, folder in private.items()}
    env["PYTHONPATH"] = str(package)
    log = home / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command + options, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"{url}/api/status?token={token}", server, log)
        yield url, token
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(url, server, log, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}", pytrace=False)


@pytest.fixture(scope="session")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def new_page(browser, lab):
    """Open a page of its own and note what goes wrong on it."""
    contexts = []

    def open_page(address, lab=lab):
        context = browser.new_context(viewport=PAGE)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.errors, page.requests = [], []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda m: page.errors.append(m.text) if m.type == "error" else None)
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(f"{lab.url}{address}token={lab.token}")
        page.wait_for_function(
            """() => {
                const panel = window.jupyterapp?.shell?.currentWidget;
                return panel?.sessionContext?.session?.kernel?.status === 'idle';
            }"""
        )
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session", params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture(scope="session", params=EXERCISES, ids=lambda path: path.stem)
def exercises(request, new_page):
    """The page of an exercise notebook that was run with nothing written yet, and its path."""
    path = request.param
    page = new_page(f"/lab/workspaces/ex-{path.stem}/tree/exercises/{path.name}?reset&")
    page.ran = page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    yield page, path
    end(page)


@pytest.fixture(scope="session")
def stored(path, new_page):
    """The page of a notebook that was opened and not run: its stored outputs, not trusted."""
    page = new_page(f"/lab/workspaces/stored-{path.stem}/tree/notebooks/{path.name}?reset&")
    unfold(page)
    yield page
    end(page)


@pytest.fixture(scope="session")
def page(path, new_page):
    """The page of a notebook that was run from top to bottom; pictures of it are kept."""
    page = new_page(f"/lab/workspaces/{path.stem}/tree/notebooks/{path.name}?reset&")
    unfold(page)
    page.ran = page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    yield page
    photograph(page, path.stem)
    end(page)


def unfold(page):
    """Open the sections "More: …", so that their cells are looked at, too."""
    page.evaluate("() => jupyterapp.commands.execute('notebook:expand-all-headings')")


def end(page):
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.context.close()


def photograph(page, name):
    """Save the notebook, one screenful after the other, as screenshots/<name>-1.png and so on."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for old in SCREENSHOTS.glob(f"{name}-*.png"):
        old.unlink()
    outer = page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first
    height, view = outer.evaluate(
        """outer => {
            const last = [...outer.querySelectorAll('.jp-Cell')].pop().getBoundingClientRect();
            const first = outer.getBoundingClientRect();
            return [last.bottom - first.top + outer.scrollTop, outer.clientHeight];
        }"""
    )
    for number, top in enumerate(range(0, int(height), view - 60), start=1):
        outer.evaluate("(e, top) => e.scrollTo({top, behavior: 'instant'})", top)
        page.screenshot(path=SCREENSHOTS / f"{name}-{number}.png")
