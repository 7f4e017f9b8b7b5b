"""Pages in a real browser: nothing for axe to find, nothing that scrolls sideways, a map that draws."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wholeplace.build import open_build

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Of what is found to be right, axe need not write down where: that takes as long as looking.
AXE = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
#: Kind of page -> address under the place; AREA stands for an area's code.
PAGES = {
    "overview": "",
    "areas": "areas/",
    "geography": "areas/neighbourhood/",
    "profile": "areas/AREA/",
    "indices": "indices/",
    "index": "indices/deprivation/",
    "weights": "indices/deprivation/weights/?w-income=3",
    "checklist": "indices/digital-exclusion/checklist/?sort=-correlation",
    "uncertainty": "indices/deprivation/uncertainty/",
    "over time": "indices/inclusive-growth/over-time/?area=X05000001",
    "indicators": "indicators/",
    "indicator": "indicators/no-broadband/",
    "portraits": "portraits/",
    "doughnut": "portraits/doughnut/",
    "bar": "bars/council-tax-online/",
    "left behind": "left-behind/?by=age&and=disability&index=deprivation",
    "clusters": "indicators/tree-cover/clusters/",
    "hot spots": "indices/deprivation/clusters/?look=spots",
    "similar": "similar/?area=AREA&by=all",
    "compare": "compare/?area=AREA&q=Harrowmere",
    "change": "indicators/out-of-work/change/?from=2019",
    "index in a frame": "indices/deprivation/embed/",
    "chart in a frame": "indicators/no-broadband/embed/?show=spread",
    "glossary": "glossary/",
    "data": "data/",
    "find": "find/?q=ZX",
    "estate": "estate/",
    "quality": "estate/quality/?rule=incomplete",
    "register": "estate/registers/systems/?hosting=cloud",
    "scenarios": "estate/scenarios/?q=flood",
    "scenario": "estate/scenarios/river-flood/?fate=may+stop",
    "record": "estate/things/system%3Aemail/",
    "record in scenarios": "estate/things/service%3Ameals-at-home/",
    "dependency": "estate/things/dependency%3Aservice%3Acouncil-tax%7C%7Csystem%3Acouncil-tax-system/",
    "no such thing": "estate/things/dependency%3Aservice%3Acouncil-tax-and-more%7C%7Csystem%3Acouncil-tax-system/",
    "record at no time": "estate/things/system%3Aemail/?at=yesterday",
    "method": "method/",
    "accessibility": "accessibility/",
    "not found": "areas/nowhere/",
}


#: Name, width and height of what has the focus, and whether it or something it lies in is clipped away.
FOCUSED = """() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect();
  const clipped = (element) => element && element !== document.body
    && (getComputedStyle(element).clipPath !== "none" || clipped(element.parentElement));
  return [focused.textContent.trim().slice(0, 60), box.width, box.height, Boolean(clipped(focused))];
}"""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a place while it is served by the real command."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "wholeplace.cli", "serve", str(folder), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"{address}/p/{folder.name}/"
        process.terminate()


@pytest.fixture(scope="module")
def server(demo_place: Path) -> Iterator[str]:
    with serving(demo_place) as address:
        yield address


@pytest.fixture(scope="module")
def many_server(many_areas: Path) -> Iterator[str]:
    """The place of many areas, whose maps have tiles."""
    with serving(many_areas) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield chromium
        chromium.close()


def address_of(kind: str, server: str, demo_place: Path) -> str:
    area = open_build(demo_place).index("deprivation").scores["area"][0]
    return server + PAGES[kind].replace("AREA", area)


@pytest.mark.parametrize("kind", PAGES)
def test_nothing_scrolls_sideways_on_a_phone_and_axe_finds_nothing(
    kind: str, server: str, browser: Any, demo_place: Path
) -> None:
    """The moving map is looked at on one page; elsewhere its picture, which is there without it, is drawn sooner."""
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 320, "height": 800})
    if kind != "overview":
        page.route("**/map.mjs*", lambda route: route.abort())
    page.goto(address_of(kind, server, demo_place))
    width = page.evaluate("document.scrollingElement.scrollWidth")
    cut = page.evaluate("""[...document.querySelectorAll(".wp-table--cards :is(td, th)")]
        .filter(cell => cell.checkVisibility() && cell.scrollWidth > cell.clientWidth + 1)
        .map(cell => `${cell.dataset.label ?? ""} ${cell.textContent.trim()}`)""")
    page.set_viewport_size({"width": 1280, "height": 800})
    wider = page.evaluate("""[...document.querySelectorAll(".wp-table-frame")]
        .filter(frame => frame.scrollWidth > frame.clientWidth).map(frame => frame.getAttribute("aria-label"))""")
    found = Axe().run(page, options=AXE)
    page.close()
    assert width <= 320
    assert cut == []  # nor does a figure go on beyond the edge
    assert wider == []  # on a desk every table is seen whole
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("kind", ["overview", "profile", "index", "weights", "indicators", "data", "scenario"])
def test_what_the_keyboard_comes_to_on_a_phone_is_seen(kind: str, server: str, browser: Any, demo_place: Path) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(address_of(kind, server, demo_place))
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name, width, height, clipped = page.evaluate(FOCUSED)
        if width < 2 or height < 2 or clipped:
            unseen.append(name)
    page.close()
    assert unseen == []


def test_a_map_is_printed_as_the_picture_it_was_made_from(server: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(server)
    page.wait_for_selector(".wp-map__canvas[data-ready]")
    assert not page.locator(".wp-map__canvas > svg").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".wp-map__canvas > svg").is_visible()
    assert not page.locator("canvas.maplibregl-canvas").is_visible()
    page.close()


def test_what_is_folded_on_the_screen_is_printed_in_full(server: str, browser: Any, demo_place: Path) -> None:
    page = browser.new_page()
    page.goto(address_of("profile", server, demo_place))
    folded = page.get_by_text("What each part adds; a group adds what its parts add").first
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()
    assert page.locator(".wp-header__find").is_hidden()


def test_the_map_is_moved_and_enlarged_by_keyboard(server: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(server)
    page.wait_for_selector(".wp-map__canvas[data-ready]")
    canvas = page.locator("canvas.maplibregl-canvas")
    canvas.focus()
    seen = [canvas.screenshot()]
    for key in ("ArrowRight", "Equal", "ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(1000)  # the map glides
        seen.append(canvas.screenshot())
    page.close()
    assert len(set(seen)) == len(seen)


def test_the_map_draws_within_three_seconds_and_breaks_no_rule(server: str, browser: Any) -> None:
    """Three seconds are for a machine of its usual speed that does nothing else: the quickest of three loads counts,
    and where this machine counts slower than two million a tenth of a second, it has as much more time.
    """
    faults: list[str] = []
    took_s = []
    for _ in range(3):
        page = browser.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        started = time.monotonic()
        page.goto(server)
        page.wait_for_selector(".wp-map__canvas[data-ready]", timeout=15_000)
        took_s.append((time.monotonic() - started) / slowness())
        page.close()
    assert faults == []
    assert min(took_s) < 3


def slowness() -> float:
    """How many times slower than usual this machine counts just now; 1 where it is as quick or quicker."""
    started = time.perf_counter()
    total = 0
    for number in range(2_000_000):
        total += number
    return max(1.0, (time.perf_counter() - started) / 0.1)


def test_without_script_the_map_is_a_picture_with_links(server: str, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server)
    links = page.locator("svg a").count()
    context.close()
    assert links >= 60


def test_without_script_a_scenario_is_told_in_pictures_and_words(server: str, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server + "estate/scenarios/river-flood/")
    assert page.locator(".wp-desk svg .t-stopped").first.is_visible()
    chain = page.locator(".wp-why .wp-chain").first
    assert not chain.is_visible()
    page.locator(".wp-why summary").first.click()
    assert "because" in (chain.text_content() or "") and chain.is_visible()
    page.get_by_role("link", name="Has an outage").click()
    assert page.locator("th[aria-sort=ascending]").count() == 1
    context.close()


#: Counts the pixels of a picture by colour, in a page of its own.
COUNT_COLOURS = """async (picture) => {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const counts = {};
  for (let at = 0; at < data.length; at += 4) {
    const colour = `rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`;
    counts[colour] = (counts[colour] ?? 0) + 1;
  }
  return counts;
}"""


@pytest.mark.parametrize("width", [1280, 320])
def test_a_map_of_many_areas_is_usable_soon_and_drawn_in_the_colours_of_its_legend(
    many_server: str, browser: Any, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.goto(many_server + "indices/need/")
    page.wait_for_selector(".wp-map__canvas[data-ready]", timeout=20_000)
    assert faults == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert page.locator(".wp-map__note--live").is_visible()
    assert not page.locator(".wp-map__note--still").is_visible()
    legend = [rect.evaluate("box => getComputedStyle(box).fill") for rect in page.locator(".wp-legend rect").all()[:10]]
    picture = page.locator("canvas.maplibregl-canvas").screenshot()
    page.close()
    blank = browser.new_page()
    counts = blank.evaluate(COUNT_COLOURS, base64.b64encode(picture).decode())
    blank.close()
    # Each tenth is a band of 7 of 72 columns, so its colour fills about a tenth of what is coloured.
    found = [counts.get(colour, 0) for colour in legend]
    assert min(found) > 0.05 * sum(found), found
    assert sum(found) > 0.3 * sum(counts.values())


def test_an_area_of_a_map_of_many_is_named_under_the_pointer_and_leads_to_its_profile(
    many_server: str, browser: Any
) -> None:
    page = browser.new_page()
    page.goto(many_server + "indices/need/")
    page.wait_for_selector(".wp-map__canvas[data-ready]", timeout=20_000)
    page.locator("canvas.maplibregl-canvas").hover()
    said = page.locator(".wp-map__said")
    said.get_by_text("rank").wait_for()
    name = (said.text_content() or "").split(":")[0]
    page.locator("canvas.maplibregl-canvas").click()
    page.wait_for_url("**/areas/**")
    assert name in (page.locator("h1").text_content() or "")
    page.close()


def test_a_map_of_many_areas_moves_by_keyboard(many_server: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(many_server + "indices/need/")
    page.wait_for_selector(".wp-map__canvas[data-ready]", timeout=20_000)
    canvas = page.locator("canvas.maplibregl-canvas")
    before = canvas.screenshot()
    canvas.focus()
    page.keyboard.press("+")
    page.wait_for_timeout(1_000)
    assert canvas.screenshot() != before
    page.close()


@pytest.mark.parametrize("kind", ["", "indices/need/", "indicators/no-car/", "areas/area/"])
def test_axe_finds_nothing_on_pages_of_many_areas(kind: str, many_server: str, browser: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page()
    page.goto(many_server + kind)
    found = Axe().run(page, options=AXE)
    page.close()
    assert found.violations_count == 0, found.generate_report()


def test_without_script_a_map_of_many_areas_is_a_picture_that_says_so(many_server: str, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(many_server)
    assert page.locator(".wp-map__canvas svg path").count() >= 10
    assert page.locator(".wp-map__note--still").is_visible()
    assert not page.locator(".wp-map__note--live").is_visible()
    context.close()
