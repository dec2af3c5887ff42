"""Figures for a talk, one file each: what a figure needs, how it is drawn, and what is said of it.

A file in this folder is a figure, and so is a file anywhere that is named by its path (see `qgen.report.plots`):

    PLACE = "Showers", 95
    def needs(scoreboard) -> str: ...              # what the scoreboard lacks, in words; "" where it can be drawn
    def draw(scoreboard): ...                      # a matplotlib Figure; the style in force is the one asked for
    def caption(scoreboard) -> tuple[str, str]: ...  # a caption, and a shorter text for those who cannot see it

`PLACE` is a section of the page and the place in the order of all figures; without it the section is "Figures". A file
with `parts(scoreboard)`, names such as those of observables, is drawn once for each, and the name follows the
scoreboard as an argument. A file without `needs` is no figure of a scoreboard: `draw` and `caption` take what it shows.

In all of them GEANT4 is black with a grey band (68 %), quantum generators are solid lines and classical references
dashed, and a generator keeps its colour. What they share is in `qgen.report.panels`; `qgen.report.rows` says which
rows are drawn.
"""
