/** Which way money goes at a provider: a payer pays in, or money is paid out to somebody. */
export const flows = ['payin', 'payout'] as const;
export type Flow = (typeof flows)[number];

/** The flow of what an intent does at a provider; undefined for what moves no money there. */
export function flowOf(intentKind: string): Flow | undefined {
  if (intentKind === 'charge') return 'payin';
  return intentKind === 'payout' || intentKind === 'refund' ? 'payout' : undefined;
}
