"use strict";

// Rows are sorted within their body: the truth floor stays on top, and controls below their line.
function sort(table, header) {
  const headers = [...header.parentElement.cells];
  const column = headers.indexOf(header);
  const direction = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  headers.forEach((other) => other.removeAttribute("aria-sort"));
  header.setAttribute("aria-sort", direction);
  const bodies = [...table.tBodies].filter((body) => !["fixed", "parting"].includes(body.className));
  const numeric = bodies.some((body) => [...body.rows].some((row) => "value" in row.cells[column].dataset));
  const sign = direction === "ascending" ? 1 : -1;
  for (const body of bodies) {
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [a.cells[column], b.cells[column]];
      return numeric ? byValue(x, y, sign) : sign * x.textContent.localeCompare(y.textContent, "en", { numeric: true });
    });
    body.append(...rows);
  }
}

// What has no value comes last in both directions.
function byValue(x, y, sign) {
  const [a, b] = [x, y].map((cell) => ("value" in cell.dataset ? Number(cell.dataset.value) : null));
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (a - b);
}

// A click anywhere in a header sorts, and so does Enter or the space bar on the button inside of it.
for (const header of document.querySelectorAll("table.sortable thead th")) {
  header.addEventListener("click", () => sort(header.closest("table"), header));
}

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
