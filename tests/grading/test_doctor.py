"""lossbook doctor tries each wall, says what it came to, and believes nobody."""

import os
import re
import sys

import pytest

from lossbook.grading.sandbox import doctor, isolation
from lossbook.grading.sandbox.doctor import Check, examine, report
from lossbook.grading.sandbox.forkserver_client import EVERY_WALL, walls_here


@pytest.fixture(scope="module")
def checks():
    return {check.wall: check for check in examine()}


def test_every_wall_is_tried_and_explained(checks):
    assert tuple(checks) == EVERY_WALL
    for check in checks.values():
        assert isinstance(check.stands, bool)
        assert re.fullmatch(r"\S.*\S", check.words)


def test_what_stands_is_what_a_room_uses(checks):
    # A wall that is used and does not stand would be a hole that nobody sees.
    for wall in walls_here():
        assert checks[wall].stands, checks[wall].words
    if sys.platform != "linux":
        assert not any(check.stands for wall, check in checks.items() if wall != "limits")


def found(**stands):
    return [Check(wall, stands.get(wall, True), "words") for wall in EVERY_WALL]


@pytest.mark.parametrize(
    ("missing", "tier", "goes"),
    [
        ((), "full", True),
        (("namespaces",), "strong", True),
        (("landlock",), "process", False),
        (("seccomp", "namespaces"), "process", False),
        (("limits",), "process", False),
        (EVERY_WALL, "process", False),
    ],
)
def test_the_report_names_the_tier_and_what_it_means(monkeypatch, missing, tier, goes):
    monkeypatch.setattr(doctor, "examine", lambda: found(**dict.fromkeys(missing, False)))
    said = report()
    assert f"The tier is {tier!r}" in said
    assert isolation.IN_WORDS[tier] in said
    assert ("without trusting it" in said) == goes
    assert ("in a container" in said) == (not goes)
    for wall in EVERY_WALL:
        assert re.search(rf"^  {'no ' if wall in missing else 'yes'} +{wall} ", said, re.M)


def broken(monkeypatch, source):
    """Have the walls tried by an interpreter that runs `source` first."""
    start = f"exec({source!r}); "
    real = doctor.subprocess.run

    def run(command, **how):
        return real([*command[:-1], start + command[-1]], **how)

    monkeypatch.setattr(doctor.subprocess, "run", run)


IMPORT = "from lossbook.grading.sandbox import "


@pytest.mark.skipif(sys.platform != "linux", reason="these walls are Linux's")
@pytest.mark.parametrize(
    ("wall", "source", "words"),
    [
        # It is put up, and does nothing.
        ("seccomp", IMPORT + "seccomp; seccomp.install = lambda: None",
         "did not refuse: starting a process, reaching the network"),
        ("limits", IMPORT + "isolation; isolation.limits = lambda *bounds: None",
         "did not refuse: opening many files, taking memory"),
        ("landlock", IMPORT + "isolation; isolation.landlock = lambda *paths: None",
         "did not refuse: reading a file, writing a file"),
        # It cannot be put up.
        ("seccomp", IMPORT + "seccomp\n"
         "def fails(): raise OSError('seccomp: Function not implemented')\nseccomp.install = fails",
         "cannot be put up (seccomp: Function not implemented). The kernel was built without it"),
        ("seccomp", "import platform; platform.machine = lambda: 'riscv64'",
         "no filter for Linux on riscv64). There is a filter for x86-64 and aarch64 only"),
        ("landlock", "import sys; sys.modules['landlockpy'] = None", "cannot be put up"),
        # It cannot be tried.
        ("landlock", "import os; os._exit(3)", "trying it failed: it ended at once"),
        ("seccomp", "raise RuntimeError('broken')", "trying it failed: RuntimeError: broken"),
    ],
)  # fmt: skip
def test_a_wall_that_does_not_stand_is_noticed(monkeypatch, wall, source, words):
    monkeypatch.setattr(doctor, "in_a_container", lambda: False)
    source = f"import sys; sys.path.insert(0, {doctor.ROOT!r})\n{source}"
    broken(monkeypatch, source)
    check = doctor._checked(wall)
    assert not check.stands
    assert words in check.words


@pytest.mark.skipif(sys.platform != "linux", reason="these walls are Linux's")
def test_bubblewrap_that_is_missing_or_may_not(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install bubblewrap" in doctor._in_namespaces().words
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(doctor, "in_a_container", lambda: True)
    check = doctor._in_namespaces()
    assert not check.stands
    assert "No permissions to create new namespace" in check.words
    assert "container" in check.words
    # One that runs the program and hides nothing is no wall either.
    fake.write_text(f'#!/bin/sh\nwhile [ "$1" != "{sys.executable}" ]; do shift; done\nexec "$@"\n')
    check = doctor._in_namespaces()
    assert check.stands == (os.getpid() < 10)


def test_elsewhere_there_is_the_container(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    checks = [doctor._checked("landlock"), doctor._checked("seccomp"), doctor._in_namespaces()]
    for check in checks:
        assert not check.stands
        assert "only on Linux" in check.words
