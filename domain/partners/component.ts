/** The kinds of rates a line can be paid by. */
export const lineComponents = {
  per_lot: 'per lot',
  spread: 'of the spread',
  revenue: 'of the revenue',
  cpa: 'for the client, once',
  volume_bonus: 'per lot, as volume bonus',
} as const;

export type LineComponent = keyof typeof lineComponents;

/** What earns: a deal when it opens or closes a position, a client or a whole period, or a change of a closed one. */
export const lineEvents = ['open', 'close', 'period', 'adjustment'] as const;
export type LineEvent = (typeof lineEvents)[number];

export function isLineComponent(text: string): text is LineComponent {
  return Object.hasOwn(lineComponents, text);
}

export function isLineEvent(text: string): text is LineEvent {
  return lineEvents.some((event) => event === text);
}

/** `5 USD per lot`, `10 % of the spread`; empty where there is no rate. */
export function rateInWords(line: {
  readonly rate: string;
  readonly rateCurrency: string;
  readonly component: LineComponent;
}): string {
  const { rate, rateCurrency, component } = line;
  return rate === '' ? '' : `${rate} ${rateCurrency} ${lineComponents[component]}`;
}
