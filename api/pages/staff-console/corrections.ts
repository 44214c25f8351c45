import { z } from 'zod';
import {
  correctionDirections,
  correctionReasons,
  isReversible,
} from '../../../domain/ledger/correction';
import { kindWords } from '../../../domain/ledger/statement';
import { may } from '../../../domain/access/scope';
import { malformed } from '../../../domain/problem';
import {
  correctionStates,
  listCorrections,
  readCorrection,
  reasonOfCorrection,
} from '../../../db/corrections';
import { editCorrection, proposeCorrection } from '../../../db/correction-requests';
import { readLedgerAccount, readTransaction } from '../../../db/ledger-readers';
import { latestTask } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { currency, idOf, ledgerAccountId, line, utcMinute } from '../../schemas';
import { amount, moneyOf } from '../client-room/amount';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { decisionView } from './decision';
import { showEvents } from './events';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const reasonOptions = correctionReasons.map((value) => ({
  value,
  label: kindWords(value.toLowerCase()),
}));
const directionOptions = [
  { value: 'debit', label: 'Take from the account' },
  { value: 'credit', label: 'Give to the account' },
];
const words = line(500);

const listPage = definePage({
  path: '/staff/corrections',
  auth: { permission: 'ledger.read' },
  query: { state: z.enum(correctionStates).optional(), cursor: cursorQuery },
  handle: async ({ tx, query }) => {
    const path = '/staff/corrections';
    const found = await listCorrections(tx, {
      ...(query.state ? { state: query.state } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    const who = await actorWords(
      tx,
      rows.map(({ requestedBy }) => requestedBy),
    );
    return {
      view: 'staff/corrections',
      title: 'Movements by hand',
      data: {
        corrections: rows.map((each) => ({ ...each, by: who(each.requestedBy) })),
        next,
        states: chipsOf(path, query, { name: 'state', all: 'All', options: correctionStates }),
      },
    };
  },
});

/** Of an account: a correction or a fee; of a transaction: its reversal. */
const newPage = definePage({
  path: '/staff/corrections/new',
  auth: { permission: 'ledger.correct' },
  query: { account: ledgerAccountId.optional(), reverses: idOf('ledgerTransaction').optional() },
  handle: async ({ tx, query }) => {
    const account = query.account ? await readLedgerAccount(tx, query.account) : undefined;
    const transaction = query.reverses ? await readTransaction(tx, query.reverses) : undefined;
    return {
      view: 'staff/correction-form',
      title: transaction ? 'Take a transaction back' : 'Movement by hand',
      data: {
        account,
        transaction,
        isReversible: transaction !== undefined && isReversible(transaction.kind),
        isWallet: account?.code === 'wallet',
        kinds: [
          { value: 'correction', label: 'Correction, against the house’s account' },
          { value: 'fee', label: 'Fee, to the house’s fees' },
        ],
        directions: directionOptions,
        reasons: reasonOptions,
      },
    };
  },
});

const fields = {
  effectiveAt: utcMinute.optional(),
  reasonCode: z.enum(correctionReasons),
  reason: words,
};

const newForm = defineForm({
  path: '/staff/corrections/new',
  auth: { permission: 'ledger.correct' },
  body: {
    kind: z.enum(['correction', 'fee']).optional(),
    account: ledgerAccountId.optional(),
    direction: z.enum(correctionDirections).optional(),
    amount: amount.optional(),
    currency: currency.optional(),
    reverses: idOf('ledgerTransaction').optional(),
    ...fields,
  },
  page: newPage,
  handle: async ({ tx, body }) => {
    // Whatever else is asked for: an account that is out of sight is none.
    if (body.account !== undefined) await readLedgerAccount(tx, body.account);
    const { id, state } = await proposeCorrection(tx, {
      effect: body.reverses ? { kind: 'reversal', reversesId: body.reverses } : movedBy(body),
      effectiveAt: body.effectiveAt ?? null,
      reasonCode: body.reasonCode,
      reason: body.reason,
    });
    const flash =
      state === 'posted'
        ? 'It is posted: the policy needs nobody else.'
        : 'Another person has to approve it now.';
    return { to: `/staff/corrections/${id}`, flash };
  },
});

function movedBy(body: {
  readonly kind?: 'correction' | 'fee' | undefined;
  readonly account?: string | undefined;
  readonly direction?: 'credit' | 'debit' | undefined;
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
}) {
  const { kind = 'correction', account } = body;
  const missing = (['account', 'amount', 'currency'] as const).find(
    (name) => body[name] === undefined,
  );
  if (missing !== undefined || account === undefined)
    throw malformed('Something is missing.', [
      { pointer: `/body/${missing ?? 'account'}`, detail: 'is required' },
    ]);
  const direction = kind === 'fee' ? 'debit' : (body.direction ?? 'debit');
  return {
    ...{ kind, direction, accountId: account },
    ...moneyOf(body.amount ?? '', body.currency ?? ''),
  };
}

const correctionPage = definePage({
  path: '/staff/corrections/:id',
  auth: { permission: 'ledger.read' },
  params: { id: idOf('correction') },
  handle: async ({ tx, scope, params }) => {
    const found = await readCorrection(tx, params.id);
    const { effect } = found;
    const task = await latestTask(tx, found.id, 'correction_approval');
    const who = await actorWords(tx, [found.requestedBy]);
    const reversed =
      effect.kind === 'reversal' ? await readTransaction(tx, effect.reversesId) : undefined;
    return {
      view: 'staff/correction',
      title: `${kindWords(effect.kind)} by hand`,
      data: {
        correction: found,
        effect,
        moved: effect.kind === 'reversal' ? undefined : effect,
        reversed,
        reason: await reasonOfCorrection(tx, found.id),
        by: who(found.requestedBy),
        decision: task && (await decisionView(tx, task)),
        mayEdit: found.state === 'proposed' && may(scope, 'ledger.correct'),
        reasons: reasonOptions,
        directions: directionOptions,
        events: await showEvents(tx, await timelineOfSubjects(tx, [found.id], 60)),
      },
    };
  },
});

const editForm = defineForm({
  path: '/staff/corrections/:id',
  auth: { permission: 'ledger.correct' },
  params: { id: idOf('correction') },
  body: {
    version: z.coerce.number().int(),
    direction: z.enum(correctionDirections).optional(),
    amount: amount.optional(),
    currency: currency.optional(),
    reasonCode: z.enum(correctionReasons),
    reason: words,
  },
  page: correctionPage,
  handle: async ({ tx, params, body }) => {
    await editCorrection(tx, params.id, {
      expectedVersion: body.version,
      direction: body.direction,
      amount:
        body.amount === undefined || body.currency === undefined
          ? undefined
          : moneyOf(body.amount, body.currency),
      reasonCode: body.reasonCode,
      reason: body.reason,
    });
    return {
      to: `/staff/corrections/${params.id}`,
      flash: 'Changed. Approvals given before are void, and you may not approve it.',
    };
  },
});

export const correctionPages = [listPage, newPage, newForm, correctionPage, editForm];
