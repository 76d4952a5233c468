"""What a reader would see is seen, what the last bits of a sum change is not."""

import base64
import io

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib import ft2font
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image, PngImagePlugin
from sklearn.datasets import load_diabetes

from lossbook import figures
from lossbook.outputs import (
    SAME_PICTURE,
    compare,
    distance,
    drawn_by,
    keep_pictures,
    not_comparable,
    pictures,
)


@pytest.fixture(autouse=True)
def _style():
    plt.switch_backend("agg")
    figures.set_style()
    yield
    plt.close("all")
    plt.rcdefaults()


def draw(change=lambda dots, curve, ax: None):
    """A figure like 2.4, patients and a line through them, in base64; `change` slips in before."""
    bmi, y = load_diabetes(return_X_y=True, as_frame=False, scaled=False)
    fig, ax = plt.subplots()
    [dots] = ax.plot(bmi[:, 2], y, ".", color=figures.GREY, markersize=4)
    [curve] = ax.plot([18, 43], [80, 300], "-.", color=figures.GREEN, label="quantile 0.5")
    ax.set(xlabel="body mass index", ylabel="disease progression", xticks=[20, 25, 30, 35, 40])
    ax.set(xlim=(17, 43.2), ylim=(10, 460))
    ax.legend(loc="upper left")
    change(dots, curve, ax)
    png = base64.b64encode(figures.png(fig)).decode()
    plt.close(fig)
    return png


def pixel(ax):
    """The height of one pixel of the stored picture, in units of y."""
    ax.figure.draw_without_rendering()
    low, high = ax.get_ylim()
    return (high - low) / (ax.get_position().height * ax.figure.get_figheight() * 200)


def shift(artist, by):
    artist.set_ydata(np.asarray(artist.get_ydata()) + by)


SEEN = {
    "one dot of 442 moves": lambda dots, curve, ax: shift(dots, 100 * (np.arange(442) == 7)),
    "one dot moves by its own size": lambda dots, curve, ax: shift(dots, 5 * (np.arange(442) == 7)),
    "a dot is missing": lambda dots, curve, ax: dots.set_ydata(
        np.where(np.arange(442) == 7, np.nan, dots.get_ydata())
    ),
    "the curve moves by one pixel": lambda dots, curve, ax: shift(curve, pixel(ax)),
    "the curve tilts": lambda dots, curve, ax: curve.set_ydata([80, 303]),
    "another line style": lambda dots, curve, ax: curve.set_linestyle("--"),
    "another colour": lambda dots, curve, ax: curve.set_color(figures.BLUE),
    "a thinner line": lambda dots, curve, ax: curve.set_linewidth(1.2),
    "a letter of a label": lambda dots, curve, ax: ax.set_ylabel("disease progressiom"),
    "a digit of a tick": lambda dots, curve, ax: ax.set_xticks([20], ["26"]),
    "a tick moves": lambda dots, curve, ax: ax.set_xticks([20.05, 25, 30, 35, 40]),
    "a tick is missing": lambda dots, curve, ax: ax.set_xticks([20, 25, 30, 35]),
    "no grid": lambda dots, curve, ax: ax.grid(False),
    "a word in the legend": lambda dots, curve, ax: ax.legend(["quantile 0.6"], loc="upper left"),
}


@pytest.mark.parametrize("change", SEEN.values(), ids=SEEN)
def test_a_change_that_a_reader_could_see_is_seen(change):
    print(distance(draw(), draw(change)))
    assert distance(draw(), draw(change)) > 1.5 * SAME_PICTURE


def test_x():
    assert 0
