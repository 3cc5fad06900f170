// Runs in the page: the texts that are wider than the box that clips them, and the tables wider than
// their panel, by panel. Cells are apart: ids and routes have any length.
export function cutTexts() {
  const defects = new Map();
  const cells = new Map();
  // On a phone, tables are wider than their panel and scroll.
  const phone = innerWidth < 768;
  const report = (element, text) => {
    if (phone && element.closest('[role=grid]')) return;
    const panel = element.closest('[data-panel]')?.dataset.panel ?? 'page';
    const panels = element.closest('[role=gridcell]') ? cells : defects;
    panels.set(panel, (panels.get(panel) ?? new Set()).add(text));
  };
  const clips = (element) => getComputedStyle(element).overflowX !== 'visible';
  const cuts = (box, { left, right }) => {
    const seen = box.getBoundingClientRect();
    const ellipsis = getComputedStyle(box).textOverflow === 'ellipsis' && box.scrollWidth > box.clientWidth;
    return ellipsis || (clips(box) && (right > seen.right + 1 || left < seen.left - 1));
  };
  const walker = document.createTreeWalker(document.getElementById('root'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    if (!textContent.trim() || !parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const at = range.getBoundingClientRect();
    for (let box = parentElement; box; box = box.parentElement) {
      // The cells of a table that is too wide are beyond its edge: one line for the table is enough.
      if (box.matches('[role=grid]') && parentElement.closest('[role=gridcell]')) break;
      if (!cuts(box, at)) continue;
      report(parentElement, `“${textContent.trim()}”`);
      break;
    }
  }
  for (const grid of document.querySelectorAll('[role=grid]')) {
    if (grid.scrollWidth > grid.clientWidth + 1) report(grid, `the table (${grid.scrollWidth} px of ${grid.clientWidth})`);
  }
  const listed = (panels) =>
    [...panels].map(([panel, texts]) => {
      const more = texts.size > 5 ? ` and ${texts.size - 5} more` : '';
      return `${panel}: cut: ${[...texts].slice(0, 5).join(', ')}${more}`;
    });
  return { defects: listed(defects), cells: listed(cells) };
}
