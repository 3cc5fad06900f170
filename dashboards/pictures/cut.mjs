// Runs in the page: the texts that are wider than the box that clips them, and the tables wider than
// their panel. The cells of a panel are one line.
export function cutTexts() {
  const panels = new Map();
  const report = (element, text) => {
    const panel = element.closest('[data-panel]')?.dataset.panel ?? 'page';
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
      report(box, `“${textContent.trim()}”`);
      break;
    }
  }
  for (const grid of document.querySelectorAll('[role=grid]')) {
    if (grid.scrollWidth > grid.clientWidth + 1) report(grid, `the table (${grid.scrollWidth} px of ${grid.clientWidth})`);
  }
  return [...panels].map(([panel, texts]) => {
    const [...all] = texts;
    const more = all.length > 5 ? ` and ${all.length - 5} more` : '';
    return `${panel}: cut: ${all.slice(-5).join(', ')}${more}`;
  });
}
