import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import { ledgerCodes } from '../../domain/ledger/account';
import { entriesOfAccount, listBalances, type Balance, type Entry } from '../../db/ledger';
import { placeInChain, readLedgerAccount, readTransaction } from '../../db/ledger-readers';
import { decodeCursor, decodePlaceCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import { endOf, moment, startOf } from '../period';
import { defineRoute } from '../route';
import {
  currency,
  entityId,
  exampleId,
  idOf,
  ledgerAccountId,
  line,
  moneyAnswer,
  time,
} from '../schemas';

/** The kind of a transaction: deposit, transfer, deal … */
const transactionKind = z
  .string()
  .regex(/^[a-z_]{1,40}$/, 'is not a kind of transaction')
  .meta({ example: 'deposit' });

const account = z
  .object({
    id: z.string().meta({ example: `cy/wallet/${exampleId('client')}/EUR` }),
    entityId,
    code: z.string(),
    owner: z.string(),
    balance: moneyAnswer.meta({ description: 'Positive: the house owes; negative: is owed.' }),
    held: moneyAnswer,
  })
  .meta({ id: 'LedgerAccount' });

const entry = z
  .object({
    transactionId: z.string(),
    line: z.int(),
    kind: z.string(),
    cause: z.string(),
    amount: moneyAnswer,
    balanceAfter: moneyAnswer.nullable(),
    effectiveAt: time,
    recordedAt: time,
  })
  .meta({ id: 'LedgerEntry' });

const accountExample = {
  id: `cy/wallet/${exampleId('client')}/EUR`,
  entityId: 'cy',
  code: 'wallet',
  owner: exampleId('client'),
  balance: { amount: '250.00', currency: 'EUR' },
  held: { amount: '0.00', currency: 'EUR' },
};

function showAccount(found: Balance): z.input<typeof account> {
  const { currency } = found;
  return {
    id: found.accountId,
    entityId: found.entityId,
    code: found.code,
    owner: found.owner,
    balance: { amount: formatAmount(found.balanceMinor, currency), currency },
    held: { amount: formatAmount(found.heldMinor, currency), currency },
  };
}

function showEntry(found: Entry): z.input<typeof entry> {
  const { currency, amountMinor, balanceAfterMinor, ...rest } = found;
  return {
    ...rest,
    amount: { amount: formatAmount(amountMinor, currency), currency },
    balanceAfter:
      balanceAfterMinor === null
        ? null
        : { amount: formatAmount(balanceAfterMinor, currency), currency },
  };
}

const accounts = defineRoute({
  method: 'GET',
  path: '/api/v1/ledger/accounts',
  operationId: 'listLedgerAccounts',
  summary: 'List ledger accounts with their balances',
  tags: ['Ledger'],
  auth: { permission: 'ledger.read' },
  query: {
    ...pageQuery,
    entityId: entityId.optional(),
    code: z.enum(ledgerCodes).optional().meta({ example: 'wallet' }),
    currency: currency.optional(),
    clientId: idOf('client').optional(),
  },
  responses: { 200: pageOf(account) },
  example: { answer: { status: 200, body: { data: [accountExample], nextCursor: null } } },
  handle: async ({ tx, query }) => {
    const { limit, cursor, ...filter } = query;
    const found = await listBalances(tx, {
      ...filter,
      after: decodeCursor(cursor),
      limit: limit + 1,
    });
    const page = pageFrom(found, query.limit, {
      after: (each) => each.accountId,
      show: showAccount,
    });
    return { status: 200, body: page };
  },
});

const entries = defineRoute({
  method: 'GET',
  path: '/api/v1/ledger/entries',
  operationId: 'listLedgerEntries',
  summary: 'List the entries of a ledger account',
  description:
    'The latest recorded first. `from` and `to` are about when it happened; a day as `to` belongs to the range.',
  tags: ['Ledger'],
  auth: { permission: 'ledger.read' },
  query: {
    ...pageQuery,
    account: ledgerAccountId,
    from: moment.optional().meta({ example: '2026-11-01' }),
    to: moment.optional().meta({ example: '2026-11-30' }),
    kind: transactionKind.optional(),
    cause: line(120)
      .optional()
      .meta({ description: 'The payment, account or settlement it is for; exactly.' }),
  },
  responses: { 200: pageOf(entry) },
  example: {
    answer: {
      status: 200,
      body: {
        data: [
          {
            transactionId: exampleId('ledgerTransaction'),
            line: 1,
            kind: 'deposit',
            cause: exampleId('deposit'),
            amount: { amount: '250.00', currency: 'EUR' },
            balanceAfter: { amount: '250.00', currency: 'EUR' },
            effectiveAt: '2026-11-23T20:15:00.000000Z',
            recordedAt: '2026-11-23T20:15:00.000000Z',
          },
        ],
        nextCursor: null,
      },
    },
  },
  handle: async ({ tx, query }) => {
    const { id } = await readLedgerAccount(tx, query.account);
    const found = await entriesOfAccount(tx, id, {
      from: query.from === undefined ? undefined : startOf(query.from),
      to: query.to === undefined ? undefined : endOf(query.to),
      kind: query.kind,
      cause: query.cause,
      before: decodePlaceCursor(query.cursor),
      limit: query.limit + 1,
    });
    const page = pageFrom(found, query.limit, {
      after: (each) => each.place,
      show: showEntry,
    });
    return { status: 200, body: page };
  },
});

const hash = z.string().meta({ description: 'SHA-256 in hex.' });

const transactionAnswer = z
  .object({
    id: idOf('ledgerTransaction'),
    key: z.string().meta({ description: 'What is posted once: the same key is the same thing.' }),
    kind: z.string(),
    cause: z.string(),
    actor: z.string(),
    entityId,
    clientId: z.string().nullable(),
    effectiveAt: time,
    recordedAt: time,
    reversesId: z.string().nullable(),
    reversedById: z.string().nullable(),
    meta: z.record(z.string(), z.unknown()),
    entries: z.array(
      z.object({
        line: z.int(),
        account: z.string(),
        amount: moneyAnswer,
        balanceAfter: moneyAnswer.nullable(),
      }),
    ),
    chain: z.object({
      order: z.string(),
      digest: hash,
      block: z
        .object({ number: z.string(), hash, at: time, kept: hash.nullable() })
        .nullable()
        .meta({ description: 'Null until it is chained, a minute at most.' }),
    }),
  })
  .meta({ id: 'LedgerTransaction' });

const transaction = defineRoute({
  method: 'GET',
  path: '/api/v1/ledger/transactions/:id',
  operationId: 'readLedgerTransaction',
  summary: 'Read a transaction with its entries and its place in the chain',
  description:
    'As long as `chain.digest` is the `kept` one of its block, nobody has altered it since it was chained.',
  tags: ['Ledger'],
  auth: { permission: 'ledger.read' },
  params: { id: idOf('ledgerTransaction') },
  responses: { 200: transactionAnswer },
  example: {
    answer: {
      status: 200,
      body: {
        id: exampleId('ledgerTransaction'),
        key: `deposit/${exampleId('deposit')}`,
        kind: 'deposit',
        cause: exampleId('deposit'),
        actor: `workflow:deposit/${exampleId('deposit')}`,
        entityId: 'cy',
        clientId: exampleId('client'),
        effectiveAt: '2026-11-23T20:15:00.000000Z',
        recordedAt: '2026-11-23T20:15:00.000000Z',
        reversesId: null,
        reversedById: null,
        meta: {},
        entries: [
          {
            line: 1,
            account: `cy/wallet/${exampleId('client')}/EUR`,
            amount: { amount: '250.00', currency: 'EUR' },
            balanceAfter: { amount: '250.00', currency: 'EUR' },
          },
        ],
        chain: { order: '17', digest: '0'.repeat(64), block: null },
      },
    },
  },
  handle: async ({ tx, params }) => {
    const { lines, ...found } = await readTransaction(tx, params.id);
    const { order, digest, block } = await placeInChain(tx, params.id);
    const moneyOf = (minor: bigint, of: string) => ({
      amount: formatAmount(minor, of),
      currency: of,
    });
    return {
      status: 200,
      body: {
        ...found,

        entries: lines.map((each) => ({
          line: each.line,
          account: each.accountId,
          amount: moneyOf(each.amountMinor, each.currency),
          balanceAfter:
            each.balanceAfterMinor === null ? null : moneyOf(each.balanceAfterMinor, each.currency),
        })),
        chain: { order, digest, block: block ?? null },
      },
    };
  },
});

export const ledgerRoutes = [accounts, entries, transaction];
