// Runs in the page: the texts that are wider than the box that clips them, and the tables wider than
// their panel.
export function cutTexts() {
  const found = new Set();
  const report = (element, what) => found.add(`${element.closest('[data-panel]')?.dataset.panel ?? 'page'}: ${what}`);
  const clips = (element) => getComputedStyle(element).overflowX !== 'visible';
  const walker = document.createTreeWalker(document.getElementById('root'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    if (!text || !walker.currentNode.parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const { left, right } = range.getBoundingClientRect();
    for (let box = walker.currentNode.parentElement; box; box = box.parentElement) {
      const seen = box.getBoundingClientRect();
      const ellipsis = getComputedStyle(box).textOverflow === 'ellipsis' && box.scrollWidth > box.clientWidth;
      if (ellipsis || (clips(box) && (right > seen.right + 1 || left < seen.left - 1))) {
        report(box, `“${text}” is cut`);
        break;
      }
    }
  }
  for (const grid of document.querySelectorAll('[role=grid]')) {
    if (grid.scrollWidth > grid.clientWidth + 1) report(grid, 'the table is wider than its panel');
  }
  return [...found];
}
