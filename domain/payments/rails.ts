/** The payment providers that have a connector, by the name that intents, halts and policies call them. */
export const paymentRails = ['stripe', 'bank'] as const;
export type PaymentRail = (typeof paymentRails)[number];
