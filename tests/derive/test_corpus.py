"""Every line of the course's derivations holds."""

import pytest

from lossbook.derive import Derivation
from tests.helpers.derive_corpus import CORPUS


@pytest.mark.parametrize("title", CORPUS)
def test_every_line_holds(title):
    derivation = Derivation(title, CORPUS[title], strict=False)
    assert derivation.ok, f"\n{derivation}"
    assert len(derivation.steps) >= 3
