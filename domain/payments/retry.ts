/** `next`: the next provider is asked. `stop`: the payment ends as refused. */
export const retryDecisions = ['next', 'stop'] as const;
export type RetryDecision = (typeof retryDecisions)[number];

/** What follows a provider's refusal. `*` stands for every provider. */
export interface RetryRow {
  readonly provider: string;
  /** The code of the refusal, as the connector tells it. */
  readonly code: string;
  readonly decision: RetryDecision;
}

/** A refusal that no row names ends the payment; a row that names the provider goes before one for all. */
export function retryDecision(
  table: readonly RetryRow[],
  { provider, code }: { readonly provider: string; readonly code: string },
): RetryDecision {
  const rows = table.filter((row) => row.code === code);
  const own = rows.find((row) => row.provider === provider);
  return (own ?? rows.find((row) => row.provider === '*'))?.decision ?? 'stop';
}

/** The codes with which a provider says that the trouble is its own: they count against its health. */
export function troubleCodes(table: readonly RetryRow[], provider: string): string[] {
  const codes = new Set(table.map((row) => row.code));
  return [...codes].filter((code) => retryDecision(table, { provider, code }) === 'next');
}
