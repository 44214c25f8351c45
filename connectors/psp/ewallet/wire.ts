import { z } from 'zod';
import { minorOf } from '../amounts';

/** What `pay.pl` and `refund.pl` answer: flat XML, whose few elements have no attributes. */
export type ApiAnswer =
  | { readonly kind: 'session'; readonly sid: string }
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, string>> };

/** Undefined for anything that is not such an answer: something in between may have written it. */
export function readAnswer(text: string): ApiAnswer | undefined {
  const [, inner] = /^\s*(?:<\?xml[^>]*\?>)?\s*<response>(.*)<\/response>\s*$/s.exec(text) ?? [];
  if (inner === undefined) return undefined;
  const fields = Object.fromEntries(
    [...inner.matchAll(/<([a-z_]+)>([^<]*)<\/\1>/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
  if (fields.error_msg !== undefined) return { kind: 'error', code: fields.error_msg };
  if (fields.sid !== undefined) return { kind: 'session', sid: fields.sid };
  return { kind: 'fields', fields };
}

export const transferSchema = z.object({
  id: z.string().regex(/^\d+$/),
  amount: z.string(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  status: z.enum(['1', '2']),
});

export const refundSchema = z.object({
  mb_transaction_id: z.string().regex(/^\d+$/),
  mb_amount: z.string(),
  mb_currency: z.string().regex(/^[A-Z]{3}$/),
  status: z.enum(['0', '2', '-2']),
});

/** A transaction as the query interface and the status messages tell it. */
export const transactionSchema = z
  .object({
    transaction_id: z.string().min(1),
    mb_transaction_id: z.string().regex(/^\d+$/),
    mb_amount: z.string(),
    mb_currency: z.string().regex(/^[A-Z]{3}$/),
    status: z.enum(['2', '0', '-1', '-2', '-3']),
    pay_from_email: z.string().optional(),
    failed_reason_code: z.string().optional(),
    /** Ours, in messages about refunds. */
    operation_id: z.string().optional(),
  })
  .transform((row, context) => {
    const amountMinor = minorOf(row.mb_amount, row.mb_currency);
    if (amountMinor === undefined) {
      context.addIssue({ code: 'custom', message: 'the amount cannot be read' });
      return z.NEVER;
    }
    return { ...row, amountMinor, currency: row.mb_currency };
  });
export type Transaction = z.output<typeof transactionSchema>;

export type QueryAnswer =
  | { readonly kind: 'found'; readonly rows: readonly Transaction[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** `200 OK` and a line of fields for each transaction; 403 when there is none. */
export function readQuery(text: string): QueryAnswer {
  const [head = '', ...lines] = text.split(/\r?\n/);
  const code = /^\d{3}/.exec(head)?.[0] ?? 'none';
  if (code === '403') return { kind: 'absent' };
  if (code !== '200') return { kind: 'unreadable', reason: `the query was answered ${code}` };
  const rows: Transaction[] = [];
  for (const line of lines.filter((candidate) => candidate !== '')) {
    const parsed = transactionSchema.safeParse(Object.fromEntries(new URLSearchParams(line)));
    if (!parsed.success) return { kind: 'unreadable', reason: 'the answer cannot be read' };
    rows.push(parsed.data);
  }
  return rows.length > 0
    ? { kind: 'found', rows }
    : { kind: 'unreadable', reason: 'the answer is empty' };
}
