/** The levels of a group on its server, in percent of the margin used. */
export interface MarginRule {
  readonly group: string;
  /** 0 where the server calls nobody (at cTrader a call is each trader's own setting). */
  readonly callPercent: number;
  readonly stopOutPercent: number;
}

/** Where an account would stand by its group's margin rule. */
export interface MarginStanding {
  /** Equity ÷ margin, in whole per cent. */
  readonly levelPercent: number;
  /** How far that is above the margin call and the stop-out; zero and below: they strike. */
  readonly overCall: number;
  readonly overStopOut: number;
}

/**
 * Where an account would stand with another leverage: its margin grows as its leverage falls. Null when nothing is
 * margined, since then there is no level.
 */
export function marginAfter(
  {
    equityMinor,
    marginMinor,
    leverage,
    leverageAsked,
  }: {
    readonly equityMinor: bigint;
    readonly marginMinor: bigint;
    readonly leverage: number;
    readonly leverageAsked: number;
  },
  rule: MarginRule,
): MarginStanding | null {
  if (marginMinor <= 0n) return null;
  const levelPercent = Number(
    (equityMinor * 100n * BigInt(leverageAsked)) / (marginMinor * BigInt(Math.max(1, leverage))),
  );
  return {
    levelPercent,
    overCall: levelPercent - rule.callPercent,
    overStopOut: levelPercent - rule.stopOutPercent,
  };
}

/** `margin level 87 % after the change; margin call 100 %, stop-out 50 % (group real\cy-usd-std)`. */
export function marginInWords(standing: MarginStanding | null, rule: MarginRule): string {
  const after =
    standing === null ? 'no margin is used' : `margin level ${standing.levelPercent} % after it`;
  const call = rule.callPercent === 0 ? 'no margin call' : `margin call ${rule.callPercent} %`;
  return `${after}; ${call}, stop-out ${rule.stopOutPercent} % (group ${rule.group})`;
}
