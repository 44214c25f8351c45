import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import { ledgerCodes } from '../../domain/ledger/account';
import { entriesOfAccount, listBalances, type Balance, type Entry } from '../../db/ledger';
import { readLedgerAccount } from '../../db/ledger-readers';
import { decodeCursor, decodePlaceCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { entityId, exampleId, ledgerAccountId, moneyAnswer, time } from '../schemas';

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
  },
  responses: { 200: pageOf(account) },
  example: { answer: { status: 200, body: { data: [accountExample], nextCursor: null } } },
  handle: async ({ tx, query }) => {
    const after = decodeCursor(query.cursor);
    const found = await listBalances(tx, {
      limit: query.limit + 1,
      ...(query.entityId === undefined ? {} : { entityId: query.entityId }),
      ...(query.code === undefined ? {} : { code: query.code }),
      ...(after === undefined ? {} : { after }),
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
  description: 'Newest first.',
  tags: ['Ledger'],
  auth: { permission: 'ledger.read' },
  query: {
    ...pageQuery,
    account: ledgerAccountId,
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
    const before = decodePlaceCursor(query.cursor);
    const { id } = await readLedgerAccount(tx, query.account);
    const found = await entriesOfAccount(tx, id, {
      limit: query.limit + 1,
      ...(before === undefined ? {} : { before }),
    });
    const page = pageFrom(found, query.limit, {
      after: (each) => each.place,
      show: showEntry,
    });
    return { status: 200, body: page };
  },
});

export const ledgerRoutes = [accounts, entries];
