/** How an owner of money that nobody came for was looked for. */
export const tracingMeans = ['mail', 'letter', 'telephone', 'register', 'other'] as const;
export type TracingMeans = (typeof tracingMeans)[number];
