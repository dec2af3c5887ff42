"""The page of a real comparison in a real, headless Chromium."""

import os
import shutil

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=root)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser, compared):
    """The page, opened from its file, and everything that it complained about or asked the network for."""
    heard = []
    tab = browser.new_page()
    tab.on("console", lambda message: heard.append(message.text))
    tab.on("pageerror", lambda error: heard.append(str(error)))
    tab.on("request", lambda request: heard.append(request.url))
    address = (compared / "report.html").as_uri()
    tab.goto(address, timeout=120_000)  # a busy machine opens it in more than half a minute
    yield tab
    tab.close()
    assert [line for line in heard if line != address and not line.startswith("data:")] == []


def column(table, index: int) -> list[str]:
    """The texts of a column, row by row."""
    return [row.locator("> *").nth(index).inner_text() for row in table.locator("tbody tr").all()]


def test_a_click_on_a_header_sorts(opened):
    table = opened.locator("table").first
    auc = table.locator("thead th", has_text="classifier AUC")
    assert auc.get_attribute("aria-sort") == "ascending", "as it was made"
    before = column(table, 2)
    assert before[1:] == sorted(before[1:], key=lambda text: float(text.split()[0]))
    auc.click()
    assert auc.get_attribute("aria-sort") == "descending"
    after = column(table, 2)
    assert after[0] == before[0], "the truth floor stays on top"
    assert after[1:] == before[:0:-1]
    auc.click()
    assert (column(table, 2), auc.get_attribute("aria-sort")) == (before, "ascending")


def test_enter_sorts_and_numbers_are_sorted_by_value(opened):
    table = opened.locator("table", has_text="two-qubit gates").first
    parameters = table.locator("thead th", has_text="parameters")
    parameters.locator("button").focus()
    opened.keyboard.press("Enter")
    assert parameters.get_attribute("aria-sort") == "ascending"
    numbers = [int(text) for text in column(table, 1)]
    assert numbers == sorted(numbers)
    assert [str(n) for n in numbers] != sorted(map(str, numbers)), "by value, not as text"
    opened.keyboard.press("Enter")
    assert [int(text) for text in column(table, 1)] == numbers[::-1]
    names = table.locator("thead th", has_text="generator")
    names.click()
    assert column(table, 0) == sorted(column(table, 0))
    assert parameters.get_attribute("aria-sort") is None


def test_numbers_are_not_sorted_as_text_and_what_is_missing_comes_last(opened):
    table = opened.locator("table").first
    table.evaluate(
        """table => {
            const body = table.tBodies[1], row = body.rows[0];
            for (const value of ["9.5", "10.25", "", "-3e-5"]) {
                const copy = row.cloneNode(true);
                copy.cells[2].textContent = value || "n/a";
                if (value) copy.cells[2].dataset.value = value; else delete copy.cells[2].dataset.value;
                body.append(copy);
            }
        }"""
    )
    header = table.locator("thead th").nth(2)
    header.click()
    down = column(table, 2)[1:]
    assert (down[:2], down[-2:]) == (["10.25", "9.5"], ["-3e-5", "n/a"])
    header.click()
    up = column(table, 2)[1:]
    assert (up[0], up[-3:]) == ("-3e-5", ["9.5", "10.25", "n/a"])


def test_every_figure_is_loaded(opened):
    widths = opened.locator("img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert len(widths) >= 10
    assert min(widths) > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_needs_no_sideways_scroll(opened, scheme):
    opened.emulate_media(color_scheme=scheme)
    opened.set_viewport_size({"width": 360, "height": 740})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    ink, paper = opened.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert ink != paper
    table = opened.locator(".wide").first
    assert table.evaluate("box => box.scrollWidth > box.clientWidth"), "a wide table scrolls inside its box"


def test_it_prints(opened):
    opened.emulate_media(media="print")
    assert opened.locator("nav").is_hidden()
    assert opened.pdf().startswith(b"%PDF")
