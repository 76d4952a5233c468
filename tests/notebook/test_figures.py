"""Figures: the text form tells the plotted data, the bytes repeat, the style survives greyscale."""

import base64
import io
import re
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from lossbook.notebook import figures


@pytest.fixture(autouse=True)
def _style():
    plt.switch_backend("agg")
    figures.set_style()
    yield
    plt.close("all")
    plt.rcdefaults()


@pytest.fixture
def shown(monkeypatch):
    """What `display` was handed: a list of (bundle or object, metadata)."""
    calls = []
    monkeypatch.setattr(
        figures, "display", lambda x, raw=False, metadata=None: calls.append((x, metadata))
    )
    return calls


def parabola(scale=1.0):
    fig, ax = plt.subplots()
    x = np.linspace(-2, 2, 41)
    ax.plot(x, scale * x**2, label="square")
    ax.axhline(1)
    return fig


def test_text_form_samples_labelled_lines_only():
    assert figures.describe(parabola()) == ["  square: (-2, 4) (-1, 1) (0, 0) (1, 1) (2, 4)"]


@pytest.mark.parametrize(
    ("draw", "text"),
    [
        (lambda ax: ax.scatter([1, 2, 3], [4, 5, 6], label="dots"), "dots: (1, 4) (2, 5) (3, 6)"),
        (lambda ax: ax.bar(["a", "b"], [0.5, 2], label="bars"), "bars: 0.5 2"),
        (lambda ax: ax.barh(["a", "b"], [0.5, 2], label="lying bars"), "lying bars: 0.5 2"),
        (lambda ax: ax.plot([-0.0, 1], [1, -0.0], label="no minus"), "no minus: (0, 1) (1, 0)"),
        (lambda ax: ax.imshow([[0, 1], [2, 3]], label="map"), "map: from 0 to 3"),
    ],
)
def test_text_form_of_other_artists(draw, text):
    fig, ax = plt.subplots()
    draw(ax)
    assert figures.describe(fig) == [f"  {text}"]


def test_text_form_names_the_panel_where_there_are_several():
    fig, axes = plt.subplots(1, 2)
    for ax, title in zip(axes, ["left", "right"], strict=True):
        ax.set_title(title)
        ax.plot([0, 1], [0, 1], label="line")
    assert figures.describe(fig) == [
        "  left · line: (0, 0) (1, 1)",
        "  right · line: (0, 0) (1, 1)",
    ]


def test_a_changed_plot_changes_the_text_form():
    assert figures.describe(parabola()) != figures.describe(parabola(1.01))


def test_show_displays_captions_and_closes(shown):
    fig = parabola()
    figures.show(fig, "Figure 0.1. A bowl", "It is round.")
    assert not plt.fignum_exists(fig.number)
    (bundle, metadata), (caption, _) = shown
    [seen] = Markup(bundle["text/html"]).seen["img"]
    assert seen["alt"] == metadata["image/png"]["alt"] == "Figure 0.1. A bowl. It is round."
    assert seen["src"] == f"data:image/png;base64,{bundle['image/png']}"
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert picture.width == 2 * metadata["image/png"]["width"]  # sharp on a dense screen
    assert picture.height == pytest.approx(2 * metadata["image/png"]["height"], abs=2)
    assert caption["text/plain"].splitlines() == [
        "Figure 0.1. A bowl",
        "What to see: It is round.",
        "  square: (-2, 4) (-1, 1) (0, 0) (1, 1) (2, 4)",
    ]
    assert "<strong>Figure 0.1. A bowl.</strong>" in caption["text/html"]
    assert "square: (-2, 4)" in caption["text/html"]


def test_the_same_figure_gives_the_same_bytes(shown):
    figures.show(parabola(), "Figure 0.1. A bowl", "")
    figures.show(parabola(), "Figure 0.1. A bowl", "")
    assert shown[:2] == shown[2:]


class Markup(HTMLParser):
    """Collects the attributes of the images, the slider and the output element."""

    def __init__(self, source):
        super().__init__()
        self.seen = {"img": [], "input": [], "output": []}
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        if tag in self.seen:
            self.seen[tag].append(dict(attrs))


def test_frames_slider_has_an_image_with_alt_text_for_each_value(shown):
    figures.frames_slider(
        parabola, [1, 2], name='scale "s"', title="Figure 0.2. Bowls", see="Steeper."
    )
    (bundle, _), (caption, _) = shown
    seen = Markup(bundle["text/html"]).seen
    assert [("hidden" in frame) for frame in seen["img"]] == [False, True]
    assert 'scale "s" = 2: square: (-2, 8)' in seen["img"][1]["alt"]
    assert seen["img"][0]["src"] != seen["img"][1]["src"]
    assert seen["input"][0]["max"] == "1"
    assert seen["output"][0]["data-labels"] == "1|2"
    assert not re.search(r"\bid=|<script|https?:", bundle["text/html"])
    assert 'scale "s" = 2\n  square: (-2, 8)' in caption["text/plain"]
    assert not plt.get_fignums()


def test_explore_has_a_text_form_and_follows_the_slider(shown):
    figures.explore(parabola, name="scale", low=1, high=3, step=1, start=1)
    [(worded, _)] = shown
    bundle = worded._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Explore: scale from 1 to 3")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    slider, image = worded.widget.children
    before = image.value
    slider.value = 2
    assert image.value != before
    assert not plt.get_fignums()


def test_missing_glyphs_and_empty_texts_are_rejected():
    fig, ax = plt.subplots()
    with pytest.raises(ValueError, match="nothing in the figure is labelled"):
        figures.describe(fig)
    ax.plot([0, 1], label="损失")
    ax.legend()
    with pytest.raises(ValueError, match="must not be Chinese"):
        figures.describe(fig)


def test_curves_differ_without_colour():
    styles = plt.rcParams["axes.prop_cycle"].by_key()["linestyle"]
    assert len(set(map(str, styles))) == len(styles) == 5


def luminance(colour):
    """Relative luminance by WCAG 2.2, from "#rrggbb"."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("colour", plt.cycler(figures.STYLE["axes.prop_cycle"]).by_key()["color"])
def test_lines_stand_out_from_white(colour):
    """WCAG 1.4.11 asks for a contrast of 3 : 1 between a graphic and its background."""
    assert 1.05 / (luminance(colour) + 0.05) >= 3


def test_is_interactive_where_jupyterlab_sets_its_variable(monkeypatch):
    """That JupyterLab does say so, and a bar is seen there, is tested in browser/."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert not figures.is_interactive()
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/07_digits.ipynb")
    assert figures.is_interactive()
