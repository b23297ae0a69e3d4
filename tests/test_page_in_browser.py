"""A page of recorded runs in a real browser: what it shows, says and answers to."""

import json
import re
import shutil

import numpy as np
import pytest

import descent

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
HOSTILE = "</script><img src=x onerror=document.title='broken'>"
DESKTOP, PHONE = {"width": 1280, "height": 720}, {"width": 360, "height": 740}
WEIGHTS = (0.5, 1.0, 2.0)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("Chromium is not on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        app = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield app
        app.close()


def swept(loss, start, rates, steps=12, **wishes):
    return descent.sweep(loss, start, rates, steps=steps, keep=len(rates), **wishes)


@pytest.fixture(scope="module")
def sweeps():
    """Four sweeps: two parameters, one, three, and all that is unfriendly."""
    bowl, parabola = descent.LOSSES["bowl"], descent.LOSSES["parabola"]
    return {
        "bowl": swept(bowl, [2, 1], [0.005, 0.05, 0.15, 0.25, 0.32, 0.4, 0.8]),
        "parabola": swept(parabola, [2], [0.01, 0.5, 0.9, 1.2]),
        "three": swept(
            lambda p: (p * p * p.new_tensor(WEIGHTS)).sum(), [1, 2, -1], [0.01, 0.2, 0.6]
        ),
        "hostile": swept(bowl, [2, 1], [1e-9, 0.3, 1e200], names=[HOSTILE, "θ2"]),
        "one": swept(bowl, [2, 1], [0.1], steps=1),
        "diverging": swept(bowl, [2, 1], [3.0, 9.0], steps=1000),
        "negative": swept(lambda p: (p * p).sum() - 5, [2, 1], [0.1, 0.6, 1.3]),
        "huge": swept(lambda p: 1e300 * (p * p).sum(), [1, 1], [1e-301, 1e-300, 2e-300, 1.0]),
    }


@pytest.fixture(scope="module")
def written(sweeps, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    return {
        name: sweep.to_html(folder / f"{name}.html", title=HOSTILE if name == "hostile" else None)
        for name, sweep in sweeps.items()
    }


@pytest.fixture
def opened(browser, written):
    """Open a page by its name; whatever it complains about or asks the network for fails a test."""
    complaints, contexts = [], []

    def open_page(name="bowl", viewport=DESKTOP, clock=False, **wishes):
        wishes = {"reduced_motion": "reduce", "color_scheme": "dark"} | wishes
        context = browser.new_context(viewport=viewport, **wishes)
        contexts.append(context)
        page = context.new_page()
        if clock:
            page.clock.install(time=0)
            page.clock.pause_at(1000)
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        address = written[name].as_uri()
        page.on("request", lambda to: to.url == address or complaints.append(to.url))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def ledger(page, role):
    """The numbers of a row of the ledger, to the last bit."""
    cells = page.locator(f"#ledger .{role} td").evaluate_all("all => all.map(x => x.dataset.exact)")
    return [float(cell) for cell in cells if cell]


def ticks(page, section="stage"):
    return page.locator(f"#{section} .tick").all_text_contents()


def spoken(page, slider):
    return page.locator(f"#{slider}").get_attribute("aria-valuetext")


def position(page, slider):
    return int(page.locator(f"#{slider}").input_value())


def check_ledger(page, run, rate, row):
    assert float(page.locator("#eta").get_attribute("data-exact")) == rate
    assert ledger(page, "parameter") == run.iterates[row].tolist()
    assert ledger(page, "gradient") == run.gradients[row].tolist()
    assert ledger(page, "loss") == [run.losses[row]]
    change = [] if row == run.steps else (-rate * run.gradients[row]).tolist()
    assert ledger(page, "change") == change


def test_the_page_begins_with_the_best_rate_at_its_end(opened, sweeps):
    page, found = opened(), sweeps["bowl"]
    best = int(np.argmin(found.final_losses))
    check_ledger(page, found.trajectories[best], found.learning_rates[best], 12)
    assert page.locator("#t").inner_text() == "12 of 12"


def test_arrows_home_and_end_go_through_the_recorded_runs(opened, sweeps):
    page, found = opened(), sweeps["bowl"]
    page.locator("#rate").focus()
    page.keyboard.press("Home")
    keys = ["ArrowRight"] * 3 + ["ArrowLeft", "End", "ArrowRight", "Home", "ArrowUp"]
    for key, place in zip(["Home", *keys], [0, 1, 2, 3, 2, 6, 6, 0, 1], strict=True):
        page.keyboard.press(key)
        run, rate = found.trajectories[place], found.learning_rates[place]
        assert position(page, "rate") == place
        check_ledger(page, run, rate, run.steps)
        assert spoken(page, "rate").startswith(f"{rate:g}, {run.behaviour}")


def test_arrows_change_the_rate_from_anywhere_and_the_step_on_its_slider(opened, sweeps):
    page, run = opened(), sweeps["bowl"].trajectories[0]
    page.locator("#rate").press("Home")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    assert position(page, "rate") == 1
    page.keyboard.press("ArrowLeft")
    page.locator("#step").press("Home")
    for row in (0, 1, 2):
        check_ledger(page, run, 0.005, row)
        assert spoken(page, "step").startswith(f"{row} of 12, loss ")
        page.keyboard.press("ArrowRight")


def test_a_pointer_takes_the_nearest_run_and_the_nearest_step(opened, sweeps):
    page, rates = opened(), sweeps["bowl"].learning_rates
    centres = page.locator("#map circle.dot").evaluate_all(
        "all => all.map(x => { const b = x.getBoundingClientRect(); return b.x + b.width / 2 })"
    )
    box = page.locator("#map .slider").bounding_box()
    for place in (1, 4, 2):
        page.mouse.click(centres[place] + 2, box["y"] + box["height"] - 20)
        assert float(page.locator("#eta").get_attribute("data-exact")) == rates[place]
    page.mouse.down()
    page.mouse.move(box["x"] - 50, box["y"])
    page.mouse.up()
    assert position(page, "rate") == 0
    box = page.locator("#history .slider").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 40)
    assert page.locator("#t").inner_text() == "0 of 12"


def test_it_plays_every_step_and_stops_at_the_last(opened, sweeps):
    page, run = opened(clock=True), sweeps["bowl"].trajectories[1]
    page.locator("#rate").press("Home")
    page.keyboard.press("ArrowRight")
    play = page.get_by_role("button", name="Play")
    play.click()
    assert page.locator("#play").inner_text() == "Pause"
    seen = []
    for _ in range(120):
        page.clock.run_for(100)
        row = position(page, "step")
        check_ledger(page, run, 0.05, row)
        seen.append(row)
        if page.locator("#play").inner_text() == "Play":
            break
    assert list(dict.fromkeys(seen)) == list(range(13))
    play.click()
    page.clock.run_for(50)
    assert position(page, "step") == 0


def test_space_plays_and_pauses_where_it_is(opened):
    page = opened(clock=True)
    page.keyboard.press("Space")
    page.clock.run_for(2000)
    assert page.locator("#play").inner_text() == "Pause"
    page.keyboard.press("Space")
    assert page.locator("#play").inner_text() == "Play"
    row = position(page, "step")
    assert 0 < row < 12
    page.clock.run_for(3000)
    assert position(page, "step") == row
    page.locator("#rate").press("Space")
    assert page.locator("#play").inner_text() == "Pause"
    page.locator("#step").press("Home")
    assert page.locator("#play").inner_text() == "Play"
    page.locator("#play").focus()
    page.keyboard.press("Space")
    assert page.locator("#play").inner_text() == "Pause"


@pytest.mark.parametrize("name, sharpness", [("bowl", 6), ("parabola", 2), ("three", 4)])
def test_the_boundary_is_two_over_the_sharpness(opened, name, sharpness):
    page = opened(name)
    label = page.locator("#boundary").text_content()
    assert label == f"2/λ = {2 / sharpness:.3g}"
    # It stands on the axis where its number does.
    dots = page.locator("#map circle.dot, #map path.dot").evaluate_all(
        "all => all.map(x => { const b = x.getBoundingClientRect(); return b.x + b.width / 2 })"
    )
    at = page.locator("#map .boundary").bounding_box()["x"]
    content = json.loads(page.locator("#content").text_content())
    rates = [run["rate"] for run in content["runs"]]
    slope, offset = np.polyfit(np.log(rates), dots, 1)
    assert slope * np.log(2 / sharpness) + offset == pytest.approx(at, abs=1)


def test_a_diverging_run_widens_the_view_and_says_so(opened, sweeps):
    page = opened()
    page.locator("#rate").press("Home")
    calm = ticks(page)
    page.keyboard.press("End")
    assert sweeps["bowl"].trajectories[-1].behaviour == "diverging"
    assert page.locator("#behaviour").inner_text() == "diverging, beyond the boundary"
    assert "diverging" in spoken(page, "rate")
    wide = ticks(page)
    assert max(map(number, wide)) > 3 * max(map(number, calm))
    page.locator("#step").press("Home")
    assert ticks(page) == calm


def number(text):
    return float(text.replace("−", "-").split(" ")[0] if text[0] != " " else "0")
