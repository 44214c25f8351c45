/**
 * A cTrader group has no currency; each account chooses its own when it is made. Above the port a group does, so
 * there it is the pair: `cy-std/USD`.
 */
export interface GroupPair {
  readonly name: string;
  readonly currency: string;
}

export function pairName({ name, currency }: GroupPair): string {
  return `${name}/${currency}`;
}

/** Null when the text is no pair. Names may hold slashes: the currency is behind the last one. */
export function parsePair(text: string): GroupPair | null {
  const match = /^(.+)\/([A-Z]{3})$/.exec(text);
  const [, name, currency] = match ?? [];
  return name === undefined || currency === undefined ? null : { name, currency };
}
