import { z } from 'zod';

const until = z.string().nullable();

/**
 * What a payer has to do now, as it is kept, told by the API and shown; times are RFC 3339. `none`: nothing any more,
 * or nobody knows how from here.
 */
export const nextActionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('redirect'), url: z.string() }),
  z.object({ kind: z.literal('qr'), payload: z.string(), expiresAt: until }),
  z.object({ kind: z.literal('reference'), number: z.string(), expiresAt: until }),
  z.object({
    kind: z.literal('virtual_account'),
    bankCode: z.string(),
    accountNumber: z.string(),
    accountName: z.string(),
    expiresAt: until,
  }),
  z.object({ kind: z.literal('phone_prompt'), expiresAt: until }),
  z.object({
    kind: z.literal('crypto_address'),
    chain: z.string(),
    token: z.string(),
    address: z.string(),
    /** How many blocks a transfer has to stand in and under; not known of payments from before it was kept. */
    confirmations: z.number().int().nullable().default(null),
    expiresAt: until.default(null),
  }),
  z.object({ kind: z.literal('none') }),
]);
export type ShownAction = z.output<typeof nextActionSchema>;
