// Where each tile goes. Pure arithmetic: sizes in, rectangles out.

const gap = 8; // px
const widest = 16 / 9;
const strip_share = 0.2; // of the stage, for the others beside a pinned tile
const smallest = 120; // px: below that the grid scrolls
const thinnest = 44; // px: below that the strip scrolls

/**
 * Rectangles [{left, top, width, height}] for `count` tiles on a stage. `focused`: the index of a tile
 * that takes most of it, or -1.
 */
export function arrange(width, height, count, focused = -1) {
  if (count === 0 || width <= 0 || height <= 0) return [];
  if (focused < 0 || count === 1) return grid(width, height, count);
  return beside(width, height, count, focused);
}

function grid(width, height, count) {
  const narrowest = width >= height ? 4 / 3 : 3 / 4;
  let best = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const cell = fit(width, height, columns, Math.ceil(count / columns), narrowest);
    const area = cell.width * cell.height;
    if (!best || area > best.area) best = { ...cell, columns, area };
  }
  if (best.width < smallest) {
    const columns = Math.min(count, Math.max(2, Math.floor((width + gap) / (smallest + gap))));
    const tile = (width - gap * (columns - 1)) / columns;
    best = { columns, width: tile, height: tile / (4 / 3) };
  }
  const rows = Math.ceil(count / best.columns);
  const used = rows * best.height + (rows - 1) * gap;
  const top = Math.max(0, (height - used) / 2);
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / best.columns);
    const inRow = Math.min(best.columns, count - row * best.columns);
    const left = (width - inRow * best.width - (inRow - 1) * gap) / 2;
    return {
      left: left + (index % best.columns) * (best.width + gap),
      top: top + row * (best.height + gap),
      width: best.width,
      height: best.height,
    };
  });
}

function fit(width, height, columns, rows, narrowest) {
  const cellWidth = (width - gap * (columns - 1)) / columns;
  const cellHeight = (height - gap * (rows - 1)) / rows;
  const tile = Math.min(cellWidth, cellHeight * widest);
  return { width: tile, height: Math.min(cellHeight, tile / narrowest) };
}

// The focused tile large, the others in a strip at the right, or below on an upright screen.
function beside(width, height, count, focused) {
  const upright = height > width;
  const along = upright ? width : height;
  const across = (upright ? height : width) * strip_share;
  const shared = (along + gap) / (count - 1) - gap;
  const length = Math.max(thinnest, Math.min(shared, upright ? across * (4 / 3) : across / widest));
  const total = (count - 1) * (length + gap) - gap;
  const start = Math.max(0, (along - total) / 2);
  let place = 0;
  return Array.from({ length: count }, (_, index) => {
    if (index === focused) {
      return upright
        ? { left: 0, top: 0, width, height: height - across - gap }
        : { left: 0, top: 0, width: width - across - gap, height };
    }
    const at = start + place * (length + gap);
    place += 1;
    return upright
      ? { left: at, top: height - across, width: length, height: across }
      : { left: width - across, top: at, width: across, height: length };
  });
}
