import { may, type Scope } from '../../../domain/access/scope';
import {
  accountActions,
  permissionOfAction,
  whyNotNow,
  type AccountAction,
  type ActionStanding,
} from '../../../domain/account/actions';
import { shownState } from '../../../domain/account/shown-state';
import { askInWords } from '../../../domain/account/words';
import { tradingLedger } from '../../../domain/ledger/account';
import { listTracing } from '../../../db/tracing';
import { idOf } from '../../schemas';
import { workflowIds } from '../../../temporal-config/workflow-ids';
import { readListedAccount, type ListedAccount } from '../../../db/account-lists';
import { askForLook } from '../../../db/account-look';
import { lastReading } from '../../../db/account-readings';
import { listAccountRequests, reasonsOfRequests } from '../../../db/account-request-lists';
import { openRequests, type AccountRequest } from '../../../db/account-requests';
import { listBonuses } from '../../../db/bonuses';
import { timelineOfAccount } from '../../../db/account-timeline';
import { evaluationsOf } from '../../../db/case-file';
import { namesOfClients } from '../../../db/clients';
import { type Tx } from '../../../db/connection';
import { dealsOfAccount } from '../../../db/deal-readers';
import { intentsOfWorkflow } from '../../../db/intent-readers';
import { readBalance } from '../../../db/ledger';
import { leverageCapOf } from '../../../db/leverage-cap';
import { restrictionsOf, restrictionsOfAccount } from '../../../db/restrictions';
import { readServer } from '../../../db/servers';
import { tasksOfSubjects } from '../../../db/task-lists';
import { livingStates } from '../../../domain/account/access';
import { defineForm, definePage } from '../page';
import { actionWords } from './account-words';
import { actorWords } from './actors';
import { showEvaluations } from './case-trace';
import { showEvents } from './events';
import { shownBonus } from './shown-bonus';
import { showTasks } from './task-words';

const dealsShown = 12;
const requestsShown = 30;
const tracingShown = 20;
const bonusesShown = 5;

export const accountPage = definePage({
  path: '/staff/accounts/:id',
  auth: { permission: 'account.read' },
  params: { id: idOf('account') },
  handle: async ({ tx, scope, params }) => {
    const account = await readListedAccount(tx, params.id);
    const requests = await listAccountRequests(tx, {
      accountId: account.id,
      limit: requestsShown,
    });
    const subjects = [account.id, ...requests.map(({ id }) => id)];
    return {
      view: 'staff/account',
      title: account.login === null ? 'Account without log-in' : `Account ${account.login}`,
      data: {
        account,
        shown: shownState(account),
        server: await readServer(tx, account.serverId),
        clientName: await nameOf(tx, scope, account.clientId),
        balance: await readBalance(tx, tradingLedger({ ...account, accountId: account.id })),
        ...(await limitsData(tx, account, requests)),
        ...(await restrictionData(tx, account)),
        actions: await actionsFor(tx, account),
        bonuses: (await listBonuses(tx, { accountId: account.id, limit: bonusesShown })).map(
          shownBonus,
        ),
        mayGiveBonus: may(scope, 'account.operate') && isFunded(account),
        requests: await showRequests(tx, requests),
        tracing: await showTracing(tx, account.id),
        tasks: await showTasks(tx, await tasksOfSubjects(tx, subjects), Date.now()),
        ...(may(scope, 'client.personal')
          ? { evaluations: showEvaluations(await evaluationsOf(tx, subjects), scope) }
          : {}),
        intents: await intentsOfWorkflow(tx, workflowIds.account(account.id)),
        deals: await dealsOfAccount(tx, account.id, dealsShown),
        events: await showEvents(tx, await timelineOfAccount(tx, account)),
        mayLook: may(scope, 'account.operate') && livingStates.includes(account.state),
      },
    };
  },
});

function isFunded({ state, demo }: ListedAccount): boolean {
  return !demo && (state === 'active' || state === 'dormant');
}

export async function nameOf(tx: Tx, scope: Scope, clientId: string): Promise<string | undefined> {
  if (!may(scope, 'client.personal')) return undefined;
  return (await namesOfClients(tx, [clientId])).get(clientId);
}

/** What is set, what was asked for last, what the policy allows, and what the server showed. */
async function limitsData(tx: Tx, account: ListedAccount, requests: readonly AccountRequest[]) {
  const seen = await lastReading(tx, account.id);
  const asked = requests.find(({ ask }) => ask.kind === 'change_leverage');
  const { ask } = asked ?? {};
  const margin = seen?.margin.amountMinor ?? 0n;
  return {
    cap: await leverageCapOf(tx, account),
    asked:
      asked && ask?.kind === 'change_leverage'
        ? { leverage: ask.leverage, state: asked.state, at: asked.requestedAt }
        : undefined,
    seen: seen && {
      ...seen,
      marginLevel:
        margin > 0n ? `${((seen.equity.amountMinor * 100n) / margin).toString()} %` : undefined,
      differs:
        seen.leverage !== account.leverage ||
        seen.group !== (account.closeOnlyGroup ?? account.group),
    },
  };
}

/** What restricts the account, as far as this person may see it; what they may not reads as a routine review. */
async function restrictionData(tx: Tx, account: ListedAccount) {
  const inForce = (await restrictionsOf(tx, account.clientId)).filter(
    ({ liftedAt, accountId }) =>
      liftedAt === null && (accountId === null || accountId === account.id),
  );
  const who = await actorWords(
    tx,
    inForce.map(({ setBy }) => setBy),
  );
  const bars = inForce.filter(({ scopes }) =>
    scopes.some((scope) => scope === 'trade' || scope === 'login'),
  );
  return {
    restrictions: bars.map((restriction) => ({
      ...restriction,
      by: who(restriction.setBy),
      isClients: restriction.accountId === null,
    })),
    isRoutineReview: account.access !== 'full' && bars.length === 0 && account.closedAt === null,
  };
}

export interface ShownAction {
  readonly action: AccountAction;
  readonly href: string;
  readonly label: string;
  /** Null when this person can do it now. */
  readonly whyNot: string | null;
}

/** Every action with why this person cannot do it now, if so. */
export async function actionsFor(tx: Tx, account: ListedAccount): Promise<ShownAction[]> {
  const standing = await standingOf(tx, account);
  return accountActions.map((action) => ({
    action,
    href: `/staff/accounts/${account.id}/${actionWords[action].path}`,
    label: actionWords[action].label,
    whyNot: may(tx.scope, permissionOfAction[action])
      ? whyNotNow(action, standing)
      : `Your roles lack ${permissionOfAction[action]}.`,
  }));
}

async function standingOf(tx: Tx, account: ListedAccount): Promise<ActionStanding> {
  const open = await openRequests(tx, account.id);
  const alone = await restrictionsOfAccount(tx, account);
  return {
    state: shownState(account),
    openKinds: open.map(({ ask }) => ask.kind),
    restrictions: alone.length,
    liftable: alone.filter(({ setBy }) => setBy !== tx.scope.actor).length,
  };
}

/** How its owner was looked for, where that was needed. */
async function showTracing(tx: Tx, accountId: string) {
  const found = await listTracing(tx, { accountId, limit: tracingShown });
  const who = await actorWords(
    tx,
    found.map(({ madeBy }) => madeBy),
  );
  return found.map((entry) => ({
    ...entry,
    by: entry.note === null ? 'the account’s own process' : who(entry.madeBy),
  }));
}

async function showRequests(tx: Tx, requests: readonly AccountRequest[]) {
  const words = await reasonsOfRequests(tx, requests);
  const who = await actorWords(
    tx,
    requests.map(({ askedBy }) => askedBy),
  );
  return requests.map((request) => ({
    ...request,
    inWords: askInWords(request.ask),
    by: request.askedAs === 'process' ? 'the account’s own process' : who(request.askedBy),
    why: words.get(request.id),
  }));
}

const lookForm = defineForm({
  path: '/staff/accounts/:id/look',
  auth: { permission: 'account.operate' },
  params: { id: idOf('account') },
  page: accountPage,
  handle: async ({ tx, params }) => {
    const { accountId } = await askForLook(tx, params.id);
    return {
      to: `/staff/accounts/${accountId}`,
      flash: 'The account’s process looks at the server now. Load the page again in a moment.',
    };
  },
});

export const accountPages = [accountPage, lookForm];
