"""Each sentence about a library that the course does not install is checked in tests/claims."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = re.compile(r"\b(?:Keras|TensorFlow|PyTorch|torch|JAX|Optax)\b")

# Where such a library is named: the functions that check what is said there.
CHECKED = {
    "sx-6-text": ["the_network_of_the_note", "handed_probabilities"],
    "sm-11-experiment-text": ["softmax_twice"],
    "sm-traps-text": ["handed_probabilities"],
    "dg-1-after": ["conventions", "convolution"],
    "dg-13-text": ["softmax_twice"],
    "dg-13-after": ["the_network_of_the_note", "a_layer_between"],
    "rf-title": [],  # says where they are named
    "rf-2-text": [],  # names the versions, see below
    "rf-2-conventions": ["order_of_arguments"],
    "rf-4-losses-text": ["names_of_losses"],
    "rf-4-losses": ["names_of_losses"],
    "README.md": ["zero_at_a_gap_of_40", "a_gap_of_40"],
    "lossbook/regression.py": ["huber"],
}


def named():
    """The cells, modules and pages whose text names one of these libraries."""
    for folder in ("notebooks", "exercises", "exercises/solutions"):
        for path in sorted(ROOT.glob(f"{folder}/*.ipynb")):
            for cell in nbformat.read(path, as_version=4).cells:
                if LIBRARY.search(cell.source):
                    yield cell.id
    for path in (ROOT / "README.md", *sorted(ROOT.glob("lossbook/**/*.py"))):
        if LIBRARY.search(path.read_text(encoding="utf-8")):
            yield path.relative_to(ROOT).as_posix()


def test_every_place_that_names_a_library_has_a_claim():
    assert sorted(named()) == sorted(CHECKED)


def test_the_claims_are_run():
    programs = [path.read_text(encoding="utf-8") for path in ROOT.glob("tests/claims/*.py")]
    for claim in {claim for claims in CHECKED.values() for claim in claims}:
        assert any(f"\ndef {claim}()" in text and f"    {claim},\n" in text for text in programs)


@pytest.mark.parametrize("package", ["keras", "tensorflow", "torch", "jax", "optax"])
def test_chapter_9_names_the_versions_and_the_day(package):
    pinned = (ROOT / "tests/claims/requirements.txt").read_text(encoding="utf-8")
    [version] = re.findall(rf"^{package}==([\d.]+)", pinned, re.MULTILINE)
    [day] = re.findall(r"last on (\d+ \w+ \d{4})", pinned)
    cells = nbformat.read(ROOT / "notebooks/09_reference.ipynb", as_version=4).cells
    [said] = [cell.source for cell in cells if cell.id == "rf-2-text"]
    assert re.search(rf"\b(?i:{package}|PyTorch) {re.escape(version)}\b", said)
    assert day in said
