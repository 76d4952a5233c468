"""Figures that are dragged: what they compute in the page is what the package computes.

Each figure is moved thirty times, by mouse, finger, key and slider, in Chromium on the page of the
site, and the numbers that it keeps beside the rounded ones are compared.
"""

import json

import numpy as np
import pytest
from scipy.optimize import linprog

from lossbook import information, margin, regression, softmax, svm

PAGES = {
    "outlier": "notebooks/02_squared_error.html",
    "simplex": "notebooks/04_softmax_cross_entropy.html",
    "corridor": "notebooks/05_lagrangian.html",
    "margins": "notebooks/08_one_picture.html",
}
MOVES = 30
KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Shift+ArrowUp", "Shift+ArrowLeft"]


def result(figure):
    return json.loads(figure.get_attribute("data-result"))


def positions(tab, figure):
    """The result at the start and after each of the moves."""
    rng = np.random.default_rng(1)
    yield result(figure)
    marks = figure.locator("svg g[tabindex]")
    radios, slider = figure.locator("input[type=radio]"), figure.locator("input[type=range]")
    for move in range(MOVES):
        mark = marks.nth(int(rng.integers(marks.count())))
        if move % 6 == 1 and slider.count():
            slider.focus()
            tab.keyboard.press(str(rng.choice(["Home", "End", "PageUp", "PageDown", "ArrowLeft"])))
        elif move % 6 == 4 and radios.count():
            radios.nth(int(rng.integers(radios.count()))).check()
        elif move % 3 == 2:
            mark.focus()
            for key in rng.choice(KEYS, 5):
                tab.keyboard.press(str(key))
        else:
            drag(tab, figure, mark, *rng.uniform(0.1, 0.9, size=2))
        yield result(figure)


def drag(tab, figure, mark, right, down):
    mark.scroll_into_view_if_needed()
    start, frame = mark.bounding_box(), figure.locator("svg").bounding_box()
    tab.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(
        frame["x"] + right * frame["width"], frame["y"] + down * frame["height"], steps=3
    )
    tab.mouse.up()


def check_outlier(at):
    x, y = np.array(at["points"]).T
    is_line = at["model"] == "line"
    A = np.column_stack([np.ones_like(x), x]) if is_line else np.ones((len(x), 1))

    def found(name):
        fit = at["fits"][name]
        return np.array([fit["height"], fit["slope"]][: A.shape[1]])

    # Both sides are exact up to rounding; the heights are extrapolated to x = 0, 30 cells away.
    np.testing.assert_allclose(found("squared"), np.linalg.lstsq(A, y)[0], rtol=1e-9, atol=1e-9)
    # The best weights under absolute values need not be unique, the least loss is.
    n, d = A.shape
    cost = np.r_[np.zeros(d), np.full(n, 1 / n)]
    rules = np.block([[A, -np.eye(n)], [-A, -np.eye(n)]])
    free = [(None, None)] * d + [(0, None)] * n
    least = linprog(cost, A_ub=rules, b_ub=np.r_[y, -y], bounds=free).fun
    loss = regression.mean_absolute_error(y, A @ found("absolute"))
    assert loss <= least * (1 + 1e-9) + 1e-9
    _, slopes = regression.mean_huber_loss_with_gradient(y, A @ found("Huber"), delta=at["delta"])
    # At the minimum the gradient is 0; a slope of δ/n at a patient of index 40 is the scale.
    assert np.abs(A.T @ slopes).max() <= 1e-9 * at["delta"] * np.abs(A).max()


def check_simplex(at):
    p, z, T = np.array(at["p"]), np.array(at["z"]), at["temperature"]
    q = softmax.softmax(z / T)
    np.testing.assert_allclose(at["q"], q, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(at["difference"], q - p, atol=1e-12)
    np.testing.assert_allclose(at["floor"], information.entropy(p), rtol=1e-12, atol=1e-12)
    loss = -(p @ softmax.log_softmax(z / T))
    np.testing.assert_allclose(at["loss"], loss, rtol=1e-12, atol=1e-12)
    assert at["loss"] >= at["floor"] - 1e-12


def check_corridor(at):
    X, y, C = np.array(at["X"]), np.array(at["y"], dtype=float), at["C"]
    prices, w, b = np.array(at["prices"]), np.array(at["w"]), at["b"]
    K = svm.linear_kernel(X)
    # The certificate: allowed prices, and a cost that is their bound. No solver is compared.
    assert prices.min() >= 0
    assert prices.max() <= C
    scale = max(1.0, at["cost"])
    assert abs(prices @ y) <= 1e-12 * len(y) * C
    np.testing.assert_allclose(w, (prices * y) @ X, atol=1e-9 * scale)
    bound = svm.dual_objective(K, y, prices)
    cost = w @ w / 2 + C * np.maximum(0, 1 - y * (X @ w + b)).sum()
    np.testing.assert_allclose([at["cost"], at["bound"]], [cost, bound], rtol=1e-9)
    # Offsets apart by at most 1e-10 leave a gap of at most C · n · 1e-10.
    assert cost - bound <= 1e-10 * C * len(y) + 1e-9 * scale


def check_margins(at):
    phi, m, eta = margin.MARGIN_LOSSES[at["loss"]], at["m"], at["eta"]
    assert at["phi"] == pytest.approx(phi.value(m), rel=1e-12)
    assert at["risk"] == pytest.approx(phi.bayes_risk(eta), rel=1e-9)
    assert at["score"] == pytest.approx(phi.minimizer(eta), rel=1e-9, abs=1e-12)
    if (at["loss"], m) != ("hinge", 1):  # there it has no slope
        assert at["pull"] == pytest.approx(-phi.gradient(m), rel=1e-12, abs=1e-15)


CHECKS = {
    "margins": check_margins,
    "outlier": check_outlier,
    "simplex": check_simplex,
    "corridor": check_corridor,
}


@pytest.mark.parametrize("kind", PAGES)
def test_figure_computes_what_the_package_computes(site, tab, open_page, kind):
    tab.set_viewport_size({"width": 1280, "height": 900})
    open_page(tab, (site / PAGES[kind]).as_uri())
    figure = tab.locator(f'figure.explorable[data-kind="{kind}"]').first
    figure.scroll_into_view_if_needed()
    seen = list(positions(tab, figure))
    for at in seen:
        CHECKS[kind](at)
    assert len({json.dumps(at) for at in seen}) > MOVES / 2  # it did move


@pytest.mark.parametrize("kind", PAGES)
def test_finger_finds_every_point_on_a_phone(site, browser, open_page, kind):
    phone = browser.new_page(viewport={"width": 360, "height": 740}, has_touch=True)
    open_page(phone, (site / PAGES[kind]).as_uri())
    figure = phone.locator(f'figure.explorable[data-kind="{kind}"]').first
    for mark in figure.locator("svg g[tabindex]").all():
        box = mark.bounding_box()
        assert min(box["width"], box["height"]) >= 24  # WCAG 2.5.8
    before = result(figure)
    mark = figure.locator("svg g[tabindex]").last
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = phone.context.new_cdp_session(phone)
    for kind_of_touch, points in [
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x - 9, "y": y + 25}]),
        ("touchEnd", []),
    ]:
        touch.send("Input.dispatchTouchEvent", {"type": kind_of_touch, "touchPoints": points})
    assert result(figure) != before
    phone.close()


@pytest.mark.parametrize("kind", PAGES)
def test_picture_stays_where_scripts_are_off(site, browser, kind):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / PAGES[kind]).as_uri())
    cell = page.locator(f'.cell_output:has(figure.explorable[data-kind="{kind}"])')
    assert cell.locator("img").first.is_visible()
    assert cell.locator("img").first.get_attribute("alt")
    context.close()
