import { z } from 'zod';
import { permissions, roles } from '../domain/access/roles';
import { idPrefixes, type IdKind } from '../domain/ids';
import { currencies, InvalidAmount, parseMoney } from '../domain/money';
import { taskKinds } from '../domain/task/task';
import { platformKinds } from '../domain/trading/capabilities';
import { emailLengthMax, emailPattern, linePattern } from '../domain/typed-text';
import { passwordLengthMax, passwordLengthMin } from '../db/passwords';

/** Example ids share this tail, so that examples of the document fit together. */
const exampleTail = '01936f2a-7c1e-7000-8000-0000000000a1';

export function exampleId(kind: IdKind): string {
  return `${idPrefixes[kind]}_${exampleTail}`;
}

/** An id of the kind: `wd_<uuid>`. */
export function idOf(kind: IdKind) {
  return z
    .string()
    .regex(
      new RegExp(`^${idPrefixes[kind]}_[0-9a-f-]{36}$`),
      `is not an id of the form ${idPrefixes[kind]}_…`,
    )
    .meta({ example: exampleId(kind) });
}

export const entityId = z
  .string()
  .regex(/^[a-z0-9-]{2,20}$/, 'is not the id of an entity')
  .meta({ description: 'Legal entity.', example: 'cy' });

export const ledgerAccountId = z
  .string()
  .regex(/^[A-Za-z0-9._/-]{1,200}$/, 'is not the id of a ledger account')
  .meta({ example: `cy/wallet/${exampleId('client')}/EUR` });

export const currency = z.enum(currencies).meta({ id: 'Currency', example: 'EUR' });

export const platform = z
  .enum(platformKinds)
  .meta({ description: 'Make of the trading server.', example: 'mt5' });

export const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'is not an ISO 3166 alpha-2 code')
  .meta({ description: 'ISO 3166 alpha-2.', example: 'DE' });

export const time = z.string().meta({
  description: 'RFC 3339, UTC.',
  format: 'date-time',
  example: '2026-11-23T20:15:00.000000Z',
});

/** A moment of a request. Nothing here is older than 2000, and PostgreSQL knows no year zero. */
export const instant = z.iso
  .datetime('is not a time such as 2026-11-23T20:15:00Z')
  .refine((text) => text >= '2000', 'is before the year 2000')
  .meta({ description: 'RFC 3339, UTC, from 2000 on.', example: '2026-10-01T00:00:00Z' });

/** Date fields of a browser have no zone: what is typed is UTC, and the form says so. */
export const utcMinute = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, 'is not a date and time such as 2026-11-01T00:00')
  .transform((text) => `${text}:00Z`)
  .pipe(instant);

export const civilDate = z
  .string()
  .refine(isCivilDate, 'is not a date of the form YYYY-MM-DD')
  .meta({ description: 'YYYY-MM-DD.', format: 'date', example: '1988-04-17' });

/** The day on which somebody was born: never one that is still to come. */
export const birthDate = z
  .string()
  .refine(isCivilDate, 'is not a date of the form YYYY-MM-DD')
  .refine((day) => !(Date.parse(day) > Date.now()), 'is still to come')
  .meta({ description: 'YYYY-MM-DD.', format: 'date', example: '1988-04-17' });

function isCivilDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const moneyShape = z.strictObject({
  amount: z
    .string()
    .regex(/^\d{1,20}(\.\d{1,18})?$/, 'is not a decimal amount such as 12.34')
    .meta({ example: '12.34' }),
  currency,
});

/** Money of a request: a positive decimal string and a currency, read into `Money` (minor units). */
export const money = moneyShape.transform((value, context) => {
  try {
    const parsed = parseMoney(value);
    if (parsed.amountMinor > 0n) return parsed;
    context.addIssue({ code: 'custom', message: 'must be above zero', path: ['amount'] });
  } catch (error) {
    if (!(error instanceof InvalidAmount)) throw error;
    context.addIssue({ code: 'custom', message: error.message, path: ['amount'] });
  }
  return z.NEVER;
});

/** Money of an answer, as `moneyJson` makes it; may be negative. */
export const moneyAnswer = z
  .object({ amount: z.string().meta({ example: '12.34' }), currency: z.string() })
  .meta({ id: 'Money', example: { amount: '12.34', currency: 'EUR' } });

/** Kinds that ship, and those that an officer has added to the policy `kyc.documents`. */
export const documentKind = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,39}$/, 'is not a kind of document')
  .meta({ description: 'Kind of document, by its code.', example: 'passport' });

export const email = z
  .string()
  .max(emailLengthMax)
  .regex(emailPattern, 'is not an e-mail address')
  .meta({ example: 'maria@example.com', format: 'email' });

/** As people type it, blanks and dashes left out: E.164 with the plus. */
export const phone = z
  .string()
  .max(40)
  .transform((text) => text.replace(/[\s().-]/g, '').replace(/^00/, '+'))
  .pipe(z.string().regex(/^\+[1-9]\d{6,14}$/, 'is not a phone number such as +254712345678'))
  .meta({ example: '+254712345678' });

/** A bank by the code of a provider. */
export const bankCode = z
  .string()
  .regex(/^[A-Z0-9_]{2,20}$/, 'is not the code of a bank')
  .meta({ example: 'BCA' });

/** The code of a campaign, as a client was told it. */
export const campaignCode = z
  .string()
  .regex(/^[A-Z0-9]{2,20}$/, 'is not a code of capital letters and digits')
  .meta({ example: 'WELCOME10' });

/** A line of text a person typed: trimmed, not empty, without control characters. */
export function line(lengthMax: number) {
  return z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(lengthMax, `is longer than ${lengthMax} characters`)
    .regex(linePattern, 'holds a control character');
}

/** Paragraphs that a person typed: trimmed, not empty, without control characters but the ends of lines. */
export function prose(lengthMax: number) {
  return z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(lengthMax, `is longer than ${lengthMax} characters`)
    .regex(
      /^[^\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]*$/,
      'holds a control character',
    );
}

/** A reason that an event keeps. */
export const reason = line(500).meta({
  description: 'Why; kept with the event. No personal data.',
  example: 'Documents checked by telephone.',
});

export const role = z.enum(roles);
export const permission = z.enum(permissions);

// The keys of the rules are the kinds; `Object.keys` forgets that.
export const taskKind = z.enum(taskKinds);
export const taskQueue = z
  .string()
  .regex(/^[a-z_]{2,40}$/, 'lower case words joined by underscores')
  .meta({
    description: 'The code of a queue that a policy names.',
    example: 'senior_approver',
  });

/** Plain JSON, shown as it is. */
export const json = z.json();
export const jsonObject = z.record(z.string(), z.json());

/** A log-in's password: long rather than complicated (NIST SP 800-63B). */
export const password = z
  .string()
  .min(passwordLengthMin, `has fewer than ${passwordLengthMin} characters`)
  .max(passwordLengthMax, `has more than ${passwordLengthMax} characters`)
  .meta({ example: 'correct horse battery', format: 'password' });

/** MetaTrader 5 takes 8 to 16 characters with upper and lower case, a digit and a special character. */
export const platformPassword = z
  .string()
  .regex(/^[\x21-\x7e]{8,16}$/, 'is not 8 to 16 characters without blanks')
  .refine(
    (text) =>
      /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && /[^A-Za-z0-9]/.test(text),
    'needs a small and a capital letter, a digit and a special character',
  )
  .meta({ example: 'Keel-s0n!', format: 'password' });

/** What is added, or with a minus taken off, in a currency that the thing says. */
export const adjustmentAmount = z
  .string()
  .regex(/^-?\d{1,12}(\.\d{1,8})?$/, 'is not a decimal amount such as "25.00" or "-25.00"');
