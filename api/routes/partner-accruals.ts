import { z } from 'zod';
import { toCsv } from '../../domain/csv';
import { formatAmount } from '../../domain/money';
import {
  accrualKey,
  accrualsUntil,
  listAccruals,
  totalAccruals,
  type Accrual,
  type AccrualFilter,
  type AccrualSums,
  type AccrualTotal,
} from '../../db/settlement/accruals';
import type { Tx } from '../../db/connection';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { civilDate, currency, entityId, exampleId, idOf, moneyAnswer, time } from '../schemas';
import { streamed } from '../stream';

/** Filters of the report; the page has the same. */
export const accrualQuery = {
  asOf: civilDate
    .optional()
    .meta({ description: 'At the end of this day, UTC; today unless said.' }),
  entityId: entityId.optional(),
  planSet: idOf('planSet').optional(),
  partnerId: idOf('partner').optional(),
  currency: currency.optional(),
};

type AccrualQuery = z.output<z.ZodObject<typeof accrualQuery>>;

export function accrualFilterOf(query: AccrualQuery): AccrualFilter {
  const { asOf = new Date().toISOString().slice(0, 10) } = query;
  return {
    ...{ asOf, entityId: query.entityId, planSet: query.planSet, partnerId: query.partnerId },
    currency: query.currency,
  };
}

const sums = {
  entityId,
  earned: moneyAnswer.meta({
    description: 'In a month that is not settled, as it would be settled now; nothing is owed yet.',
  }),
  settled: moneyAnswer.meta({ description: 'Settled and not paid.' }),
  carried: moneyAnswer.meta({ description: 'Below zero: set off against what comes next.' }),
  held: moneyAnswer.meta({ description: 'Held while it is looked into.' }),
  paid: moneyAnswer.meta({ description: 'From the first of the month on.' }),
};

const accrual = z
  .object({
    ...sums,
    planSet: idOf('planSet'),
    partnerId: idOf('partner'),
    heldFor: z.array(
      z.object({
        reasons: z.string().meta({ description: 'Codes of the rules that spoke, joined by "+".' }),
        amount: moneyAnswer,
      }),
    ),
  })
  .meta({ id: 'PartnerAccrual' });

const totals = z
  .object({
    until: time.nullable().meta({
      description: 'Up to when the months that are not settled are kept; null where none is.',
    }),
    data: z.array(
      z.object({
        ...sums,
        posted: moneyAnswer.meta({ description: 'What the ledger says was paid: the same.' }),
      }),
    ),
  })
  .meta({ id: 'PartnerAccrualTotals' });

function showSums(of: AccrualSums) {
  const money = (minor: bigint) => ({
    amount: formatAmount(minor, of.currency),
    currency: of.currency,
  });
  return {
    ...{ entityId: of.entityId, earned: money(of.earnedMinor), settled: money(of.settledMinor) },
    ...{ carried: money(of.carriedMinor), held: money(of.heldMinor), paid: money(of.paidMinor) },
  };
}

function show(of: Accrual): z.input<typeof accrual> {
  const amount = (minor: bigint) => ({
    amount: formatAmount(minor, of.currency),
    currency: of.currency,
  });
  return {
    ...showSums(of),
    ...{ planSet: of.planSet, partnerId: of.partnerId },
    heldFor: of.held.map(({ reasons, amountMinor }) => ({ reasons, amount: amount(amountMinor) })),
  };
}

const showTotal = (of: AccrualTotal) => ({
  ...showSums(of),
  posted: { amount: formatAmount(of.postedMinor, of.currency), currency: of.currency },
});

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const exampleSums = {
  entityId: 'cy',
  ...{ earned: eur('120.00'), settled: eur('42.50'), carried: eur('0.00') },
  ...{ held: eur('10.00'), paid: eur('300.00') },
};
const example: z.input<typeof accrual> = {
  ...exampleSums,
  planSet: exampleId('planSet'),
  partnerId: exampleId('partner'),
  heldFor: [{ reasons: 'WASH_LOTS', amount: eur('10.00') }],
};

const header = [
  ...['as_of', 'entity', 'plan_set', 'partner', 'currency', 'earned', 'settled', 'carried'],
  ...['held', 'held_for', 'paid'],
];

const rowsAtOnce = 500;

/** Line by line, as many partners as there are. */
export async function* accrualCsv(tx: Tx, filter: AccrualFilter): AsyncGenerator<string> {
  yield toCsv(header, []);
  let key: string | undefined;
  for (;;) {
    const found = await listAccruals(tx, { ...filter, after: key, limit: rowsAtOnce });
    yield toCsv(
      header,
      found.map((of) => cells(of, filter.asOf)),
    ).slice(toCsv(header, []).length);
    const last = found.at(-1);
    if (!last || found.length < rowsAtOnce) return;
    key = accrualKey(last);
  }
}

function cells(of: Accrual, asOf: string): string[] {
  const amount = (minor: bigint) => formatAmount(minor, of.currency);
  return [
    ...[asOf, of.entityId, of.planSet, of.partnerId, of.currency, amount(of.earnedMinor)],
    ...[amount(of.settledMinor), amount(of.carriedMinor), amount(of.heldMinor)],
    of.held.map(({ reasons, amountMinor }) => `${reasons} ${amount(amountMinor)}`).join('; '),
    amount(of.paidMinor),
  ];
}

export const partnerAccrualRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-accruals',
    operationId: 'listPartnerAccruals',
    summary: 'What is owed to partners at the end of a day, by partner',
    description: 'By the partner’s id. Whoever has nothing at all is left out.',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    query: { ...pageQuery, ...accrualQuery },
    responses: { 200: pageOf(accrual) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listAccruals(tx, {
        ...accrualFilterOf(query),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return { status: 200, body: pageFrom(found, query.limit, { after: accrualKey, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-accruals/totals',
    operationId: 'sumPartnerAccruals',
    summary: 'The same by entity and currency, beside what the ledger says was paid',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    query: accrualQuery,
    responses: { 200: totals },
    example: {
      answer: {
        status: 200,
        body: {
          until: '2026-11-30T20:15:00.000000Z',
          data: [{ ...exampleSums, posted: eur('300.00') }],
        },
      },
    },
    handle: async ({ tx, query }) => ({
      status: 200,
      body: {
        until: await accrualsUntil(tx),
        data: (await totalAccruals(tx, accrualFilterOf(query))).map(showTotal),
      },
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-accruals.csv',
    operationId: 'exportPartnerAccruals',
    summary: 'The same by partner as a CSV file, without a limit',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    limited: true,
    query: accrualQuery,
    responses: { 200: streamed('text/csv') },
    problems: { 429: '`too_many_requests`', 503: '`busy`' },
    example: {
      answer: {
        status: 200,
        body: { mediaType: 'text/csv', fileName: 'accruals.csv', parts: () => none() },
      },
    },
    handle: ({ query }) => {
      const filter = accrualFilterOf(query);
      return Promise.resolve({
        status: 200,
        body: {
          mediaType: 'text/csv',
          fileName: `partner-accruals-${filter.asOf}.csv`,
          parts: (later) => accrualCsv(later, filter),
        },
      });
    },
  }),
];

async function* none(): AsyncGenerator<string> {
  // Nothing: an example of an answer that is no JSON.
}
