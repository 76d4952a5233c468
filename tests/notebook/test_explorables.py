"""What an explorable figure puts into a page; tests/site drives the figures themselves."""

import json
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import pytest

from lossbook.notebook import explorables, figures

MOST = 250  # lines of a figure: it is read in one sitting


@pytest.fixture
def shown(monkeypatch):
    """What is displayed."""
    outputs = []
    for module in (figures, explorables):
        monkeypatch.setattr(module, "display", lambda data, **_: outputs.append(data))
    return outputs


def labelled():
    fig, ax = plt.subplots()
    ax.plot([0, 1], label="a line")
    return fig


class Start(HTMLParser):
    """The attributes of the first tag."""

    attributes = None

    def handle_starttag(self, tag, attributes):
        self.attributes = self.attributes or dict(attributes)


@pytest.mark.parametrize("kind", explorables.KINDS)
def test_output_is_picture_text_and_figure(shown, kind):
    state = {"label": 'Drag "p" & q', "z": [0.5, -1]}
    explorables.explorable(kind, state, labelled(), "Figure 9.1. A figure", "Drag it.")
    picture, caption, figure = shown
    assert "image/png" in picture
    assert caption["text/plain"].startswith("Figure 9.1. A figure\nWhat to see: Drag it.")
    start = Start()
    start.feed(figure["text/html"])
    assert json.loads(start.attributes["data-state"]) == state
    assert start.attributes["data-kind"] == kind


@pytest.mark.parametrize("kind", explorables.KINDS)
def test_module_is_whole_small_and_asks_for_nothing(kind):
    module = explorables.module(kind)
    assert f'startAll("{kind}", start);' in module
    # An import or a fetch would need a server; a closing tag would end the script.
    for word in ("import ", "fetch(", "http://", "https://", "</script"):
        assert word not in module.replace("http://www.w3.org/2000/svg", ""), word
    assert len(module.splitlines()) <= MOST


def test_unknown_kind_is_refused_by_name():
    with pytest.raises(ValueError, match="corridor, margins, outlier, simplex, got 'bowl'"):
        explorables.explorable("bowl", {}, labelled(), "Figure 9.1. A figure", "Drag it.")
