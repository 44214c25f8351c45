import { z } from 'zod';
import { isDecimal } from './fact';

export const name = z.string().min(1).max(80);
export const code = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{1,60}$/, 'upper case words joined by underscores');
/** `format` and `suggests` tell the editor what no pattern tells. */
export const money = z
  .string()
  .refine(isDecimal, 'a decimal amount in a string, such as "2000.00"')
  .meta({ format: 'decimal' });
export const aboveZero = money.refine((text) => Number(text) > 0, 'above zero');
export const percent = z.number().min(0).max(100);
export const basisPoints = z.number().int().min(0).max(1000);
export const country = z.string().regex(/^[A-Z]{2}$/);
export const currency = z.string().regex(/^[A-Z0-9]{3,6}$/);
/** What other currencies count for where limits are in one. */
export const limitRates = z
  .array(z.strictObject({ from: currency, to: currency, rate: aboveZero }))
  .max(200);

/** By when what a rule is about is decided, and by how many. A queue is of `kyc.approval` alone: no form asks for it. */
export const routing = {
  queue: z
    .string()
    .regex(/^[a-z_]{2,40}$/)
    .exactOptional()
    .meta({ unread: true }),
  dueHours: z.number().int().min(1).max(2000).exactOptional(),
  fourEyes: z.boolean().exactOptional(),
};

export const documentCode = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,39}$/, 'lower case words joined by underscores');
