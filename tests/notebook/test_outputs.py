"""What a reader would see is seen, what the last bits of a sum change is not."""

import base64
import io
from functools import cache

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib import ft2font
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image, PngImagePlugin
from sklearn.datasets import load_diabetes

from lossbook.notebook import figures
from lossbook.notebook.outputs import (
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


@cache
def unchanged():
    return draw()


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
    """The whole grid, thin and pale, is 21 levels; one dot, tick or letter is 60 and more."""
    assert distance(unchanged(), draw(change)) > 1.2 * SAME_PICTURE


@pytest.mark.parametrize("size", [1e-16, 1e-15, 1e-12])
def test_what_another_processor_draws_is_the_same_picture(size):
    """Its exp, log and sums differ in the last bits, and a few of many edges by one level."""
    rng = np.random.default_rng(0)

    def change(*drawn):
        for line in drawn[:2]:
            x, y = np.asarray(line.get_data(), dtype=float)
            noise = 1 + size * rng.standard_normal((2, len(x)))
            line.set_data(x * noise[0], y * noise[1])

    for _ in range(3):
        assert distance(unchanged(), draw(change)) < 0.7 * SAME_PICTURE


def test_levels_of_a_difference():
    """A pixel alone counts a ninth, a block of 3 x 3 counts whole, another size is everything."""

    def picture(block, size=(20, 20)):
        pixels = np.full((*size, 3), 255, dtype=np.uint8)
        pixels[5 : 5 + block, 5 : 5 + block] = 255 - 90
        return png(pixels)

    assert distance(picture(0), picture(1)) == 10
    assert distance(picture(0), picture(3)) == 90
    assert distance(picture(0), picture(0, size=(20, 21))) == 255


# ------------------------------------------------------------------------- whole notebooks


def png(pixels, software="Matplotlib version1.0, https://matplotlib.org/"):
    about, file = PngImagePlugin.PngInfo(), io.BytesIO()
    about.add_text("Software", software)
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(file, format="png", pnginfo=about)
    return base64.b64encode(file.getvalue()).decode()


def grey(level, **more):
    return png(np.full((8, 8), level), **more)


def shown(level, **more):
    about = {"image/png": {"alt": "grey"}}
    data = {"image/png": grey(level, **more), "text/plain": "g"}
    return new_output("display_data", data=data, metadata=about)


def page(*levels, **more):
    """A slider's frames."""
    frames = [f'<img src="data:image/png;base64,{grey(level, **more)}">' for level in levels]
    return new_output("display_data", data={"text/html": "".join(frames), "text/plain": "s"})


def words(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def notebook(*outputs):
    return new_notebook(cells=[new_code_cell("…", id="a-cell", outputs=list(outputs))])


SAME = {
    "nothing": ([], []),
    "words and pictures": ([words("1\n"), shown(90)], [words("1\n"), shown(90)]),
    "a picture that looks the same": ([shown(90)], [shown(91)]),
    "a page of such": ([page(90, 10)], [page(91, 11)]),
    "the count, which is no promise": [
        [new_output("execute_result", data={"text/plain": "3"}, execution_count=n)] for n in (1, 7)
    ],
}
OTHER = {
    "a number": ([words("a\n1\n")], [words("a\n2\n")], "gives 'text: 2', stored is 'text: 1'"),
    "more": ([], [words("2")], "gives 'stream', stored is nothing more"),
    "less": ([words("2")], [], "gives nothing more, stored is 'stream'"),
    "no last line end": ([words("1\n")], [words("1")], "nothing more, stored is 'text: '"),
    "another stream": ([words("1")], [words("1", "stderr")], "gives 'name: stderr'"),
    "the kind": (
        [new_output("display_data", data={"text/plain": "3"})],
        [new_output("execute_result", data={"text/plain": "3"})],
        "gives 'execute_result', stored is 'display_data'",
    ),
    "the order": ([words("1"), shown(90)], [shown(90), words("1")], "gives 'display_data'"),
    "the alt text": (
        [shown(90)],
        [{**shown(90), "metadata": {"image/png": {"alt": "grau"}}}],
        '"grau"}}\', stored is',
    ),
    "a picture": ([shown(90)], [shown(120)], ", picture 1 of 1 looks different: by 30 of 255"),
    "a frame": ([page(90, 10)], [page(90, 200)], ", picture 2 of 2 looks different: by 190"),
    "one frame more": ([page(90)], [page(90, 90)], "gives 'text/html: <img"),
}


@pytest.mark.parametrize(("stored", "given"), SAME.values(), ids=SAME)
def test_the_same(stored, given):
    assert compare(notebook(*stored), notebook(*given)) == ([], [])


@pytest.mark.parametrize(("stored", "given", "sentence"), OTHER.values(), ids=OTHER)
def test_each_difference_is_one_line_that_names_the_cell(stored, given, sentence):
    given = [nbformat.from_dict(output) for output in given]
    [line], unseen = compare(notebook(*stored), notebook(*given))
    assert line.startswith("cell a-cell")
    assert sentence in line
    assert "\n" not in line
    assert not unseen


@pytest.mark.parametrize("spoilt", ["AAAA", "A", "", "no base64"])
def test_what_is_no_picture_is_a_difference(spoilt):
    stored = shown(90)
    stored.data["image/png"] = spoilt
    [line], _ = compare(notebook(stored), notebook(shown(90)))
    assert "picture 1 of 1 cannot be read" in line


def test_pictures_of_another_matplotlib_are_counted_not_compared():
    stored = [shown(80), page(90, 10), words("1")]
    other = {"software": "Matplotlib version2.0, https://matplotlib.org/"}
    given = [shown(0, **other), page(0, 0, **other), words("1")]
    differences, unseen = compare(notebook(*stored), notebook(*given))
    assert differences == []
    reason = "the stored are by Matplotlib 1.0, this is Matplotlib 2.0"
    assert unseen == [f"3 picture(s) not compared: {reason}"]
    differences, _ = compare(notebook(*stored), notebook(*given[:2], words("2")))
    assert differences == ["cell a-cell gives 'text: 2', stored is 'text: 1'"]


def test_picture_names_the_program_and_system_fonts(monkeypatch):
    ours = drawn_by(draw())
    assert ours.startswith("Matplotlib 3.")
    monkeypatch.setattr(ft2font, "__freetype_build_type__", "system")
    monkeypatch.setattr(ft2font, "__freetype_version__", "2.13.3")
    system = draw()
    assert drawn_by(system).endswith("FreeType 2.13.3 of the system")
    assert "FreeType 2.13.3" in not_comparable(system, grey(0))


def test_pictures_that_look_the_same_keep_their_bytes():
    stored = notebook(shown(90), page(90, 10), shown(50))
    given = notebook(shown(91), page(91, 200), shown(50))
    was = pictures(given.cells[0])
    keep_pictures(stored, given)
    old, new = pictures(stored.cells[0]), pictures(given.cells[0])
    assert [new[i] == old[i] for i in range(4)] == [True, True, False, True]
    assert new[2] == was[2]
    fewer = notebook(shown(91))
    keep_pictures(stored, fewer)
    assert fewer == notebook(shown(91))
