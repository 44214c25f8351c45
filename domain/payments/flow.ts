/** Which way money goes at a provider: a payer pays in, or money is paid out to somebody. */
export const flows = ['payin', 'payout'] as const;
export type Flow = (typeof flows)[number];

/** What an intent does at a provider, by the way the money goes. */
export const intentKindsOf: Readonly<Record<Flow, readonly string[]>> = {
  payin: ['charge'],
  payout: ['payout', 'refund'],
};

/** The flow of what an intent does at a provider; undefined for what moves no money there. */
export function flowOf(intentKind: string): Flow | undefined {
  return flows.find((flow) => intentKindsOf[flow].includes(intentKind));
}
