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

/** Those by which a client can ask to pay in; a transfer from a bank arrives unasked. */
export const depositRails = [
  'card',
  'e-wallet',
  'mobile_money',
  'qr',
  'virtual_account',
  'reference_number',
  'crypto',
] as const satisfies readonly Rail[];
export type DepositRail = (typeof depositRails)[number];

/** How a deposit came in: as its client asked for, or by a transfer that a statement of the bank shows. */
export const paidInBy = [...depositRails, 'bank'] as const satisfies readonly Rail[];
export type PaidInBy = (typeof paidInBy)[number];

/**
 * The payment providers that have a connector, by the name that intents, halts and policies call them
 * (a halt of scope `rail` stops one of these). `connectors/psp/registry.ts` makes each of them,
 * or it does not compile. `stripe_2` is a second account at Stripe: another licence's, or one to fail over to.
 */
export const paymentRails = [
  'stripe',
  'stripe_2',
  'bank',
  'ewallet',
  'mpesa',
  'xendit',
  'fawry',
  'custodian',
  'chain',
] as const;
export type PaymentRail = (typeof paymentRails)[number];
