"""The numbers of each student: found by their tag, and open without a known one."""

import pytest

from lossbook.checking import Choice, Function, Prediction
from lossbook.grading.marking.assignment import Assignment, Variants
from lossbook.grading.marking.released import Released
from lossbook.grading.marking.secret import Secret

ADA = "00000000a1"
COMMON = Function("f", "A function", 1, abs, lambda rng: [], [])


def drawn(seed):
    answer = Prediction("seed", "The seed", 1, float(seed), [], "", variable="s")
    parity = Choice(
        "parity", "Parity", 1, {"a": "", "b": ""}, "ab"[seed % 2], {"ba"[seed % 2]: ""}, ""
    )
    return {"seed": seed}, [COMMON, answer, parity]


VARIANTS = Variants(drawn, {ADA: "Ada"})


@pytest.mark.parametrize(
    "cells",
    [
        [f"# your numbers {ADA}\nseed = 161"],
        ["import numpy", f"\n# In[2]:\n# your numbers {ADA}\nseed = 161", "x = 1"],
        [f"# your numbers {ADA}\r\nseed = 161"],
    ],
)
def test_the_tag_tells_whose_numbers_they_are(cells):
    owner, found = VARIANTS.of(cells)
    assert owner == "Ada"
    assert {name: one.answer for name, one in found.items()} == {"seed": 161, "parity": "b"}


@pytest.mark.parametrize("cells", [[], ["# your numbers\nseed = 0"], ["# your numbers of old\n"]])
def test_without_a_tag_they_are_those_of_all(cells):
    owner, found = VARIANTS.of(cells)
    assert (owner, found["seed"].answer) == ("", 0)


def test_an_unknown_tag_leaves_open_what_depends_on_it():
    owner, found = VARIANTS.of(["# your numbers 00000000ff\nseed = 255"])
    assert owner == ""
    assert set(found) == {"seed", "parity"}
    assert all("(00000000ff) are those of no student" in why for why in found.values())


def test_another_roster_is_another_version_of_the_tests():
    def version(variants):
        secret = Secret(b"a secret of 32 bytes, or of more")
        return Assignment("week3", [COMMON], secret, variants=variants).test_version

    assert version(None) == "rules 2, f 1"
    assert version(VARIANTS) == version(Variants(drawn, {ADA: "Ada L."}))
    versions = {version(one) for one in (None, VARIANTS, Variants(drawn, {}))}
    assert len(versions) == 3


def test_own_numbers_are_not_a_missing_cell():
    released = Released([("own-numbers", "# your numbers\nseed = 0"), ("own-start", "import x")])
    assert released.missing_setup(["a"], [f"# your numbers {ADA}\nseed = 161"]) == ["import x"]
    assert len(released.missing_setup(["a"], ["y = 1"])) == 2
