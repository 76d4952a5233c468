"""Each layer by itself refuses what it is for; the same is possible without it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="Windows has no isolation layers")

from lossbook.grading.sandbox import isolation
from tests.helpers import layer_probe
from tests.helpers.sandbox_env import ACTS

ROOT = Path(__file__).parents[2]

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
def outcomes():
    """{layer or "without": {act: outcome}}."""
    if sys.platform != "linux":
        pytest.skip("the layers need Linux")
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", layer_probe.__name__],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def landlock_version():
    import landlockpy

    return landlockpy.abi_version()


@pytest.mark.parametrize("layer", layer_probe.LAYERS)
def test_a_layer_refuses_what_it_is_for(outcomes, layer):
    if layer not in outcomes:
        root = "only root can lose its privileges" if layer == "capabilities" else "not here"
        pytest.skip(f"{layer}: {root}")
    acts = {name: layers[layer] for name, (_, layers) in ACTS.items() if layer in layers}
    if layer == "landlock":
        version = landlock_version()
        acts = {name: stop for name, stop in acts.items() if SINCE.get(name, 0) <= version}
    assert {name: outcomes[layer][name] for name in acts} == acts
    # What cannot be done anyway shows nothing about the layer.
    assert {name: outcomes["without"][name] for name in acts} == dict.fromkeys(acts, "done")


@pytest.mark.parametrize("layer", layer_probe.LAYERS)
def test_honest_work_goes_on(outcomes, layer):
    if layer not in outcomes:
        pytest.skip(f"{layer}: not here")
    for act in layer_probe.WORKS:
        assert outcomes[layer][act.__name__] == "done", act.__name__


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


def readable_files(site, *forbidden):
    """Which files of the folder can still be read."""
    readable = isolation.readable(forbidden)
    return {
        name
        for name in SITE
        if any((site / name).is_relative_to(path) for path in map(Path, readable))
    }


def test_nothing_of_a_forbidden_package_is_readable(site):
    kept = readable_files(site, "lossbook", "sklearn", "six")
    assert kept == {
        "numpy/__init__.py",
        "typing_extensions.py",
        "__pycache__/typing_extensions.cpython-311.pyc",
        "sixth/__init__.py",
        "lossbooklet/__init__.py",
    }


def test_what_is_not_forbidden_is_readable(site):
    assert readable_files(site) == set(SITE)
    assert readable_files(site, "six") >= set(SITE) - {"six.py", "__pycache__/six.cpython-311.pyc"}


def test_a_project_that_was_installed_to_be_edited_is_not_readable(site):
    project = site.parent / "project"
    for path in isolation.readable(("lossbook",)):
        assert not path.is_relative_to(project)
        assert not project.is_relative_to(path)


def test_no_home_and_no_settings_are_readable():
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
        (["/usr/lib/a", "/usr/lib/b"], "/tmp/box", ["/usr"]),
        (["/usr/lib/a", "/etc/fonts"], "/tmp/box", ["/etc", "/usr"]),
        # Packages beside the sandbox: the highest folder that does not hold it.
        (["/tmp/venv/lib/x"], "/tmp/box", ["/tmp/venv"]),
        (["/home/t/venv/lib/x", "/home/t/y"], "/home/t/tmp/box", ["/home/t/venv", "/home/t/y"]),
        (["/home/t/tmp/venv"], "/home/t/tmp/box", ["/home/t/tmp/venv"]),
    ],
)
def test_roots_hold_the_paths_and_not_the_sandbox(paths, without, expected):
    found = isolation.roots(paths, without)
    assert found == [Path(path) for path in expected]
    for path in paths:
        assert any(Path(path).is_relative_to(root) for root in found)
    assert not any(Path(without).is_relative_to(root) for root in found)


def test_roots_look_through_links(tmp_path):
    # A temporary folder that is a link into the disk on which Python is installed, too.
    disk = tmp_path / "disk"
    (disk / "tmp" / "box").mkdir(parents=True)
    (disk / "venv" / "lib").mkdir(parents=True)
    (tmp_path / "tmp").symlink_to(disk / "tmp")
    found = isolation.roots([disk / "venv" / "lib"], tmp_path / "tmp" / "box")
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
def test_a_tier_needs_all_of_its_layers(missing, expected):
    assert isolation.tier_of([one for one in isolation.LAYERS if one not in missing]) == expected
    assert isolation.TIERS[expected]


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_threads_of_the_user_are_counted():
    import threading

    stop = threading.Event()
    before = isolation.count_user_threads()
    threads = [threading.Thread(target=stop.wait) for _ in range(50)]
    for thread in threads:
        thread.start()
    after = isolation.count_user_threads()
    stop.set()
    for thread in threads:
        thread.join()
    assert before >= 1
    assert after - before > 25  # other processes come and go meanwhile


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_the_memory_of_the_grader_is_limited_for_a_time():
    """In a process of its own, which begins with far less than this one."""
    source = """
from lossbook.grading.sandbox import isolation
with isolation.limited_memory(64 << 20):
    small = bytearray(32 << 20)
    try:
        bytearray(128 << 20)
    except MemoryError:
        print("refused")
print(len(bytearray(128 << 20)) >> 20)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert done.stdout.split() == ["refused", "128"], done.stderr
