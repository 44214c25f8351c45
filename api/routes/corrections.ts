import { z } from 'zod';
import {
  correctionDirections,
  correctionKinds,
  correctionReasons,
} from '../../domain/ledger/correction';
import { moneyJson } from '../../domain/money';
import type { Tx } from '../../db/connection';
import {
  correctionStates,
  listCorrections,
  readCorrection,
  reasonOfCorrection,
  type Correction,
} from '../../db/corrections';
import { editCorrection, proposeCorrection } from '../../db/correction-requests';
import { latestTask } from '../../db/tasks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn, versionIn } from '../location';
import { defineRoute } from '../route';
import {
  entityId,
  exampleId,
  idOf,
  instant,
  ledgerAccountId,
  line,
  money,
  moneyAnswer,
  time,
} from '../schemas';

const words = line(500).meta({
  description: 'In words; kept as ciphertext.',
  example: 'The deposit of 3 November was credited twice.',
});
const reasonCode = z.enum(correctionReasons).meta({ example: 'POSTED_TWICE' });
const effectiveAt = instant
  .nullable()
  .optional()
  .meta({ description: 'When it counts as having happened, in an open period; left out: now.' });

const correction = z
  .object({
    id: idOf('correction'),
    entityId,
    clientId: z.string().nullable(),
    kind: z.enum(correctionKinds),
    account: ledgerAccountId.nullable().meta({ description: 'Null for a reversal.' }),
    direction: z.enum(correctionDirections).nullable(),
    amount: moneyAnswer.nullable(),
    reversesId: idOf('ledgerTransaction').nullable(),
    effectiveAt: time.nullable(),
    reasonCode,
    state: z.enum(correctionStates),
    transactionId: idOf('ledgerTransaction').nullable(),
    requestedBy: z.string(),
    version: z.int(),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Correction' });

const detail = correction
  .extend({
    reason: z.string(),
    taskId: idOf('task').nullable().meta({ description: 'Where it is approved.' }),
  })
  .meta({ id: 'CorrectionDetail' });

const example = {
  id: exampleId('correction'),
  entityId: 'cy',
  clientId: exampleId('client'),
  kind: 'correction' as const,
  account: `cy/wallet/${exampleId('client')}/EUR`,
  direction: 'debit' as const,
  amount: { amount: '250.00', currency: 'EUR' },
  reversesId: null,
  effectiveAt: null,
  reasonCode: 'POSTED_TWICE' as const,
  state: 'proposed' as const,
  transactionId: null,
  requestedBy: exampleId('user'),
  version: 1,
  createdAt: '2026-11-23T20:15:00.000000Z',
  finishedAt: null,
};

const detailExample = {
  ...example,
  reason: 'The deposit of 3 November was credited twice.',
  taskId: exampleId('task'),
};

function show({ effect, ...rest }: Correction): z.input<typeof correction> {
  const moved = effect.kind === 'reversal' ? undefined : effect;
  return {
    ...rest,
    kind: effect.kind,
    account: moved?.accountId ?? null,
    direction: moved?.direction ?? null,
    amount: moved ? moneyJson(moved) : null,
    reversesId: effect.kind === 'reversal' ? effect.reversesId : null,
  };
}

async function showDetail(tx: Tx, found: Correction): Promise<z.input<typeof detail>> {
  return {
    ...show(found),
    reason: await reasonOfCorrection(tx, found.id),
    taskId: (await latestTask(tx, found.id, 'correction_approval'))?.id ?? null,
  };
}

const byHand = '`period_sealed`, `in_the_future`, `insufficient_funds`';

export const correctionRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/corrections',
    operationId: 'proposeCorrection',
    summary: 'Ask for a correction, or charge a fee',
    description:
      'A correction moves money between an account and the house’s `correction` account; a fee takes it from a wallet. Policy says who else has to approve: a fee within the limit is posted at once, everything else opens a task `correction_approval` for another person.',
    tags: ['Ledger'],
    auth: { permission: 'ledger.correct' },
    idempotency: 'required',
    body: z.strictObject({
      kind: z.enum(['correction', 'fee']),
      account: ledgerAccountId,
      direction: z
        .enum(correctionDirections)
        .meta({ description: '`credit` gives to the account, `debit` takes from it.' }),
      amount: money,
      effectiveAt,
      reasonCode,
      reason: words,
    }),
    responses: { 201: detail },
    problems: {
      422: `\`account_not_corrected\`, \`other_currency\`, \`fee_is_taken\`, \`correction_refused\`, ${byHand}`,
    },
    example: {
      body: {
        kind: 'correction',
        account: example.account,
        direction: 'debit',
        amount: example.amount,
        reasonCode: 'POSTED_TWICE',
        reason: detailExample.reason,
      },
      answer: { status: 201, body: detailExample },
    },
    location: (body) => `/api/v1/corrections/${idIn(body)}`,
    etag: versionIn,
    handle: async ({ tx, body }) => {
      const { kind, account: accountId, direction, amount } = body;
      const made = await proposeCorrection(tx, {
        effect: { kind, accountId, direction, ...amount },
        effectiveAt: body.effectiveAt ?? null,
        reasonCode: body.reasonCode,
        reason: body.reason,
      });
      return { status: 201, body: await showDetail(tx, made) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/ledger/transactions/:id/reversal',
    operationId: 'proposeReversal',
    summary: 'Ask for a transaction to be taken back',
    description:
      'Of corrections, fees (their waiver) and exchanges. Once, and approved by another person; the reversal names what it takes back.',
    tags: ['Ledger'],
    auth: { permission: 'ledger.correct' },
    idempotency: 'required',
    params: { id: idOf('ledgerTransaction') },
    body: z.strictObject({ effectiveAt, reasonCode, reason: words }),
    responses: { 201: detail },
    problems: { 409: '`already_reversed`', 422: `\`not_reversible\`, ${byHand}` },
    example: {
      body: { reasonCode: 'CHARGED_BY_MISTAKE', reason: 'The fee does not apply.' },
      answer: {
        status: 201,
        body: {
          ...detailExample,
          kind: 'reversal',
          ...{ account: null, direction: null, amount: null },
          reversesId: exampleId('ledgerTransaction'),
          reasonCode: 'CHARGED_BY_MISTAKE',
          reason: 'The fee does not apply.',
        },
      },
    },
    location: (body) => `/api/v1/corrections/${idIn(body)}`,
    etag: versionIn,
    handle: async ({ tx, params, body }) => {
      const made = await proposeCorrection(tx, {
        effect: { kind: 'reversal', reversesId: params.id },
        effectiveAt: body.effectiveAt ?? null,
        reasonCode: body.reasonCode,
        reason: body.reason,
      });
      return { status: 201, body: await showDetail(tx, made) };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/api/v1/corrections/:id',
    operationId: 'editCorrection',
    summary: 'Change what was asked for, before it is approved',
    description: 'Approvals given so far are void, and whoever changes it may not approve it.',
    tags: ['Ledger'],
    auth: { permission: 'ledger.correct' },
    params: { id: idOf('correction') },
    ifMatch: true,
    body: z.strictObject({
      amount: money.optional(),
      direction: z.enum(correctionDirections).optional(),
      effectiveAt,
      reasonCode: reasonCode.optional(),
      reason: words.optional(),
    }),
    responses: { 200: detail },
    problems: {
      409: '`stale`, `already_decided`',
      422: `\`other_currency\`, \`not_editable\`, \`fee_is_taken\`, ${byHand}`,
    },
    example: {
      body: { amount: { amount: '25.00', currency: 'EUR' } },
      answer: {
        status: 200,
        body: { ...detailExample, amount: { amount: '25.00', currency: 'EUR' }, version: 2 },
      },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => {
      const edited = await editCorrection(tx, params.id, { ...body, expectedVersion });
      return { status: 200, body: await showDetail(tx, edited) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/corrections',
    operationId: 'listCorrections',
    summary: 'List movements by hand, the newest first',
    tags: ['Ledger'],
    auth: { permission: 'ledger.read' },
    query: {
      ...pageQuery,
      state: z.enum(correctionStates).optional(),
    },
    responses: { 200: pageOf(correction) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listCorrections(tx, {
        ...(query.state ? { state: query.state } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/corrections/:id',
    operationId: 'readCorrection',
    summary: 'Read a movement by hand',
    tags: ['Ledger'],
    auth: { permission: 'ledger.read' },
    params: { id: idOf('correction') },
    responses: { 200: detail },
    example: { answer: { status: 200, body: detailExample } },
    etag: versionIn,
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await showDetail(tx, await readCorrection(tx, params.id)),
    }),
  }),
];
