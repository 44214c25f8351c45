import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { readListedAccount } from '../../../db/account-lists';
import {
  bonusStates,
  listBonuses,
  readBonus,
  reasonOfBonus,
  stepsOfBonus,
  type Bonus,
} from '../../../db/bonuses';
import { proposeBonus } from '../../../db/bonus-requests';
import { takeBackBonus } from '../../../db/bonus-removal';
import { evaluationsOf } from '../../../db/case-file';
import type { Tx } from '../../../db/connection';
import { intentsOfWorkflow } from '../../../db/intent-readers';
import { readProcess } from '../../../db/processes';
import { latestTask } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { workflowIds } from '../../../temporal-config/workflow-ids';
import { entityId, idOf, line } from '../../schemas';
import { amount, moneyOf } from '../client-room/amount';
import { defineForm, definePage } from '../page';
import { nameOf } from './account';
import { actorWords } from './actors';
import { showEvaluations } from './case-trace';
import { decisionView } from './decision';
import { showEvents } from './events';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';
import { shownBonus } from './shown-bonus';

const path = '/staff/bonuses';
const words = line(500);

const listPage = definePage({
  path,
  auth: { permission: 'account.read' },
  query: {
    state: z.enum(bonusStates).optional(),
    entityId: entityId.optional(),
    clientId: idOf('client').optional(),
    accountId: idOf('account').optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, query }) => {
    const found = await listBonuses(tx, {
      ...(query.state ? { state: query.state } : {}),
      ...(query.entityId ? { entityId: query.entityId } : {}),
      ...(query.clientId ? { clientId: query.clientId } : {}),
      ...(query.accountId ? { accountId: query.accountId } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    return {
      view: 'staff/bonuses',
      title: 'Bonuses',
      data: {
        bonuses: rows.map(shownBonus),
        next,
        states: chipsOf(path, query, { name: 'state', all: 'All', options: bonusStates }),
      },
    };
  },
});

const bonusPage = definePage({
  path: '/staff/bonuses/:id',
  auth: { permission: 'account.read' },
  params: { id: idOf('bonus') },
  handle: async ({ tx, scope, params }) => {
    const bonus = await readBonus(tx, params.id);
    const workflowId = workflowIds.bonus(bonus.id);
    const steps = await stepsOfBonus(tx, bonus.id);
    const who = await actorWords(tx, [bonus.requestedBy, ...steps.map(({ askedBy }) => askedBy)]);
    const isBeingTakenBack = steps.some(
      ({ kind, state }) => kind === 'removal' && state === 'wanted',
    );
    return {
      view: 'staff/bonus',
      title: 'Bonus',
      data: {
        bonus: shownBonus(bonus),
        account: await readListedAccount(tx, bonus.accountId),
        clientName: await nameOf(tx, scope, bonus.clientId),
        reason: await reasonOfBonus(tx, bonus.id),
        by: who(bonus.requestedBy),
        steps: steps.map((each) => ({
          ...each,
          currency: bonus.currency,
          by: each.cause === 'hand' ? who(each.askedBy) : undefined,
        })),
        process: await readProcess(tx, workflowId),
        decision: await decisionOf(tx, bonus),
        mayTakeBack: bonus.state === 'active' && !isBeingTakenBack && may(scope, 'account.operate'),
        isBeingTakenBack: bonus.state === 'active' && isBeingTakenBack,
        intents: await intentsOfWorkflow(tx, workflowId),
        ...(may(scope, 'client.personal')
          ? { evaluations: showEvaluations(await evaluationsOf(tx, [bonus.id]), scope) }
          : {}),
        events: await showEvents(tx, await timelineOfSubjects(tx, [bonus.id, workflowId], 60)),
      },
    };
  },
});

/** What waits for a person, or the latest that a person has decided. */
async function decisionOf(tx: Tx, { id }: Bonus) {
  const removal = await latestTask(tx, id, 'bonus_removal');
  const task = removal ?? (await latestTask(tx, id, 'bonus_approval'));
  return task && decisionView(tx, task);
}

const takeBackForm = defineForm({
  path: '/staff/bonuses/:id/removal',
  auth: { permission: 'account.operate' },
  params: { id: idOf('bonus') },
  body: { reason: words },
  page: bonusPage,
  handle: async ({ tx, params, body }) => {
    const { id } = await takeBackBonus(tx, params.id, body.reason);
    return {
      to: `/staff/bonuses/${id}`,
      flash: 'It is being taken back. Load the page again in a moment.',
    };
  },
});

const params = { id: idOf('account') };

const givePage = definePage({
  path: '/staff/accounts/:id/bonus',
  auth: { permission: 'account.operate' },
  params,
  handle: async ({ tx, scope, params: { id } }) => {
    const account = await readListedAccount(tx, id);
    return {
      view: 'staff/bonus-form',
      title: 'Give a bonus',
      data: {
        account,
        clientName: await nameOf(tx, scope, account.clientId),
        whyNot: whyNot(account),
      },
    };
  },
});

function whyNot({
  state,
  demo,
}: {
  readonly state: string;
  readonly demo: boolean;
}): string | undefined {
  if (demo) return 'A demo account has play money.';
  if (state !== 'active' && state !== 'dormant') return 'The account is not active.';
  return undefined;
}

const giveForm = defineForm({
  path: '/staff/accounts/:id/bonus',
  auth: { permission: 'account.operate' },
  params,
  body: { amount, depositId: idOf('deposit').optional(), reason: words },
  page: givePage,
  handle: async ({ tx, params: { id }, body }) => {
    const account = await readListedAccount(tx, id);
    const bonus = await proposeBonus(tx, {
      accountId: account.id,
      amount: moneyOf(body.amount, account.currency),
      depositId: body.depositId,
      reason: body.reason,
    });
    return { to: `/staff/bonuses/${bonus.id}`, flash: 'Another person has to approve it now.' };
  },
});

export const bonusPages = [listPage, bonusPage, takeBackForm, givePage, giveForm];
