"""One style for every figure of the course, and three ways to show one.

`show` displays a finished figure. `flip` puts a slider over frames drawn in advance: plain HTML
that needs no kernel, so it also works on a static page. `explore` redraws on every move of a
slider and needs a running kernel. (`watched` says whether anybody is there to see a progress bar.)

Under each figure stands its text form: title, what to see, and (folded) a few of the plotted
numbers, read back from the figure itself. A screen reader reads it, and a test that compares
outputs sees the data and not only a picture.
"""

import base64
import html
import io
import os

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython.display import display
from matplotlib import ft2font
from PIL import Image, PngImagePlugin

# Okabe and Ito (2008): these colours stay apart under the common colour deficiencies.
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

_WIDTH = 640  # CSS pixels; the pictures hold twice as many, for sharp screens
_DPI = 200


_CAPTION = """
<p style="max-width:46em"><strong>{title}.</strong> <em>What to see:</em> {see}</p>
<details><summary>The figure in numbers</summary><pre>{numbers}</pre></details>
"""

_IMAGE = """
<img src="data:image/png;base64,{png}" style="width:{width}px;max-width:100%" alt="{alt}" {hidden}>
"""

# JupyterLab would take the arrow keys for itself without data-lm-suppress-shortcuts.
_FLIP = """
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
    """Make the course's style the default for every figure drawn from here on."""
    plt.rcdefaults()
    plt.rcParams.update(STYLE)


def show(fig, title, see):
    """Display a figure with its text form under it, and close it.

    Parameters
    ----------
    fig : matplotlib Figure
        Label the lines, points and bars that carry the message: the text form samples those.
    title : str
        "Figure 2.1. …": what the figure is.
    see : str
        One or two sentences: what the reader should notice.

    Raises
    ------
    ValueError
        The figure contains glyphs outside Matplotlib's own font (Chinese labels would be boxes),
        or nothing in it is labelled.
    """
    picture = base64.b64encode(png(fig)).decode()
    alt = f"{title}. {see}"
    on_page = {"alt": alt, "width": _WIDTH, "height": _height(fig)}
    numbers = describe(fig)
    plt.close(fig)
    # JupyterLab and nbconvert's pages show the HTML, as they leave out the alt text of a bare
    # picture; nbconvert's PDF takes the picture.
    bundle = {"image/png": picture, "text/html": _image_html(picture, alt), "text/plain": title}
    display(bundle, raw=True, metadata={"image/png": on_page})
    _caption(title, see, numbers)


def flip(draw, values, *, name, title, see, fmt="{:g}"):
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
        pictures.append(base64.b64encode(png(fig)).decode())
        texts.append(describe(fig))
        plt.close(fig)
    markup = _flip_html(name, title, labels, pictures, texts)
    display({"text/html": markup, "text/plain": title}, raw=True)
    numbers = []
    for label, text in zip(labels, texts, strict=True):
        numbers += [f"{name} = {label}", *text]
    _caption(title, see, numbers)


def explore(draw, *, name, low, high, step, start):
    """Display a slider that redraws the figure `draw(value)`; needs a running kernel.

    Nothing the course claims depends on it: `show` or `flip` has made every point before.
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
    words = f"Explore: {name} from {low:g} to {high:g} (run this cell to move the slider)"
    display(_Worded(widgets.VBox([slider, image]), words))


def watched():
    """Whether a reader is watching this notebook run, so that a progress bar makes sense.

    ::

        with tqdm(total=100, disable=not figures.watched()) as bar: ...

    A progress bar differs on every run, so it must not stand among outputs that are compared.
    JupyterLab's server writes the name of the open notebook into the environment of its kernel;
    nbval, `lossbook refresh` and nbconvert start kernels without it. (So do some front ends:
    there the notebook runs the same, without the bar.)
    """
    return "JPY_SESSION_NAME" in os.environ


def _caption(title, see, numbers):
    """Display the text form: a caption with the numbers folded, and the same as plain text."""
    markup = _CAPTION.format(
        title=html.escape(title), see=html.escape(see), numbers=html.escape("\n".join(numbers))
    )
    plain = "\n".join([title, f"What to see: {see}", *numbers])
    display({"text/html": markup, "text/plain": plain}, raw=True)


class _Worded:
    """A widget with a text form of ours: its own would hold bytes of the picture."""

    def __init__(self, widget, words):
        self.widget, self.words = widget, words

    def _repr_mimebundle_(self, **kwargs):
        bundle = self.widget._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": self.words}


def describe(fig):
    """Read a few of the plotted numbers back from a figure: one line of text for each artist.

    Lines and scatters give three to five of their points, bars their lengths, images their
    range; artists without a label are left out. Three significant digits.
    """
    _refuse_boxes(fig)
    artists = [(ax, artist) for ax in fig.axes for artist in _labelled(ax)]
    if not artists:
        raise ValueError("nothing in the figure is labelled; label what carries the message")
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
        lying = getattr(artist, "orientation", None) == "horizontal"
        return " ".join(_short(b.get_width() if lying else b.get_height()) for b in artist.patches)
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


def _refuse_boxes(fig):
    for text in fig.findobj(plt.Text):
        strange = [c for c in text.get_text() if ord(c) >= 0x2E80]
        if strange:
            raise ValueError(
                f"plots carry no Chinese glyphs (many machines draw boxes), got {text.get_text()!r}"
            )


def png(fig, background="white"):
    """The figure as PNG bytes, in 256 colours: a third of the size, and no eye sees it.

    The colours are chosen for maximum coverage: none is off by more than about 10 of 255 levels,
    and a pixel that differs by one level hardly moves the others. (Pillow's default, the median
    cut, is off by up to 67, and answers with 15 levels elsewhere.)
    """
    drawn, stored = io.BytesIO(), io.BytesIO()
    # Not compressed, as it is read again at once.
    fig.savefig(
        drawn, format="png", dpi=_DPI, facecolor=background, pil_kwargs={"compress_level": 0}
    )
    picture = Image.open(drawn)
    made_by = PngImagePlugin.PngInfo()
    made_by.add_text("Software", picture.info["Software"] + _letters())
    picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        stored, format="png", optimize=True, pnginfo=made_by
    )
    return stored.getvalue()


def _letters():
    """What shapes the letters beside Matplotlib's version, which the picture names already.

    Matplotlib's wheels bring their own FreeType; Linux distributions and conda take the system's.
    """
    if ft2font.__freetype_build_type__ == "local":
        return ""
    return f", FreeType version{ft2font.__freetype_version__} of the system"


def _height(fig):
    width, height = fig.get_size_inches()
    return round(_WIDTH * height / width)


def _image_html(picture, alt, hidden=""):
    return _IMAGE.format(png=picture, width=_WIDTH, alt=html.escape(alt), hidden=hidden)


def _flip_html(name, title, labels, pictures, texts):
    """Return a <figure> of frames and a slider: no ids and no scripts, so the bytes repeat.

    Where inline handlers and `hidden` are stripped (an untrusted notebook), all frames show.
    """
    frames = []
    for label, picture, text in zip(labels, pictures, texts, strict=True):
        alt = f"{title} {name} = {label}: " + "; ".join(line.strip() for line in text)
        frames.append(_image_html(picture, alt, hidden="hidden" if frames else ""))
    return _FLIP.format(
        frames="".join(frames),
        name=html.escape(name),
        last=len(labels) - 1,
        first=html.escape(labels[0]),
        labels=html.escape("|".join(labels)),
        width=_WIDTH // 2,
        move=html.escape(_MOVE),
    )
