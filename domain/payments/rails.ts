/** The ways money travels between a client and us. A provider serves one or several of them. */
export const rails = [
  'card',
  'bank',
  'e-wallet',
  'mobile_money',
  'qr',
  'virtual_account',
  'reference_number',
  'crypto',
] as const;
export type Rail = (typeof rails)[number];

/**
 * The payment providers that have a connector, by the name that intents, halts and policies call them
 * (a halt of scope `rail` stops one of these). `connectors/psp/registry.ts` makes each of them,
 * or it does not compile.
 */
export const paymentRails = [
  'stripe',
  'bank',
  'ewallet',
  'mpesa',
  'xendit',
  'fawry',
] as const;
export type PaymentRail = (typeof paymentRails)[number];
