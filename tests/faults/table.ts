import {
  type Cell,
  cells,
  creationFaults,
  directions,
  platforms,
  transferFaults,
  weathers,
} from './cells';
import type { Ended } from './rounds';

const columnWidth = 16;
const nameWidth = 22;

/** How often each cell was run. */
export function countsOf(ended: Ended): ReadonlyMap<Cell, number> {
  const runs = [...ended.transfers, ...ended.creations].map(({ run }) => run.cell);
  return new Map(
    cells.map((cell) => [
      cell,
      runs.filter(
        ({ platform, direction, fault }) =>
          platform === cell.platform && direction === cell.direction && fault === cell.fault,
      ).length,
    ]),
  );
}

/** The matrix with the number of runs in each cell, and what became of them. */
export function tableOf(ended: Ended): string {
  const counts = [...countsOf(ended)];
  const count = (platform: string, direction: string, fault: string): string =>
    String(
      counts.find(
        ([cell]) =>
          cell.platform === platform && cell.direction === direction && cell.fault === fault,
      )?.[1] ?? '',
    );
  const columns = platforms.flatMap((platform) =>
    directions.map((direction) => ({ platform, direction })),
  );
  const line = (name: string, values: readonly string[]) =>
    name.padEnd(nameWidth) + values.map((value) => value.padStart(columnWidth)).join('');
  return [
    line(
      'transfer',
      columns.map(({ platform, direction }) => `${platform} ${direction}`),
    ),
    ...[...transferFaults, ...weathers].map((fault) =>
      line(
        fault,
        columns.map(({ platform, direction }) => count(platform, direction, fault)),
      ),
    ),
    line('account', [...platforms]),
    ...creationFaults.map((fault) =>
      line(
        fault,
        platforms.map((platform) => count(platform, 'creation', fault)),
      ),
    ),
  ].join('\n');
}
