/** The arrow keys move between cells, as in any grid. */
export function moveInGrid(event: KeyboardEvent): void {
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowRight: [0, 1],
    ArrowLeft: [0, -1],
    ArrowDown: [1, 0],
    ArrowUp: [-1, 0],
  };
  const step = steps[event.key];
  const { target, currentTarget } = event;
  if (!step || !(target instanceof HTMLElement) || !target.matches('.cell')) return;
  const grid = [...(currentTarget as HTMLElement).querySelectorAll('tr')]
    .map((row) => [...row.querySelectorAll<HTMLElement>('.cell')])
    .filter((row) => row.length > 0);
  const at = grid.findIndex((row) => row.includes(target));
  const column = grid[at]?.indexOf(target) ?? 0;
  const next = grid[at + step[0]]?.[column + step[1]];
  if (!next) return;
  event.preventDefault();
  for (const cell of grid.flat()) cell.tabIndex = cell === next ? 0 : -1;
  next.focus();
}
