"""`lossbook doctor` applies each layer and says what to do about one that is missing."""

import re
import sys

import pytest

from lossbook.grading.sandbox import doctor, isolation, layers
from lossbook.grading.sandbox.doctor import NOT_REFUSED, PROBES, report
from lossbook.grading.sandbox.isolation import LAYERS
from lossbook.grading.sandbox.layers import Check, available_layers, check


def test_every_layer_is_tried_and_what_works_is_what_a_sandbox_applies():
    for layer in LAYERS:
        one = check(layer)
        assert one.works == (layer in available_layers()), one.message
        assert re.fullmatch(r"\S.*\S", one.message)


@pytest.mark.parametrize(
    ("missing", "tier", "goes"),
    [
        ((), "full", True),
        (("namespaces",), "strong", True),
        (("landlock",), "process", False),
        (("seccomp", "namespaces"), "process", False),
        (("limits",), "process", False),
        (LAYERS, "process", False),
    ],
)
def test_the_report_names_the_tier_and_what_it_means(monkeypatch, missing, tier, goes):
    monkeypatch.setattr(doctor, "check", lambda layer: Check(layer, layer not in missing, "why"))
    monkeypatch.setattr(doctor, "run_probes", lambda layers: [(PROBES[0], "refused by limits")])
    text, status = report()
    assert status == 0
    assert f"The tier is {tier!r}" in text
    assert isolation.TIERS[tier] in text
    assert ("can be graded here safely" in text) == goes
    assert ("in a container" in text) == (not goes)
    for layer in LAYERS:
        assert re.search(rf"^  {'no ' if layer in missing else 'yes'} +{layer} ", text, re.M)


def test_a_probe_that_is_not_refused_is_an_error(monkeypatch):
    monkeypatch.setattr(doctor, "check", lambda layer: Check(layer, True, "works"))
    findings = [(PROBES[0], NOT_REFUSED), (PROBES[1], "refused by limits")]
    monkeypatch.setattr(doctor, "run_probes", lambda layers: findings)
    text, status = report()
    assert status == 1
    assert "1 of 2 probes are NOT REFUSED" in text
    assert "safely" not in text


IMPORT = f"import sys; sys.path.insert(0, {layers.ROOT!r})\nfrom lossbook.grading.sandbox import "


@pytest.mark.skipif(sys.platform != "linux", reason="these layers need Linux")
@pytest.mark.parametrize(
    ("layer", "source", "message"),
    [
        ("seccomp", IMPORT + "seccomp\n"
         "def fails(): raise OSError('seccomp: Function not implemented')\nseccomp.install = fails",
         "seccomp: Function not implemented). The kernel was built without it"),
        ("seccomp", "import platform; platform.machine = lambda: 'riscv64'",
         "no filter for Linux on riscv64). The kernel was built without it"),
        ("landlock", "import sys; sys.modules['landlockpy'] = None", "It needs Linux 5.13"),
        ("landlock", "import os; os._exit(3)", "it cannot be applied (no reason given)"),
    ],
)  # fmt: skip
def test_a_layer_that_cannot_be_applied_is_explained(monkeypatch, layer, source, message):
    monkeypatch.setattr(layers, "in_a_container", lambda: False)
    start = f"exec({source!r}); "
    real = layers.subprocess.run
    monkeypatch.setattr(
        layers.subprocess,
        "run",
        lambda command, **how: real([*command[:-1], start + command[-1]], **how),
    )
    one = check(layer)
    assert not one.works
    assert message in one.message


@pytest.mark.skipif(sys.platform != "linux", reason="these layers need Linux")
def test_bubblewrap_that_is_missing_or_not_allowed_is_explained(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install bubblewrap" in check("namespaces").message
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(layers, "in_a_container", lambda: True)
    one = check("namespaces")
    assert not one.works
    assert "No permissions to create new namespace" in one.message
    assert "container" in one.message


def test_other_systems_have_no_such_layers(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    for layer in ("landlock", "seccomp", "namespaces"):
        assert not check(layer).works
        assert "only on Linux" in check(layer).message
