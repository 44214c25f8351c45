import { z } from 'zod';
import type { Statement } from '../../domain/ledger/statement';
import { formatAmount } from '../../domain/money';
import { readStatement } from '../../db/ledger-statement';
import { endOf, moment, startOf } from '../period';
import { defineRoute, orDownload } from '../route';
import { entityId, exampleId, ledgerAccountId, moneyAnswer, time } from '../schemas';
import { statementFile, statementFormats } from '../statement-file';

const line = z
  .object({
    effectiveAt: time,
    recordedAt: time,
    transactionId: z.string(),
    kind: z.string(),
    cause: z.string().meta({ description: 'What it is for: a payment, an account, a settlement.' }),
    amount: moneyAnswer,
    balance: moneyAnswer.meta({ description: 'After it.' }),
  })
  .meta({ id: 'StatementLine' });

const statement = z
  .object({
    account: z.object({
      id: ledgerAccountId,
      entityId,
      code: z.string(),
      currency: z.string(),
    }),
    from: time,
    to: time.meta({ description: 'The statement ends just before it.' }),
    opening: moneyAnswer,
    closing: moneyAnswer,
    entries: z.array(line),
  })
  .meta({ id: 'Statement' });

function show(found: Statement): z.input<typeof statement> {
  const { currency } = found;
  const money = (minor: bigint) => ({ amount: formatAmount(minor, currency), currency });
  return {
    account: { id: found.accountId, entityId: found.entityId, code: found.code, currency },
    from: found.from,
    to: found.to,
    opening: money(found.openingMinor),
    closing: money(found.closingMinor),
    entries: found.lines.map(({ amountMinor, balanceMinor, ...rest }) => ({
      ...rest,
      amount: money(amountMinor),
      balance: money(balanceMinor),
    })),
  };
}

export const walletRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/wallets/:id/statement',
    operationId: 'readWalletStatement',
    summary: 'The statement of a wallet for a period',
    description:
      'Opening balance, every movement with its cause and the balance after it, closing balance, by the time at which it happened. A day as `to` is part of the period, an instant is not. Also of any other ledger account that the caller may see. `format` asks for a file instead of JSON. The id has slashes: encode them.',
    tags: ['Ledger'],
    auth: { any: [{ permission: 'ledger.read' }, { client: true }] },
    params: { id: ledgerAccountId },
    query: {
      from: moment.meta({ example: '2026-11-01' }),
      to: moment.meta({ example: '2026-11-30' }),
      format: z
        .enum(['json', ...statementFormats])
        .default('json')
        .meta({ example: 'json' }),
    },
    responses: { 200: orDownload(statement, ['text/csv', 'application/pdf']) },
    problems: { 422: '`period_reversed`, `statement_too_long`' },
    example: {
      answer: {
        status: 200,
        body: {
          account: {
            id: `cy/wallet/${exampleId('client')}/EUR`,
            entityId: 'cy',
            code: 'wallet',
            currency: 'EUR',
          },
          from: '2026-11-01T00:00:00Z',
          to: '2026-12-01T00:00:00Z',
          opening: { amount: '0.00', currency: 'EUR' },
          closing: { amount: '250.00', currency: 'EUR' },
          entries: [
            {
              effectiveAt: '2026-11-23T20:15:00.000000Z',
              recordedAt: '2026-11-23T20:15:00.000000Z',
              transactionId: exampleId('ledgerTransaction'),
              kind: 'deposit',
              cause: exampleId('deposit'),
              amount: { amount: '250.00', currency: 'EUR' },
              balance: { amount: '250.00', currency: 'EUR' },
            },
          ],
        },
      },
    },
    handle: async ({ tx, params, query }) => {
      const period = { from: startOf(query.from), to: endOf(query.to) };
      const found = await readStatement(tx, params.id, period);
      const body =
        query.format === 'json' ? show(found) : await statementFile(tx, found, query.format);
      return { status: 200, body };
    },
  }),
];
