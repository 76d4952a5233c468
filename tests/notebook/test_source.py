"""The code on the page is the code that runs."""

import pytest

from lossbook import softmax
from lossbook.notebook import source


def short(x):
    """A docstring

    of three lines.
    """
    # why
    return x


class Layer:
    def backward(self, g):
        return g


def test_docstring_goes_and_comments_stay():
    assert source.code(short) == "def short(x):\n    # why\n    return x"


def test_method_is_not_indented():
    assert source.code(Layer.backward) == "def backward(self, g):\n    return g"


def test_shown_as_markdown_and_text(monkeypatch):
    shown = []
    monkeypatch.setattr(source, "display", lambda data, raw: shown.append(data))
    source.show_source(softmax.log_softmax, short)
    first, second = shown
    assert first["text/plain"].startswith("# softmax._exponentials.log_softmax\ndef log_softmax(")
    assert first["text/markdown"].startswith("`softmax._exponentials.log_softmax`\n\n```python\n")
    assert "A docstring" not in second["text/markdown"]


def test_long_function_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(source, "LONGEST", 2)
    with pytest.raises(ValueError, match=r"short has 3 lines .* at most 2"):
        source.code(short)
