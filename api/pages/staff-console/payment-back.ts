import { may, type Scope } from '../../../domain/access/scope';
import { money } from '../../../domain/money';
import { workflowIds } from '../../../temporal-config/workflow-ids';
import { chargebacksOf, readChargeback, type Chargeback } from '../../../db/chargebacks';
import { proposeWriteOff, writeOffRequest } from '../../../db/chargeback-write-off';
import type { Tx } from '../../../db/connection';
import { droppedReturn, dropReturn, proposeReturn } from '../../../db/deposit-return';
import { readDeposit, type Deposit } from '../../../db/deposits';
import { inTurn } from '../../../db/in-turn';
import { sourcesOfClient } from '../../../db/payment-sources';
import { cancelRefund } from '../../../db/refund-end';
import { refundsOf, requestRefund } from '../../../db/refunds';
import { latestTask } from '../../../db/tasks';
import { readTokenAddress, tokenPayer } from '../../../db/token-addresses';
import { notFound, Problem } from '../../../domain/problem';
import { idOf, line, reason } from '../../schemas';
import { amount, moneyOf } from '../client-room/amount';
import { defineForm, type Page } from '../page';
import { actorWords } from './actors';

const proposed = 'Proposed. Another person decides on it in the inbox.';

/** What goes back of a deposit, by us or by the payer's bank, for the deposit's page. */
export async function readBack(tx: Tx, scope: Scope, depositId: string) {
  const refunds = await refundsOf(tx, depositId);
  const chargebacks = await chargebacksOf(tx, depositId);
  const deposit = await readDeposit(tx, depositId);
  const who = await actorWords(
    tx,
    refunds.map(({ requestedBy }) => requestedBy),
  );
  return {
    shown: {
      refunds: refunds.map((refund) => ({
        ...refund,
        by: who(refund.requestedBy),
        mayCancel: refund.state === 'requested' && may(scope, 'payment.operate'),
      })),
      chargebacks: await inTurn(chargebacks, async (each) => ({
        ...each,
        ...(await writeOffOf(tx, scope, each)),
        fee: each.feeCurrency === null ? undefined : money(each.feeMinor, each.feeCurrency),
      })),
      mayRefund: deposit.state === 'credited' && may(scope, 'payment.operate'),
      return: await returnOf(tx, scope, deposit),
      sender: await senderOf(tx, scope, deposit),
    },
    /** Whose tasks, events and postings belong on the page too. */
    causes: [...refunds.map(({ id }) => id), ...chargebacks.map(({ id }) => id)],
    subjects: refunds.map(({ id }) => `${id}/return`),
    workflowIds: [
      ...refunds.map(({ id }) => workflowIds.refund(id)),
      ...chargebacks.map(({ id }) => workflowIds.chargeback(id)),
    ],
  };
}

/** What was given up or is asked to be, and whether this reader may ask. */
async function writeOffOf(
  tx: Tx,
  scope: Scope,
  { id, state, owedMinor, writtenOffMinor }: Chargeback,
) {
  const asked = await writeOffRequest(tx, id);
  const task = asked && (await latestTask(tx, id, 'write_off_approval'));
  const isOver = state === 'accepted' || state === 'lost';
  const who = await actorWords(tx, [asked?.by]);
  return {
    writeOff: asked && { by: who(asked.by), reason: asked.reason, isOpen: task?.state === 'open' },
    hasWrittenOff: writtenOffMinor > 0n,
    mayWriteOff: isOver && owedMinor > 0n && task?.state !== 'open' && may(scope, 'ledger.correct'),
  };
}

/** Where held tokens may go back to, for whoever may propose and decline it; undefined for any other deposit. */
async function returnOf(tx: Tx, scope: Scope, { id, clientId, rail, state }: Deposit) {
  if (state !== 'held' || rail !== 'crypto') return undefined;
  if (scope.kind !== 'staff' || !may(scope, 'payment.operate')) return undefined;
  const task = await latestTask(tx, id, 'unmatched_deposit');
  if (task?.state !== 'open') return undefined;
  const dropped = await droppedReturn(tx, id);
  const who = await actorWords(tx, [dropped?.by]);
  const isProposed = task.content['to'] !== undefined;
  const addresses = (await sourcesOfClient(tx, clientId)).filter(
    ({ provider, state: known }) => provider === tokenPayer && known === 'active',
  );
  const { to, returnTo } = task.content;
  const named = addresses.find(({ id: source }) => source === returnTo);
  return {
    // A label names no more of an address than its ends: who proposes picks one, and need not read whose it is.
    addresses: addresses.map(({ id: value, label }) => ({ value, label })),
    isProposed,
    dropped: dropped && { ...dropped, by: who(dropped.by) },
    to:
      to === 'client' ? (named?.label ?? 'an address of the client') : 'the address that sent them',
    drop:
      task.excluded.at(-1) === scope.userId
        ? { why: 'Why it was wrong', button: 'Withdraw the proposal' }
        : { why: 'Why you do not agree', button: 'Decline the proposal' },
  };
}

/** Whose the address is said to be that held tokens go back to: who judges the name has to read it. */
async function senderOf(tx: Tx, scope: Scope, { id, clientId, rail, state }: Deposit) {
  if (state !== 'held' || rail !== 'crypto' || !may(scope, 'client.personal')) return undefined;
  const task = await latestTask(tx, id, 'unmatched_deposit');
  const { to, returnTo } = task?.content ?? {};
  if (to !== 'sender' || typeof returnTo !== 'string') return undefined;
  try {
    const { holderName, vasp } = await readTokenAddress(tx, { clientId, sourceId: returnTo });
    return { name: holderName, vasp };
  } catch (error) {
    // It may have been erased.
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

/** The page holds the forms and is defined by its own file. */
export function backForms(page: Page) {
  return [
    defineForm({
      path: '/staff/payments/:id/refunds',
      auth: { permission: 'payment.operate' },
      params: { id: idOf('deposit') },
      body: { amount, reason },
      page,
      handle: async ({ tx, params, body, deps }) => {
        const { currency } = await readDeposit(tx, params.id);
        const asked = { depositId: params.id, ...moneyOf(body.amount, currency) };
        await requestRefund(tx, { ...asked, reason: body.reason }, deps.providers);
        return {
          to: `/staff/payments/${params.id}#back`,
          flash: 'The refund is asked for. Another person approves it.',
        };
      },
    }),
    defineForm({
      path: '/staff/payments/:id/chargebacks/:chargebackId/write-off',
      auth: { permission: 'ledger.correct' },
      params: { id: idOf('deposit'), chargebackId: idOf('chargeback') },
      body: { why: line(500) },
      page,
      handle: async ({ tx, params, body }) => {
        const { depositId } = await readChargeback(tx, params.chargebackId);
        await readDeposit(tx, params.id);
        if (depositId !== params.id) throw notFound('chargeback');
        await proposeWriteOff(tx, params.chargebackId, body.why);
        return {
          to: `/staff/payments/${params.id}#chargebacks`,
          flash: 'The write-off is asked for. Another person approves it.',
        };
      },
    }),
    defineForm({
      path: '/staff/payments/:id/return-to-client',
      auth: { permission: 'payment.operate' },
      params: { id: idOf('deposit') },
      body: { addressId: idOf('source') },
      page,
      handle: async ({ tx, params, body }) => {
        await proposeReturn(tx, params.id, { to: 'client', ...body });
        return { to: `/staff/payments/${params.id}#return`, flash: proposed };
      },
    }),
    defineForm({
      path: '/staff/payments/:id/return-to-sender',
      auth: { permission: 'payment.operate' },
      params: { id: idOf('deposit') },
      body: { name: line(140), vasp: line(100).optional() },
      page,
      handle: async ({ tx, params, body }) => {
        await proposeReturn(tx, params.id, { to: 'sender', ...body, vasp: body.vasp ?? null });
        return { to: `/staff/payments/${params.id}#return`, flash: proposed };
      },
    }),
    defineForm({
      path: '/staff/payments/:id/return-proposal/cancel',
      auth: { permission: 'payment.operate' },
      params: { id: idOf('deposit') },
      body: { why: line(500) },
      page,
      handle: async ({ tx, params, body }) => {
        await dropReturn(tx, params.id, body.why);
        const flash = 'The proposal is gone. Another can be made.';
        return { to: `/staff/payments/${params.id}#return`, flash };
      },
    }),
    defineForm({
      path: '/staff/payments/:id/refunds/:refundId/cancel',
      auth: { permission: 'payment.operate' },
      params: { id: idOf('deposit'), refundId: idOf('refund') },
      page,
      handle: async ({ tx, params }) => {
        const { depositId } = await cancelRefund(tx, params.refundId);
        if (depositId !== params.id) throw notFound('refund');
        return { to: `/staff/payments/${params.id}#back`, flash: 'The refund is cancelled.' };
      },
    }),
  ];
}
