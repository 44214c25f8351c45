/** One row of a partner's statement: what one symbol group brought at one tier, for one reason. */
export interface StatementRow {
  readonly group: string;
  readonly tier: number;
  readonly reason: string;
  readonly trades: number;
  /** Decimal string. */
  readonly lots: string;
  /** Decimal string in the statement's currency. */
  readonly amount: string;
}

/** Lots of 1e-8 units as a decimal string: `150000000n` is `1.5`. */
export function formatLots(lotsE8: bigint): string {
  const digits = lotsE8.toString().padStart(9, '0');
  const fraction = digits.slice(-8).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -8) : `${digits.slice(0, -8)}.${fraction}`;
}

/** What others may see of a person's name: `A••• T•••`. */
export function maskName(name: string): string {
  return name
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => `${[...word][0] ?? ''}•••`)
    .join(' ');
}
