import type { PlatformKind } from '../../domain/trading/capabilities';
import { Dice } from './dice';

/** The matrix: what goes wrong, in which direction money moves, on which platform. */

export const platforms = ['mt5', 'mt4', 'ctrader'] as const satisfies readonly PlatformKind[];
export const directions = ['credit', 'debit'] as const;
export type Direction = (typeof directions)[number];

/** What befalls one log-in's transfer. */
export const transferFaults = [
  'reply lost',
  'request lost',
  'reply garbled',
  'unclear answer',
  'comment cut',
  'late deal',
  'booked late',
  'booked twice',
  'cancelled deal',
  'edited deal',
  'no money',
  'slow',
  'half-open socket',
] as const;

/** What befalls the whole server, with all transfers that are under way on it. */
export const weathers = [
  'clock offset',
  'duplicate delivery',
  'maintenance',
  'connections dropped',
] as const;

/** What befalls the making of an account, which has no direction. */
export const creationFaults = ['range full', 'weak password'] as const;

export type TransferFault = (typeof transferFaults)[number];
export type Weather = (typeof weathers)[number];
export type CreationFault = (typeof creationFaults)[number];

export type TransferCell = {
  readonly platform: PlatformKind;
  readonly direction: Direction;
  readonly fault: TransferFault | Weather;
};
export type CreationCell = {
  readonly platform: PlatformKind;
  readonly direction: 'creation';
  readonly fault: CreationFault;
};
export type Cell = TransferCell | CreationCell;

export const cells: readonly Cell[] = platforms.flatMap((platform): Cell[] => [
  ...directions.flatMap((direction) =>
    [...transferFaults, ...weathers].map((fault) => ({ platform, direction, fault })),
  ),
  ...creationFaults.map((fault) => ({ platform, direction: 'creation' as const, fault })),
]);

export function cellName({ platform, direction, fault }: Cell): string {
  return `${platform}/${direction}/${fault}`;
}

/** One try of a cell. Seed, cell and number are all that its draws come from. */
export interface Run<Of extends Cell = Cell> {
  readonly cell: Of;
  readonly number: number;
  readonly seed: number;
}

export function runName({ cell, number }: Run): string {
  return `${cellName(cell)}#${number}`;
}

/** Every run of the cells whose name has `only` in it. */
export function runsOf({
  seed,
  runsPerCell,
  only = '',
}: {
  readonly seed: number;
  readonly runsPerCell: number;
  readonly only?: string | undefined;
}): Run[] {
  return cells
    .filter((cell) => cellName(cell).includes(only))
    .flatMap((cell) =>
      Array.from({ length: runsPerCell }, (_none, index) => ({ cell, number: index + 1, seed })),
    );
}

/** Each fault in each direction once, on the platform that the seed draws: another seed, other cells. */
export function sampleOf(seed: number): Run[] {
  const dice = new Dice(seed, 'sample');
  const faults = new Map<string, Run[]>();
  for (const run of runsOf({ seed, runsPerCell: 1 })) {
    const name = `${run.cell.direction}/${run.cell.fault}`;
    faults.set(name, [...(faults.get(name) ?? []), run]);
  }
  return [...faults.values()].flatMap((runs) => dice.shuffled(runs).slice(0, 1));
}

export function isTransfer(run: Run): run is Run<TransferCell> {
  return run.cell.direction !== 'creation';
}

export function isCreation(run: Run): run is Run<CreationCell> {
  return run.cell.direction === 'creation';
}

export function isWeather(fault: Cell['fault']): fault is Weather {
  return weathers.some((weather) => weather === fault);
}
