import { z } from 'zod';
import { mediaTypes } from '../../domain/onboarding/media-type';
import { legKinds } from '../../domain/payments/return-to-source';
import { moneyJson } from '../../domain/money';
import { refused } from '../../domain/problem';
import type { Tx } from '../../db/connection';
import { assertKnownSource } from '../../db/payment-sources';
import { assertOwnDestination } from '../../db/payout-destination';
import { editWithdrawal } from '../../db/withdrawal-edits';
import { cancelWithdrawal } from '../../db/withdrawal-end';
import { attachPaper, evidenceOf, readPaper, supplyEvidence } from '../../db/withdrawal-evidence';
import { legsOf, type WithdrawalLeg } from '../../db/withdrawal-legs';
import { requestOwnWithdrawal } from '../../db/withdrawal-requests';
import {
  listWithdrawals,
  readWithdrawal,
  type Withdrawal,
  withdrawalStates,
} from '../../db/withdrawals';
import { idIn } from '../location';
import { paperDownload, paperUpload, requiredFile } from '../paper-file';
import { defineRoute, download } from '../route';
import { exampleId, idOf, line, money, moneyAnswer, time } from '../schemas';
import { clientOf } from './client-scope';
import { definePaymentReads } from './payment-reads';

const withdrawalAnswer = z
  .object({
    id: idOf('withdrawal'),
    clientId: idOf('client'),
    entityId: z.string(),
    amount: moneyAnswer,
    state: z.enum(withdrawalStates),
    refusal: z.string().nullable(),
    legs: z
      .array(
        z.object({
          leg: z.number().int(),
          kind: z.enum(legKinds),
          amount: moneyAnswer,
          provider: z.string(),
          state: z.string(),
          depositId: z.string().nullable(),
        }),
      )
      .meta({
        description:
          'Where the money goes, once it is planned: back to where it came from, the excess to a bank.',
      }),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Withdrawal' });

const example = {
  id: exampleId('withdrawal'),
  clientId: exampleId('client'),
  entityId: 'cy',
  amount: { amount: '120.00', currency: 'EUR' },
  state: 'requested' as const,
  refusal: null,
  legs: [],
  createdAt: '2026-11-23T20:15:00.000000Z',
  finishedAt: null,
};

function show(withdrawal: Withdrawal, legs: readonly WithdrawalLeg[] = []) {
  return {
    id: withdrawal.id,
    clientId: withdrawal.clientId,
    entityId: withdrawal.entityId,
    amount: moneyJson(withdrawal),
    state: withdrawal.state,
    refusal: withdrawal.refusal,
    legs: legs.map((leg) => ({
      leg: leg.leg,
      kind: leg.kind,
      amount: moneyJson(leg),
      provider: leg.provider,
      state: leg.state,
      depositId: leg.depositId,
    })),
    createdAt: withdrawal.createdAt,
    finishedAt: withdrawal.finishedAt,
  };
}

const evidenceAnswer = z
  .object({
    sourceId: idOf('source'),
    statement: z.string(),
    suppliedBy: z.string(),
    suppliedAt: time,
    paper: z
      .enum(mediaTypes)
      .nullable()
      .meta({ description: 'What the paper is that was uploaded with it.' }),
  })
  .meta({ id: 'WithdrawalEvidence' });

const evidenceExample = {
  sourceId: exampleId('source'),
  statement: 'Letter of the bank of 3 March: the card account is closed.',
  suppliedBy: exampleId('user'),
  suppliedAt: '2026-11-23T20:40:00.000000Z',
  paper: null,
};

async function whole(tx: Tx, withdrawal: Withdrawal) {
  return show(withdrawal, await legsOf(tx, withdrawal.id));
}

export const withdrawalRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/withdrawals',
    operationId: 'requestWithdrawal',
    summary: 'Ask for money from the wallet',
    description:
      'The amount is held in the wallet at once; policy and, where it says so, people decide.',
    tags: ['Withdrawals'],
    auth: { client: true },
    idempotency: 'required',
    body: z.strictObject({
      amount: money,
      bankAccountId: idOf('source')
        .optional()
        .meta({ description: 'Takes what no card of yours takes back.' }),
      addressId: idOf('source')
        .optional()
        .meta({ description: 'Of tokens: your own address that they go to.' }),
    }),
    responses: { 202: withdrawalAnswer },
    problems: { 422: 'insufficient_funds, level_limit, account_currency or other_way' },
    example: {
      body: { amount: { amount: '120.00', currency: 'EUR' }, bankAccountId: exampleId('source') },
      answer: { status: 202, body: example },
    },
    location: (body) => `/api/v1/withdrawals/${idIn(body)}`,
    handle: async ({ tx, scope, body }) => {
      const { clientId, entityId, userId } = clientOf(scope);
      const { bankAccountId, addressId, amount } = body;
      const destination = { bankAccountId, addressId };
      await assertOwnDestination(tx, { clientId, currency: amount.currency }, destination);
      const made = await requestOwnWithdrawal(tx, {
        clientId,
        entityId,
        userId,
        amount,
        bankSourceId: bankAccountId ?? null,
        addressSourceId: addressId ?? null,
      });
      return { status: 202, body: show(made) };
    },
  }),
  ...definePaymentReads({
    kind: 'withdrawal',
    name: 'Withdrawal',
    states: withdrawalStates,
    answer: withdrawalAnswer,
    example,
    list: listWithdrawals,
    show: (item) => show(item),
    readSummary: 'Read a withdrawal with its legs',
    read: async (tx, id) => whole(tx, await readWithdrawal(tx, id)),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/withdrawals/:id/edit',
    operationId: 'editWithdrawal',
    summary: 'Pay less, or to another bank account or address of the client',
    description:
      'Before it is being paid. Every approval given so far is void, and whoever edits cannot approve it any more.',
    tags: ['Withdrawals'],
    auth: { permission: 'payment.operate' },
    idempotency: 'required',
    params: { id: idOf('withdrawal') },
    body: z.strictObject({
      amount: money.optional().meta({ description: 'At most what the client has asked for.' }),
      bankAccountId: idOf('source').optional(),
      addressId: idOf('source').optional(),
      reason: line(500),
    }),
    responses: { 202: withdrawalAnswer },
    problems: {
      409: 'too_late',
      422: 'above_request, nothing_changed, other_currency, account_currency or other_way',
    },
    example: {
      body: { amount: { amount: '100.00', currency: 'EUR' }, reason: 'The client asked by phone.' },
      answer: {
        status: 202,
        body: { ...example, amount: { amount: '100.00', currency: 'EUR' } },
      },
    },
    handle: async ({ tx, params, body }) => {
      const { clientId, currency } = await readWithdrawal(tx, params.id);
      const { amount, bankAccountId, addressId, reason } = body;
      await assertOwnDestination(tx, { clientId, currency }, { bankAccountId, addressId });
      if (amount && amount.currency !== currency)
        throw refused('other_currency', `This withdrawal is in ${currency}.`);
      const edited = await editWithdrawal(tx, params.id, {
        ...(amount ? { amountMinor: amount.amountMinor } : {}),
        ...(bankAccountId === undefined ? {} : { bankSourceId: bankAccountId }),
        ...(addressId === undefined ? {} : { addressSourceId: addressId }),
        reason,
      });
      return { status: 202, body: show(edited) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/withdrawals/:id/evidence',
    operationId: 'supplyWithdrawalEvidence',
    summary: 'Say what proves an instrument to be gone, or an address to be the client’s',
    description:
      'A part that should go back to an expired card is paid to a bank account, and tokens to a wallet that nobody has proven to be the client’s, when a colleague has said what they saw, and another person approves it.',
    tags: ['Withdrawals'],
    auth: { permission: 'payment.operate' },
    idempotency: 'required',
    params: { id: idOf('withdrawal') },
    body: z.strictObject({ sourceId: idOf('source'), statement: line(1000) }),
    responses: { 201: z.object({ data: z.array(evidenceAnswer) }) },
    problems: { 409: 'too_late or already_supplied', 422: 'not_expired' },
    example: {
      body: { sourceId: evidenceExample.sourceId, statement: evidenceExample.statement },
      answer: { status: 201, body: { data: [evidenceExample] } },
    },
    handle: async ({ tx, params, body }) => {
      const { clientId } = await readWithdrawal(tx, params.id);
      await assertKnownSource(tx, { clientId, sourceId: body.sourceId });
      return { status: 201, body: { data: await supplyEvidence(tx, params.id, body) } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/withdrawals/:id/evidence/:sourceId/paper',
    operationId: 'attachWithdrawalPaper',
    summary: 'Upload the paper that shows what you said of an instrument',
    description:
      'A JPEG, PNG or PDF in the field `file`, told by its first bytes, by whoever supplied the evidence. Approvals given before are void.',
    tags: ['Withdrawals'],
    auth: { permission: 'payment.operate' },
    idempotency: 'required',
    params: { id: idOf('withdrawal'), sourceId: idOf('source') },
    upload: paperUpload,
    body: z.strictObject({}),
    responses: { 201: z.object({ data: z.array(evidenceAnswer) }) },
    problems: { 409: 'too_late or already_supplied', 415: 'unsupported_media_type' },
    example: {
      body: {},
      answer: {
        status: 201,
        body: { data: [{ ...evidenceExample, paper: 'application/pdf' as const }] },
      },
    },
    handle: async ({ tx, params: { id, sourceId }, file }) => {
      const { clientId } = await readWithdrawal(tx, id);
      await assertKnownSource(tx, { clientId, sourceId });
      const { bytes } = requiredFile(file, { problem: 'There is no paper in the form.' });
      return {
        status: 201,
        body: { data: await attachPaper(tx, id, { sourceId, content: bytes }) },
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/withdrawals/:id/evidence/:sourceId/paper',
    operationId: 'readWithdrawalPaper',
    summary: 'Look at the paper of an instrument',
    description: 'Every reading is recorded with the reader.',
    tags: ['Withdrawals'],
    auth: { any: [{ permission: 'withdrawal.approve' }, { permission: 'payment.operate' }] },
    params: { id: idOf('withdrawal'), sourceId: idOf('source') },
    responses: { 200: download('*/*') },
    problems: { 410: 'erased' },
    example: {
      answer: { status: 200, body: { bytes: Buffer.from(''), mediaType: 'image/jpeg' } },
    },
    handle: async ({ tx, params: { id, sourceId } }) => {
      return { status: 200, body: paperDownload(sourceId, await readPaper(tx, id, sourceId)) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/withdrawals/:id/evidence',
    operationId: 'listWithdrawalEvidence',
    summary: 'What was said of its instruments that are in doubt',
    tags: ['Withdrawals'],
    auth: { permission: 'payment.read' },
    params: { id: idOf('withdrawal') },
    responses: { 200: z.object({ data: z.array(evidenceAnswer) }) },
    example: { answer: { status: 200, body: { data: [evidenceExample] } } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: { data: await evidenceOf(tx, await readWithdrawal(tx, params.id)) },
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/withdrawals/:id/cancel',
    operationId: 'cancelWithdrawal',
    summary: 'Take a withdrawal back before it is being paid',
    tags: ['Withdrawals'],
    auth: { client: true },
    idempotency: 'required',
    params: { id: idOf('withdrawal') },
    responses: { 200: withdrawalAnswer },
    problems: { 409: 'too_late' },
    example: { answer: { status: 200, body: { ...example, state: 'cancelled' } } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await whole(tx, await cancelWithdrawal(tx, params.id)),
    }),
  }),
];
