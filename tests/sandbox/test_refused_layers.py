"""A machine that knows a layer and refuses to apply it, as some containers do: `grade` says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lossbook.grading.sandbox import layers
from lossbook.grading.sandbox.isolation import LAYERS
from lossbook.grading.sandbox.layers import Check
from tests.helpers.classroom import empty, write
from tests.helpers.sandboxes import needs_layers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these layers need Linux")

# A filter that refuses one system call, and then the command.
REFUSES = """
import os, platform, sys
from lossbook.grading.sandbox import seccomp
refuse, allow = (6, 0, 0, 0x50000 | int(sys.argv[2])), (6, 0, 0, 0x7FFF0000)
number, argument = (0x20, 0, 0, 0), (0x20, 0, 0, 16)
prctl = {"x86_64": 157, "aarch64": 167}[platform.machine()]
steps = {
    "landlock_create_ruleset": [number, (0x15, 0, 1, 444), refuse, allow],
    "landlock_restrict_self": [number, (0x15, 0, 1, 446), refuse, allow],
    "seccomp": [number, (0x15, 0, 3, prctl), argument, (0x15, 0, 1, 22), refuse, allow],
}[sys.argv[1]]
seccomp.program = lambda machine, pid: steps
seccomp.install()
os.execv(sys.executable, [sys.executable, "-m", "lossbook.cli", "grade", *sys.argv[3:]])
"""
EPERM, ENOSYS = "1", "38"


@pytest.mark.parametrize(
    ("call", "error", "layer"),
    [
        ("landlock_create_ruleset", ENOSYS, "landlock"),
        ("landlock_create_ruleset", EPERM, "landlock"),
        ("landlock_restrict_self", EPERM, "landlock"),
        ("seccomp", EPERM, "seccomp"),
    ],
)
def test_a_refused_layer_is_one_clear_message(call, error, layer, tmp_path):
    needs_layers(("landlock", "seccomp"))
    write(empty("02"), tmp_path / "in" / "ada" / "02_squared_error_exercises.ipynb")
    done = subprocess.run(
        [sys.executable, "-c", REFUSES, call, error, tmp_path / "in", "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "Submissions are not run here" in done.stderr
    assert f"no {layer}: it cannot be applied" in done.stderr
    assert done.stderr.count("  no ") <= 2  # namespaces may be missing, too
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture
def tried(monkeypatch, tmp_path):
    """The layers that are tried; one of them does not work."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("LOSSBOOK_CACHE", raising=False)
    tried = []

    def check(layer):
        tried.append(layer)
        return Check(layer, layer != "namespaces", "why")

    monkeypatch.setattr(layers, "check", check)
    return tried


def test_what_works_is_tried_once_and_what_does_not_again(tried):
    assert layers.available_layers() == layers.available_layers() == LAYERS[:-1]
    assert sorted(tried) == sorted([*LAYERS, "namespaces"])


def test_nothing_is_remembered_when_the_machine_has_changed(tried, monkeypatch):
    layers.available_layers()
    monkeypatch.setattr(os, "readlink", lambda path: "another namespace")
    layers.available_layers()
    assert sorted(tried) == sorted([*LAYERS, *LAYERS])


def test_nothing_is_remembered_under_a_filter_of_unknown_kind(tried, monkeypatch):
    filtered = "Uid:\t0\nSeccomp:\t2\nSeccomp_filters:\t1\n"
    monkeypatch.setattr(Path, "read_text", lambda path, **how: filtered)
    assert layers._memory() is None


@pytest.mark.parametrize("content", ["", "{", "7", '["root"]', "null"])
def test_a_damaged_memory_is_not_believed(tried, content):
    path = layers._memory()
    path.parent.mkdir()
    path.write_text(content)
    assert layers.available_layers() == LAYERS[:-1]
    assert sorted(tried) == sorted(LAYERS)
