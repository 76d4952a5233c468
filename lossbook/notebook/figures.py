"""One style for every figure of the course, and three ways to show one.

`show` displays a finished figure. `frames_slider` displays a slider over frames drawn in advance:
plain HTML that needs no kernel, so it also works on a static page. `explore` redraws on every move
of a slider and needs a running kernel. (`is_interactive` tells whether to show progress bars.)

Each figure is followed by its text form: title, what to see, and (folded) a few of the plotted
numbers, read back from the figure itself. Screen readers read it, and a test that compares outputs
compares the data as well as the picture.
"""

import base64
import html
import io
import os

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib import cycler, ft2font
from PIL import Image, PngImagePlugin

# Okabe and Ito (2008): distinguishable with the common colour deficiencies.
BLUE, VERMILION, GREEN, PURPLE, BLACK = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000"
GREY = "#767676"  # the lightest grey with a contrast of 4.5 : 1 on white

STYLE = {
    "figure.figsize": (6.4, 3.8),
    "figure.constrained_layout.use": True,
    "font.size": 10.5,
    "axes.titlesize": 11,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # Colour and line style change together, so that the curves differ in black and white too.
    "axes.prop_cycle": cycler(
        color=[BLUE, VERMILION, GREEN, PURPLE, BLACK],
        linestyle=["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1))],
    ),
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
}

_WIDTH = 640  # CSS pixels; pictures have twice as many, for high-resolution screens
_DPI = 200
_DPI_OF_FRAMES = 150  # a page holds all frames of a slider, so they have fewer pixels


_CAPTION = """
<p style="max-width:46em"><strong>{title}.</strong> <em>What to see:</em> {see}</p>
<details><summary>The figure in numbers</summary><pre>{numbers}</pre></details>
"""

_IMAGE = """
<img src="data:image/png;base64,{png}" style="width:{width}px;max-width:100%" alt="{alt}" {hidden}>
"""

# Without data-lm-suppress-shortcuts JupyterLab would handle the arrow keys itself.
_SLIDER = """
<figure style="margin:0">{frames}<figcaption>
<label>{name} <input type="range" min="0" max="{last}" value="0" aria-valuetext="{first}"
 style="width:{width}px;vertical-align:middle" data-lm-suppress-shortcuts="true"
 oninput="{move}"></label>
<output data-labels="{labels}">{first}</output>
</figcaption></figure>
"""

_MOVE = """
const figure = this.closest('figure');
figure.querySelectorAll('img').forEach((img, i) => { img.hidden = i != this.value; });
const output = figure.querySelector('output');
output.value = output.dataset.labels.split('|')[this.value];
this.setAttribute('aria-valuetext', output.value);
"""


def set_style():
    """Make the course's style the default of all later figures."""
    plt.rcdefaults()
    plt.rcParams.update(STYLE)


def show(fig, title, see):
    """Display a figure with its text form under it, and close it.

    Parameters
    ----------
    fig : matplotlib Figure
        Label the lines, points and bars that matter: the text form samples these.
    title : str
        Number and title: "Figure 2.1. …".
    see : str
        One or two sentences: what the reader should notice.

    Raises
    ------
    ValueError
        The figure contains characters that Matplotlib's own font lacks (Chinese labels would be
        boxes), or nothing in it is labelled.
    """
    picture = base64.b64encode(png(fig)).decode()
    alt = f"{title}. {see}"
    on_page = {"alt": alt, "width": _WIDTH, "height": _height(fig)}
    numbers = describe(fig)
    plt.close(fig)
    # JupyterLab and nbconvert's HTML pages show the HTML; from a bare picture they would drop the
    # alt text. nbconvert's PDF uses the picture.
    bundle = {"image/png": picture, "text/html": _image_html(picture, alt), "text/plain": title}
    display(bundle, raw=True, metadata={"image/png": on_page})
    _caption(title, see, numbers)


def frames_slider(draw, values, *, name, title, see, fmt="{:g}"):
    """Display a slider over frames drawn in advance, with the text form of every frame.

    Parameters
    ----------
    draw : callable
        `draw(value)` returns a new Matplotlib figure.
    values : sequence
        One frame for each.
    name : str
        What the slider changes, with its unit.
    title, see : str
        As for `show`.
    fmt : str
        How a value is written beside the slider.
    """
    labels, pictures, texts = [], [], []
    for value in values:
        fig = draw(value)
        labels.append(fmt.format(value))
        pictures.append(base64.b64encode(png(fig, dpi=_DPI_OF_FRAMES)).decode())
        texts.append(describe(fig))
        plt.close(fig)
    markup = _slider_html(name, title, labels, pictures, texts)
    display({"text/html": markup, "text/plain": title}, raw=True)
    numbers = []
    for label, text in zip(labels, texts, strict=True):
        numbers += [f"{name} = {label}", *text]
    _caption(title, see, numbers)


def explore(draw, *, name, low, high, step, start):
    """Display a slider that redraws the figure `draw(value)`; needs a running kernel.

    No claim of the course depends on it: `show` or `frames_slider` makes every point first.
    """
    import ipywidgets as widgets

    def picture(value):
        fig = draw(value)
        try:
            return png(fig)
        finally:
            plt.close(fig)

    slider = widgets.FloatSlider(
        start, min=low, max=high, step=step, description=name, style={"description_width": "auto"}
    )
    image = widgets.Image(value=picture(start), format="png", width=_WIDTH)
    slider.observe(lambda change: setattr(image, "value", picture(change["new"])), names="value")
    text = f"Explore: {name} from {low:g} to {high:g} (run this cell to move the slider)"
    display(_WidgetWithText(widgets.VBox([slider, image]), text))


def is_interactive():
    """Whether this notebook runs in JupyterLab, so that progress bars should be shown.

    ::

        with tqdm(total=100, disable=not figures.is_interactive()) as bar: ...

    A progress bar differs on every run, so it must not be part of outputs that are compared.
    JupyterLab's server puts the name of the open notebook into the environment of its kernel;
    nbval, `lossbook refresh` and nbconvert do not. (Neither do some front ends; there the
    notebook runs without progress bars.)
    """
    return "JPY_SESSION_NAME" in os.environ


def _caption(title, see, numbers):
    """Display the text form: a caption with folded numbers, and the same as plain text."""
    markup = _CAPTION.format(
        title=html.escape(title), see=html.escape(see), numbers=html.escape("\n".join(numbers))
    )
    plain = "\n".join([title, f"What to see: {see}", *numbers])
    display({"text/html": markup, "text/plain": plain}, raw=True)


class _WidgetWithText:
    """A widget with a given text form: its own would contain bytes of the picture."""

    def __init__(self, widget, text):
        self.widget, self.text = widget, text

    def _repr_mimebundle_(self, **kwargs):
        bundle = self.widget._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": self.text}


def describe(fig):
    """Read a few of the plotted numbers back from a figure: one line of text for each artist.

    A line or scatter gives three to five of its points, bars their lengths, an image its range,
    all to three significant digits. Artists without a label are left out.
    """
    _reject_missing_glyphs(fig)
    artists = [(ax, artist) for ax in fig.axes for artist in _labelled(ax)]
    if not artists:
        raise ValueError("nothing in the figure is labelled; label its lines, points or bars")
    sampled = 5 if len(artists) == 1 else 3
    several = sum(bool(_labelled(ax)) for ax in fig.axes) > 1
    return [
        f"  {ax.get_title() + ' · ' if several else ''}{artist.get_label()}: "
        + _numbers(artist, sampled)
        for ax, artist in artists
    ]


def _labelled(ax):
    artists = [*ax.lines, *ax.collections, *ax.containers, *ax.images]
    return [a for a in artists if not str(a.get_label()).startswith("_") and a.get_label()]


def _numbers(artist, sampled):
    if hasattr(artist, "patches"):  # bars
        horizontal = getattr(artist, "orientation", None) == "horizontal"
        lengths = [b.get_width() if horizontal else b.get_height() for b in artist.patches]
        return " ".join(map(_short, lengths))
    if hasattr(artist, "get_clim"):
        data = artist.get_array()
        if artist in artist.axes.images:
            return f"from {_short(data.min())} to {_short(data.max())}"
    if hasattr(artist, "get_offsets"):
        points = np.asarray(artist.get_offsets(), dtype=float)
    else:
        points = np.column_stack([np.asarray(v, dtype=float) for v in artist.get_data()])
    at = np.unique(np.linspace(0, len(points) - 1, sampled).round().astype(int))
    return " ".join(f"({_short(x)}, {_short(y)})" for x, y in points[at])


def _short(number):
    return f"{float(number) + 0.0:.3g}"  # + 0.0 turns −0 into 0


def _reject_missing_glyphs(fig):
    for text in fig.findobj(plt.Text):
        if any(ord(character) >= 0x2E80 for character in text.get_text()):
            raise ValueError(
                "labels of a figure must not be Chinese (many fonts lack the characters), got "
                f"{text.get_text()!r}"
            )


def png(fig, background="white", dpi=_DPI):
    """The figure as PNG bytes in 256 colours: a third of the size, with no visible difference.

    The colours are chosen for maximum coverage: no pixel is off by more than about 10 of 255
    levels, and a change of one level in one pixel hardly changes the others. (Pillow's default,
    the median cut, is off by up to 67 levels, and such a change moves others by 15.)
    """
    drawn, stored = io.BytesIO(), io.BytesIO()
    # Uncompressed, because it is read again at once.
    fig.savefig(
        drawn, format="png", dpi=dpi, facecolor=background, pil_kwargs={"compress_level": 0}
    )
    picture = Image.open(drawn)
    made_by = PngImagePlugin.PngInfo()
    made_by.add_text("Software", picture.info["Software"] + _font_renderer())
    picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        stored, format="png", optimize=True, pnginfo=made_by
    )
    return stored.getvalue()


def _font_renderer():
    """The version of FreeType if it is not Matplotlib's own, for the picture's metadata.

    Matplotlib's wheels bundle FreeType; Linux distributions and conda use the system's.
    """
    if ft2font.__freetype_build_type__ == "local":
        return ""
    return f", FreeType version{ft2font.__freetype_version__} of the system"


def _height(fig):
    width, height = fig.get_size_inches()
    return round(_WIDTH * height / width)


def _image_html(picture, alt, hidden=""):
    return _IMAGE.format(png=picture, width=_WIDTH, alt=html.escape(alt), hidden=hidden)


def _slider_html(name, title, labels, pictures, texts):
    """Return a <figure> of frames and a slider: no ids and no scripts, so the bytes repeat.

    In an untrusted notebook inline handlers and `hidden` are stripped, so all frames show.
    """
    frames = []
    for label, picture, text in zip(labels, pictures, texts, strict=True):
        alt = f"{title} {name} = {label}: " + "; ".join(line.strip() for line in text)
        frames.append(_image_html(picture, alt, hidden="hidden" if frames else ""))
    return _SLIDER.format(
        frames="".join(frames),
        name=html.escape(name),
        last=len(labels) - 1,
        first=html.escape(labels[0]),
        labels=html.escape("|".join(labels)),
        width=_WIDTH // 2,
        move=html.escape(_MOVE),
    )
