"""The page is well-formed, needs no network, and says what tables and figures say."""

import re
from dataclasses import replace
from html.parser import HTMLParser

from qgen.report import sheets
from qgen.report.page import page

EMPTY = {"meta", "link", "img", "wbr", "br"}


class Reader(HTMLParser):
    """Collects elements and texts, and finds end tags that close nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.found, self.rows = [], [], []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if {"td", "th"} & set(self.open[-3:]):
            self.rows[-1][-1] += text


def read_page(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


def test_it_is_well_formed_and_loads_nothing(full, drawn):
    full["rows"][2]["generator"] = "odd<script>\"&'name"
    text = page(full, [plot for plot in drawn if plot.name in ("scores", "histogram_row_width", "cost", "training")])
    reader = read_page(text)
    identifiers = [attributes["id"] for _, attributes in reader.found if "id" in attributes]
    assert len(set(identifiers)) == len(identifiers)
    targets = {attributes["href"][1:] for tag, attributes in reader.found if tag == "a"}
    assert targets <= set(identifiers)
    sources = [a.get(key, "") for _, a in reader.found for key in ("src", "href", "srcset") if key in a]
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert not re.search(r"https?://|@import|url\(", text)
    assert "default-src 'none'" in text
    assert "odd<script>" not in text


def test_figures_have_alternative_texts_captions_and_sizes(full, drawn):
    reader = read_page(page(full, drawn))
    images = [attributes for tag, attributes in reader.found if tag == "img"]
    assert len(images) == len(drawn) - 1, "the table of scores is a table here"
    assert all(len(image["alt"]) > 20 and int(image["width"]) > 300 for image in images)
    assert sum(tag == "figcaption" for tag, _ in reader.found) == len(images)


def test_tables_are_the_same_as_elsewhere(full):
    reader = read_page(page(full, []))
    for sheet in (
        sheets.scores(full, ["auc", "mmd", "sliced_wasserstein"]),
        sheets.costs(full),
        sheets.paired(full, "auc"),
    ):
        for line in [sheet.header, *sheet.rows]:
            assert [cell.marked for cell in line] in reader.rows
    values = [float(a["data-value"]) for _, a in reader.found if "data-value" in a]
    assert 0.61 in values
    assert ["numpy", "2.2.6"] in reader.rows


def test_what_the_scoreboard_has_not_is_left_out(bare):
    text = page(bare, [])
    for absent in ("Paired differences", "By incident energy", "Training", "Figures", ">nan", "None"):
        assert absent not in text.split("</dl>")[1]


def test_a_figure_of_another_section_comes_before_the_provenance(full, drawn):
    text = page(full, [replace(drawn[0], name="mine", alternative="my figure", section="My study")])
    headings = [attributes.get("id") for tag, attributes in read_page(text).found if tag == "h2"]
    assert headings[-2:] == ["my-study", "provenance-and-versions"]
    assert '<figure id="figure-mine"><img alt="my figure"' in text
