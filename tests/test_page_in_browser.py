"""A page of recorded runs in a real browser: what it shows, says and answers to."""

import itertools
import json

import numpy as np
import pytest

import descent
from tests import chromium
from tests.marks import slow_except

HOSTILE = "</script><img src=x onerror=document.title='broken'>"
DESKTOP, PHONE = {"width": 1280, "height": 720}, {"width": 360, "height": 740}
WEIGHTS = (0.5, 1.0, 2.0)
SHARPNESS = {"bowl": 6, "parabola": 2, "three": 4}
pytestmark = [pytest.mark.render, pytest.mark.usefixtures("coarse_landscapes")]


@pytest.fixture(scope="module")
def browser():
    with chromium.browser() as app:
        yield app


def swept(loss, start, rates, steps=12, **options):
    return descent.sweep(loss, start, rates, steps=steps, keep=len(rates), **options)


@pytest.fixture(scope="module")
def sweeps(coarse_landscapes):
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

    def open_page(name="bowl", viewport=DESKTOP, clock=False, **options):
        options = {"reduced_motion": "reduce", "color_scheme": "dark"} | options
        context = browser.new_context(viewport=viewport, **options)
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


def numbers(page, role):
    """The numbers of a row of the table, to the last bit."""
    cells = page.locator(f"#numbers .{role} td")
    exact = cells.evaluate_all("all => all.map(x => x.dataset.exact)")
    return [float(number) for number in exact if number]


def ticks(page, section="loss-view"):
    return page.locator(f"#{section} .tick").all_text_contents()


def value_text(page, slider):
    return page.locator(f"#{slider}").get_attribute("aria-valuetext")


def position(page, slider):
    return int(page.locator(f"#{slider}").input_value())


def check_table(page, run, rate, row):
    assert float(page.locator("#eta").get_attribute("data-exact")) == rate
    assert numbers(page, "parameter") == run.iterates[row].tolist()
    assert numbers(page, "gradient") == run.gradients[row].tolist()
    assert numbers(page, "loss") == [run.losses[row]]
    change = [] if row == run.steps else (-rate * run.gradients[row]).tolist()
    assert numbers(page, "change") == change


def test_the_page_begins_with_the_best_rate_at_its_end(opened, sweeps):
    page, found = opened(), sweeps["bowl"]
    best = int(np.argmin(found.final_losses))
    check_table(page, found.trajectories[best], found.learning_rates[best], 12)
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
        check_table(page, run, rate, run.steps)
        assert value_text(page, "rate").startswith(f"{rate:g}, {run.behavior}")


def test_arrows_change_the_rate_from_anywhere_and_the_step_on_its_slider(opened, sweeps):
    page, run = opened(), sweeps["bowl"].trajectories[0]
    page.locator("#rate").press("Home")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    assert position(page, "rate") == 1
    page.keyboard.press("ArrowLeft")
    page.locator("#step").press("Home")
    for row in (0, 1, 2):
        check_table(page, run, 0.005, row)
        assert value_text(page, "step").startswith(f"{row} of 12, loss ")
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
    # A step takes at most 0.7 s.
    while len(seen) < 30 and page.locator("#play").inner_text() == "Pause":
        page.clock.run_for(350)
        seen.append(position(page, "step"))
        check_table(page, run, 0.05, seen[-1])
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


@pytest.mark.parametrize("name", slow_except(SHARPNESS, "three"))
def test_the_boundary_is_two_over_the_sharpness(opened, name):
    page, sharpness = opened(name), SHARPNESS[name]
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
    assert sweeps["bowl"].trajectories[-1].behavior == "diverging"
    assert page.locator("#behavior").inner_text() == "diverging, beyond the boundary"
    assert "diverging" in value_text(page, "rate")
    wide = ticks(page)
    assert max(map(number, wide)) > 3 * max(map(number, calm))
    page.locator("#step").press("Home")
    assert ticks(page) == calm


def number(text):
    return float(text.replace("−", "-"))


def test_without_reduced_motion_the_view_widens_gradually(opened):
    page = opened(clock=True, reduced_motion="no-preference")
    page.clock.run_for(1000)
    page.locator("#rate").press("End")
    seen = [ticks(page)]
    for _ in range(5):
        page.clock.run_for(150)
        seen.append(ticks(page))
    assert seen[0] != seen[2] != seen[-1] == seen[-2]


COVERED = """() => {
  const frame = document.querySelector("#inside rect").getBBox();
  return Math.max(0, ...[...document.querySelectorAll("#loss-view .backdrop")].map((group) => {
    const at = (x, y) => new DOMPoint(x, y).matrixTransform(group.transform.baseVal[0].matrix);
    const [near, far] = [at(0, 0), at(3000, 3000)];
    const fills = near.x < frame.x + 1 && near.y < frame.y + 1
      && far.x > frame.x + frame.width - 1 && far.y > frame.y + frame.height - 1;
    return fills ? Number(group.style.opacity) : 0;
  }));
}"""


def test_on_its_way_to_a_wider_view_and_back_the_camera_sees_no_empty_ground(opened):
    page = opened(clock=True, reduced_motion="no-preference")
    page.locator("#rate").press("End")
    page.clock.run_for(1000)
    page.locator("#play").click()
    seen = []
    for _ in range(24):
        page.clock.run_for(150)
        seen.append((ticks(page)[0], page.evaluate(COVERED)))
    assert len({first for first, _ in seen}) > 8
    # Where a view has just been left, the wider one only begins to show.
    assert sum(covered > 0.9 for _, covered in seen) > 0.6 * len(seen)
    assert all(covered > 0 for _, covered in seen)


def test_of_many_parameters_the_path_ends_where_the_plane_has_it_among_its_contours(opened, sweeps):
    page, sweep = opened("three"), sweeps["three"]
    page.locator("#rate").press("Home")
    page.locator("#step").press("End")
    assert page.locator("#loss-view .backdrop").first.locator(".line").count() > 5
    (left, right), (low, high) = sweep.landscapes[0].window
    x, y = sweep.plane.project(sweep.trajectories[0].iterates[-1:])[0]
    backdrop = page.evaluate("""() => {
      const group = document.querySelector("#loss-view .backdrop");
      const corner = (x, y) => new DOMPoint(x, y).matrixTransform(group.getScreenCTM());
      const [a, b] = [corner(0, 0), corner(3000, 3000)];
      return [a.x, a.y, b.x, b.y];
    }""")
    expected = [
        backdrop[0] + (x - left) / (right - left) * (backdrop[2] - backdrop[0]),
        backdrop[3] + (y - low) / (high - low) * (backdrop[1] - backdrop[3]),
    ]
    box = page.locator("#loss-view .point").bounding_box()
    found = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    assert found == pytest.approx(expected, abs=1)


def test_with_reduced_motion_the_point_stands_on_recorded_steps_alone(opened, sweeps):
    # The step of half a second's way, where motion is reduced and where it is not.
    drawn = {}
    for motion in ("reduce", "no-preference"):
        page = opened("parabola", clock=True, reduced_motion=motion)
        page.locator("#rate").press("Home")
        page.locator("#play").click()
        page.clock.run_for(1000)
        drawn[motion] = page.locator("#loss-view .path").get_attribute("d").count("L")
        assert position(page, "step") == 1
    assert drawn == {"reduce": 1, "no-preference": 2}


def ground(page):
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def test_the_system_chooses_the_theme_until_the_reader_does(opened):
    dark, light = (opened(color_scheme=scheme) for scheme in ("dark", "light"))
    assert (ground(dark), ground(light)) == ("rgb(15, 20, 27)", "rgb(251, 251, 248)")
    for page, other in ((dark, "Light"), (light, "Dark")):
        page.get_by_role("button", name=f"{other} theme").click()
    assert (ground(light), ground(dark)) == ("rgb(15, 20, 27)", "rgb(251, 251, 248)")
    assert dark.locator("#theme").inner_text() == "Dark"
    dark.emulate_media(color_scheme="light")
    dark.emulate_media(color_scheme="dark")
    assert ground(dark) == "rgb(251, 251, 248)"


@pytest.mark.parametrize("name", slow_except(["bowl", "hostile"], "hostile"))
def test_on_a_phone_nothing_scrolls_sideways_and_a_finger_finds_all_targets(opened, sweeps, name):
    page = opened(name, PHONE, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for target in ("#theme", "#play", "#map .slider", "#history .slider"):
        box = page.locator(target).bounding_box()
        assert box["width"] >= 44 and box["height"] >= 44
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    box = page.locator("#map .slider").bounding_box()
    page.touchscreen.tap(box["x"] + 53, box["y"] + box["height"] - 20)
    rate = float(page.locator("#eta").get_attribute("data-exact"))
    assert rate == sweeps[name].learning_rates[0]
    page.locator("#play").tap()
    assert page.locator("#play").inner_text() == "Pause"


def test_every_control_has_a_name(opened):
    page = opened()
    names = [("button", "Light theme"), ("button", "Play"), ("slider", "Learning rate")]
    for role, name in [*names, ("slider", "Step"), ("table", "t = 12 η = 0.25")]:
        assert page.get_by_role(role, name=name).count() == 1
    assert page.get_by_role("button").count() == page.get_by_role("slider").count() == 2
    path = page.get_by_role("img", name="The path of the run with learning rate")
    assert path.count() == 1


# Every text that is seen, with the colours of its letters and of what is right behind them.
COLOURS = """() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const over = (top, below, opacity) => top.map((v, k) => opacity * v + (1 - opacity) * below[k]);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const [r, g, b, a = 1] = parts(getComputedStyle(e).backgroundColor);
      if (a > 0) return [r, g, b];
    }
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.matches(":disabled, script, style")) continue;
    const style = getComputedStyle(element);
    const inSvg = element.closest("svg");
    let below = behind(element);
    if (element.matches(".word")) {
      const region = element.previousElementSibling;
      const colour = getComputedStyle(region);
      below = over(parts(colour.fill).slice(0, 3), below, Number(colour.opacity));
    }
    const text = parts(inSvg ? style.fill : style.color).slice(0, 3);
    found.push([walker.currentNode.data, over(text, below, Number(style.opacity)), below]);
  }
  return found;
}"""


def luminance(colour):
    share = np.array(colour) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("name", slow_except(["parabola", "negative"], "parabola"))
def test_every_text_is_readable(opened, name):
    page = opened(name, {"width": 1440, "height": 900})
    for theme, key in itertools.product(("dark", "light"), ("Home", "End")):
        page.emulate_media(color_scheme=theme)
        page.locator("#rate").press(key)
        found = page.evaluate(COLOURS)
        assert len(found) > 40
        for text, *colours in found:
            low, high = sorted(map(luminance, colours))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, colours)


# Pairs of texts of one picture that overlap, and texts that leave the page.
COLLISIONS = """() => [...document.querySelectorAll("main svg")].flatMap((svg) => {
  const texts = [...svg.querySelectorAll("text")];
  const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
  const outside = boxes.filter(([, a]) => a.left < 0 || a.right > innerWidth + 1).map(([a]) => a);
  const handle = svg.querySelector("#map .handle")?.getBoundingClientRect();
  const seen = texts.filter((text) => text.matches(".word") && text.style.visibility !== "hidden");
  const hidden = seen.map((text) => text.getBoundingClientRect())
    .filter((a) => a.right > handle.left && a.left < handle.right).map(() => "word | handle");
  return [...outside, ...hidden, ...boxes.flatMap(([a, one], k) =>
    boxes.slice(k + 1).filter(([, other]) => meet(one, other)).map(([b]) => `${a} | ${b}`))];
})"""
# Sizes are observed once a frame. The page's policy forbids to wait for an expression.
FRAMES = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
NAMES = ["bowl", "parabola", "three", "hostile", "one", "diverging", "negative", "huge"]


@pytest.mark.parametrize("name", slow_except(NAMES, "hostile"))
def test_any_sweep_is_shown_whole_without_a_collision(opened, sweeps, name):
    page = opened(name)
    page.locator("#rate").press("Home")
    for run in sweeps[name].trajectories:
        said = f"diverged at step {run.steps + 1}" if run.diverged else run.behavior
        assert page.locator("#behavior").inner_text().startswith(said)
        assert numbers(page, "loss") == [run.losses[-1]]
        assert "e+" not in page.locator("main").inner_text()
        assert page.evaluate(COLLISIONS) == []
        page.keyboard.press("ArrowRight")
    check_map(page)
    # A page that becomes narrow while it is open, as when a tablet is turned.
    page.set_viewport_size(PHONE)
    page.evaluate(FRAMES)
    assert page.evaluate("document.querySelector('#map svg').viewBox.baseVal.width") < 360
    for key in ("End", "Home"):
        page.keyboard.press(key)
        assert page.evaluate(COLLISIONS) == []
    check_map(page)


# The narrowest gap between two neighbours in a row of the table.
GAP = """() => Math.min(...[...document.querySelectorAll("#numbers tbody tr")].flatMap((line) => {
  const boxes = [...line.cells].map((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return range.getBoundingClientRect();
  });
  return boxes.slice(1).map((box, k) => box.left - boxes[k].right);
}))"""


@pytest.mark.parametrize("name", slow_except(["bowl", "huge", "hostile"], "huge"))
def test_on_a_phone_the_numbers_of_the_table_stand_apart(opened, name):
    page = opened(name, PHONE)
    page.locator("#rate").press("Home")
    for _ in range(4):
        page.locator("#step").press("End")
        for key in ("ArrowLeft", "ArrowLeft"):
            assert page.evaluate(GAP) > 5
            page.keyboard.press(key)
        page.locator("#rate").press("ArrowRight")


def test_a_page_that_is_hidden_and_shown_again_is_whole(opened):
    page = opened()
    before = page.locator("#map svg").inner_html()
    for display in ("none", ""):
        page.evaluate(f"document.querySelector('main').style.display = '{display}'")
        page.evaluate(FRAMES)
        assert "-" not in page.locator("#inside rect").get_attribute("width")
    assert page.locator("#map svg").inner_html() == before


def check_map(page):
    """The line goes through the dots, and what lies below them is as wide as they are."""
    line, dots, regions, width = page.evaluate("""() => {
    const numbers = (kind, ...of) => [...document.querySelectorAll(`#map ${kind}`)].map(
      (element) => of.map((name) => Number(element.getAttribute(name))));
    return [
      document.querySelector("#map .curve").getAttribute("d"),
      numbers("circle.dot", "cx", "cy"),
      numbers(".region", "x", "width"),
      document.querySelector("#map svg").viewBox.baseVal.width,
    ];
  }""")
    begins, widths = np.transpose(regions)
    assert np.all(widths >= 0)
    np.testing.assert_allclose(begins[1:], (begins + widths)[:-1], atol=0.1)
    assert (begins[0], begins[-1] + widths[-1]) == pytest.approx((52, width - 36))
    if not line:
        return
    points = np.array([point.split(" ") for point in line[1:].split("L")], float)
    places = np.linspace(0, len(points) - 1, 20_000)
    drawn = np.transpose([np.interp(places, range(len(points)), axis) for axis in points.T])
    for dot in dots:
        assert np.linalg.norm(drawn - dot, axis=1).min() < 1


def test_a_title_and_a_name_are_only_text(opened):
    page = opened("hostile")
    assert page.title() == page.locator("h1").inner_text() == HOSTILE
    assert page.locator("img, main script").count() == 0
    assert page.locator("#numbers thead th").first.get_attribute("title") == HOSTILE
