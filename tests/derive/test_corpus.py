"""Every line of the course's derivations holds, and of others; for other seeds as well."""

import pytest

from lossbook.derive import Derivation
from tests.helpers.derive_corpus import BLANK, CORPUS
from tests.helpers.derive_further import FURTHER

EVERY = CORPUS | FURTHER


@pytest.mark.parametrize("title", EVERY)
def test_every_line_holds(title):
    derivation = Derivation(title, EVERY[title], strict=False)
    assert derivation.ok, f"\n{derivation}"
    assert derivation.steps


@pytest.mark.parametrize("title", CORPUS)
def test_every_blank_has_a_solution_below_it(title):
    """As code, in a part that unfolds: <details><summary>Solution</summary> … `x` … </details>."""
    assert not BLANK.search(CORPUS[title])


@pytest.mark.parametrize("seed", [2, 3])
def test_other_instances_refuse_no_line(seed):
    for title in list(CORPUS)[::5]:
        assert Derivation(title, CORPUS[title], strict=False, seed=seed).ok, title
