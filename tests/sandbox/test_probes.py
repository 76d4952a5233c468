"""Each probe of `lossbook doctor` is refused, by the layer that it names and not by chance."""

import pytest

from lossbook.grading.sandbox import forkserver_client
from lossbook.grading.sandbox.doctor import NOT_REFUSED, PROBES, run_probes
from lossbook.grading.sandbox.layers import ROOT
from tests.helpers.sandboxes import KINDS, needs_layers


def not_refused(layers):
    return {probe.name for probe, finding in run_probes(layers) if finding.startswith(NOT_REFUSED)}


@pytest.mark.parametrize("kind", ["full", "strong"])
def test_all_probes_are_refused(kind):
    needs_layers(KINDS[kind])
    assert not_refused(KINDS[kind]) == set()


def test_without_layers_only_the_grader_refuses():
    """Else a probe would be refused by chance, and show nothing about its layer."""
    needs_layers(KINDS["strong"])
    assert not_refused(()) == {
        probe.name for probe in PROBES if probe.refused_by != ("the grader",)
    }


@pytest.mark.parametrize("layer", ["limits", "landlock", "seccomp"])
def test_a_layer_alone_refuses_its_probes(layer):
    needs_layers([layer])
    named = {probe.name for probe in PROBES if layer in probe.refused_by}
    assert not named & not_refused((layer,))


@pytest.mark.parametrize(
    ("broken", "probe"),
    [
        ("seccomp.install = lambda: None", "start a process"),
        ("isolation.landlock = lambda *paths: None", "read a file outside"),
        ("isolation.limits = lambda *bounds: None", "take 4 GB of memory"),
    ],
)
def test_a_layer_that_does_nothing_is_noticed(monkeypatch, broken, probe):
    needs_layers(KINDS["strong"])
    start = f"import sys; sys.path.insert(0, {ROOT!r}); "
    start += f"from lossbook.grading.sandbox import isolation, seccomp; {broken}; "
    monkeypatch.setattr(forkserver_client, "_START", start + forkserver_client._START)
    assert probe in not_refused(KINDS["strong"])
