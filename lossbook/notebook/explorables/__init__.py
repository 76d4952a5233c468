"""Figures to take hold of: they compute in the page, so they need no kernel and no network.

One file of JavaScript for each figure, `common.mjs` for what they share. An output carries the
code that draws it, so it works in JupyterLab, on the website and from a file. Where scripts are
off, as in a notebook that is not trusted, the picture stays.
"""

import html
import json
from importlib.resources import files

from IPython.display import display

from lossbook.notebook import figures

KINDS = ("corridor", "margins", "outlier", "simplex")

_FIGURE = """
<figure class="explorable" data-kind="{kind}" data-state="{state}" style="margin:0"></figure>
<script type="module">
{module}</script>
"""


def explorable(kind, state, fallback, title, see):
    """Display a figure that can be dragged, and the picture `fallback` where scripts are off.

    Parameters
    ----------
    kind : {"corridor", "margins", "outlier", "simplex"}
        Which figure.
    state : dict
        Where it starts; numbers, strings and lists of them. The keys are those that the file
        of the figure reads.
    fallback : matplotlib Figure
        The starting position, with labels: it is the picture and the text form.
    title, see : str
        As for `figures.show`.

    Raises
    ------
    ValueError
        There is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    figures.show(fallback, title, see)
    markup = _FIGURE.format(kind=kind, state=html.escape(json.dumps(state)), module=module(kind))
    display({"text/html": markup, "text/plain": f"{title} (to be dragged)"}, raw=True)


def module(kind):
    """The code of a figure with what it shares, without comments: it is stored in each output."""
    folder = files(__package__)
    texts = [
        folder.joinpath(f"{name}.mjs").read_text(encoding="utf-8") for name in ("common", kind)
    ]
    lines = [line for text in texts for line in text.splitlines()]
    return "".join(f"{line}\n" for line in lines if line and not line.lstrip().startswith("//"))
