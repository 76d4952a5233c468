"""Each wall by itself refuses what it is there for, and the same is possible without it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="there are no walls on Windows")

import laboratory
from there import ACTS

from lossbook.grading.sandbox import isolation
from lossbook.grading.sandbox.forkserver_client import EVERY_WALL, tier_of

# From which version of Landlock on (the kernel's own count) it refuses what is not about files.
SINCE = {
    "cuts_a_file_off": 3,
    "cuts_a_file_off_by_opening": 3,
    "cuts_a_file_off_without_reading": 3,
    "connects_by_tcp": 4,
    "listens_by_tcp": 4,
    "connects_to_an_abstract_socket": 6,
    "signals_another": 6,
}


@pytest.fixture(scope="module")
def came():
    """What came of every act: {act: {wall: words}}."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, laboratory.__file__], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def needed(wall, act=None):
    """Skip where a wall cannot be tried."""
    if sys.platform != "linux":
        pytest.skip("the walls are Linux's")
    if wall not in laboratory.here():
        why = "one has to be root to lose its privileges" if wall == "capabilities" else "not here"
        pytest.skip(f"{wall}: {why}")
    if wall == "landlock" and SINCE.get(act, 0) > abi():
        pytest.skip(f"this kernel's Landlock is of version {abi()}, {SINCE[act]} would be needed")


def abi():
    import landlockpy

    return landlockpy.abi_version()


@pytest.mark.parametrize(
    ("wall", "act", "expected"),
    [
        (wall, name, expected)
        for name, (_, refusing) in ACTS.items()
        for wall, expected in refusing.items()
    ],
)
def test_a_wall_refuses(request, wall, act, expected):
    needed(wall, act)
    came = request.getfixturevalue("came")
    assert came[act]["without"] == "done", "it cannot be done anyway, so the wall shows nothing"
    assert came[act][wall] == expected


@pytest.mark.parametrize("wall", laboratory.WALLS)
@pytest.mark.parametrize("act", [act.__name__ for act in laboratory.WORKS])
def test_honest_work_goes_on(request, wall, act):
    needed(wall)
    assert request.getfixturevalue("came")[act][wall] == "done"


# ----------------------------------------------------------------------------- what is readable

FILES = """
numpy/__init__.py
six.py
__pycache__/six.cpython-311.pyc
__pycache__/typing_extensions.cpython-311.pyc
typing_extensions.py
lossbook/__init__.py
lossbook-0.1.0.dist-info/RECORD
lossbook.pth
_lossbook.pth
__editable__.lossbook-0.1.0.pth
__editable___lossbook_0_1_0_finder.py
__pycache__/__editable___lossbook_0_1_0_finder.cpython-311.pyc
sklearn/__init__.py
scikit_learn-1.8.0.dist-info/METADATA
scikit_learn.libs/libgomp.so
sixth/__init__.py
lossbooklet/__init__.py
"""
SITE = FILES.split()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages, the only one in sys.path, and one that was installed to be edited."""
    folder = tmp_path / "site-packages"
    for name in SITE:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    project = tmp_path / "project"
    (project / "solutions").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(project), str(folder)])
    return folder


def left(site, *forbidden):
    """Which files of the folder can still be read."""
    readable = isolation.readable(forbidden)
    return {
        name
        for name in SITE
        if any((site / name).is_relative_to(path) for path in map(Path, readable))
    }


def test_nothing_of_a_forbidden_package_is_readable(site):
    kept = left(site, "lossbook", "sklearn", "six")
    assert kept == {
        "numpy/__init__.py",
        "typing_extensions.py",
        "__pycache__/typing_extensions.cpython-311.pyc",
        "sixth/__init__.py",
        "lossbooklet/__init__.py",
    }


def test_what_is_not_forbidden_is_readable(site):
    assert left(site) == set(SITE)
    assert left(site, "six") >= set(SITE) - {"six.py", "__pycache__/six.cpython-311.pyc"}


def test_a_project_that_was_installed_to_be_edited_is_not_readable(site):
    project = site.parent / "project"
    for path in isolation.readable(("lossbook",)):
        assert not path.is_relative_to(project)
        assert not project.is_relative_to(path)


def test_a_room_reads_no_home_and_no_settings():
    paths = isolation.readable(("lossbook",))
    for private in ("/", "/home", "/root", "/etc", "/etc/passwd", "/proc", "/tmp", "/var"):
        for path in paths:
            assert not Path(private).is_relative_to(path), path


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process has loaded")
def test_every_library_of_the_packages_is_readable():
    program = (
        "import numpy, scipy.optimize, matplotlib.pyplot, sys\n"
        "from lossbook.grading.sandbox import isolation\n"
        "paths = [path.resolve() for path in isolation.readable()]\n"
        "for line in open('/proc/self/maps'):\n"
        "    name = line.split(None, 5)[5:]\n"
        "    if name and '.so' in name[0]:\n"
        "        path = isolation.Path(name[0].strip())\n"
        "        assert any(path.is_relative_to(one) for one in paths), path\n"
    )
    root = str(Path(isolation.__file__).parents[3])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr


# ----------------------------------------------------------------------------------- roots


@pytest.mark.parametrize(
    ("paths", "without", "expected"),
    [
        (["/usr/lib/a", "/usr/lib/b"], "/tmp/room", ["/usr"]),
        (["/usr/lib/a", "/etc/fonts"], "/tmp/room", ["/etc", "/usr"]),
        # Packages beside the room: the highest folder that does not hold it.
        (["/tmp/venv/lib/x"], "/tmp/room", ["/tmp/venv"]),
        (["/home/t/venv/lib/x", "/home/t/y"], "/home/t/tmp/room", ["/home/t/venv", "/home/t/y"]),
        (["/home/t/tmp/venv"], "/home/t/tmp/room", ["/home/t/tmp/venv"]),
    ],
)
def test_roots_hold_the_paths_and_not_the_rooms(paths, without, expected):
    found = isolation.roots(paths, without)
    assert found == [Path(path) for path in expected]
    for path in paths:
        assert any(Path(path).is_relative_to(root) for root in found)
    assert not any(Path(without).is_relative_to(root) for root in found)


def test_roots_look_through_links(tmp_path):
    # A temporary folder that is a link into the disk on which Python is installed, too.
    disk = tmp_path / "disk"
    (disk / "tmp" / "room").mkdir(parents=True)
    (disk / "venv" / "lib").mkdir(parents=True)
    (tmp_path / "tmp").symlink_to(disk / "tmp")
    found = isolation.roots([disk / "venv" / "lib"], tmp_path / "tmp" / "room")
    assert found == [(disk / "venv").resolve()]


# ------------------------------------------------------------------------------------ tiers


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ((), "full"),
        (("namespaces",), "strong"),
        (("landlock",), "process"),
        (("seccomp",), "process"),
        (("limits",), "process"),
        (("capabilities",), "process"),
        (("landlock", "seccomp", "namespaces"), "process"),
    ],
)
def test_the_tier_is_that_of_the_weakest_side(missing, expected):
    assert tier_of([wall for wall in EVERY_WALL if wall not in missing]) == expected
    assert isolation.IN_WORDS[expected]


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_threads_of_the_user_are_counted():
    import threading

    stop = threading.Event()
    before = isolation.threads_of_user()
    threads = [threading.Thread(target=stop.wait) for _ in range(50)]
    for thread in threads:
        thread.start()
    after = isolation.threads_of_user()
    stop.set()
    for thread in threads:
        thread.join()
    assert before >= 1
    assert after - before > 25  # other processes come and go meanwhile
