import { addDays, type Instant } from '../domain/account/instant';
import type { MarginRule } from '../domain/leverage/margin-rule';
import {
  needsSecondPerson,
  type AccountAsk,
  type AccountSettings,
  type Verdict,
} from '../domain/account/request';
import { askInWords } from '../domain/account/words';
import { formatAmount } from '../domain/money';
import { workflowIds } from '../temporal-config/workflow-ids';
import { placeAccount } from '../db/account-opening';
import { beginEnding } from '../db/account-life';
import { reviewKey } from '../db/account-standing';
import { allowRequest, putInReview, type AccountRequest } from '../db/account-requests';
import type { TradingAccount } from '../db/accounts';
import { readClientFacts, type ClientFacts } from '../db/client-facts';
import { rows, type Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { holdsOn, isRestricted } from '../db/restrictions';
import { readServer } from '../db/servers';
import { openTask } from '../db/tasks';
import { refuse, tell } from './account-answer';
import type { Observation } from './account-observation';
import { askLeveragePolicy } from './leverage-assessment';

interface Assessed {
  readonly verdict: Verdict;
  readonly evaluationId: string | null;
  readonly settings: AccountSettings | null;
  /** What was looked at beside the account itself, for the person who decides. */
  readonly figures?: string;
}

interface Question {
  readonly account: TradingAccount;
  readonly request: AccountRequest;
  readonly seen: Observation;
  readonly marginRule: MarginRule | null;
}

/** Decides a request by its policy, and writes what comes of it: allowed, refused, or a person's task. */
export async function assessRequest(
  tx: Tx,
  question: Question & { readonly now: Instant },
): Promise<void> {
  const { request, account, now } = question;
  const { verdict, evaluationId, settings, figures } = await assess(tx, question);
  switch (verdict.kind) {
    case 'refused':
      await refuse(tx, request, verdict.reasons);
      return;
    case 'go':
      await allowRequest(tx, request.id, { reasons: [], settings, evaluationId, at: now });
      if (settings === null) await beginEnding(tx, account.id);
      return;
    case 'notice': {
      const { reasons, days } = verdict;
      const notBefore = addDays(now, days);
      const answer = { reasons, settings, evaluationId, at: now, notBefore };
      if (await allowRequest(tx, request.id, answer)) await giveNotice(tx, question, notBefore);
      return;
    }
    case 'person':
      if (await putInReview(tx, request.id, { reasons: verdict.reasons, settings, evaluationId }))
        await askPerson(tx, { ...question, settings, reasons: verdict.reasons, figures });
  }
}

async function assess(tx: Tx, question: Question): Promise<Assessed> {
  const { ask } = question.request;
  const facts = await readClientFacts(tx, question.account.clientId);
  switch (ask.kind) {
    case 'change_leverage':
      return assessLeverage(tx, { ...question, facts, leverage: ask.leverage });
    case 'change_type':
      return assessType(tx, { ...question, facts, accountType: ask.accountType });
    case 'migrate':
      return assessMigration(tx, { ...question, facts, ask });
    case 'close':
      return assessClosure(tx, question);
    case 'move_group':
    case 'override':
      return steppedOver(question);
    case 'set_password':
      throw new Error('a password needs no assessment');
  }
}

async function assessLeverage(
  tx: Tx,
  question: Question & { readonly facts: ClientFacts; readonly leverage: number },
): Promise<Assessed> {
  const { account, leverage } = question;
  const settings = { ...settingsOf(account), leverage };
  if (leverage === account.leverage) return refused(['SAME_LEVERAGE'], settings);
  const residence = await residenceOf(tx, account.clientId);
  return { ...(await askLeveragePolicy(tx, { ...question, residence })), settings };
}

async function assessType(
  tx: Tx,
  {
    account,
    request,
    seen,
    facts,
    accountType,
  }: Question & { readonly facts: ClientFacts; readonly accountType: string },
): Promise<Assessed> {
  const answer = await decideByPolicy(tx, {
    kind: 'account.type',
    subject: request.id,
    entityId: account.entityId,
    clientId: account.clientId,
    personId: account.clientId,
    facts: {
      'account.type': account.accountType,
      'account.typeAsked': accountType,
      'account.equity': formatAmount(seen.reading.equity.amountMinor, seen.reading.equity.currency),
      'account.openPositions': seen.openPositions,
      'client.category': facts.category,
      'client.jurisdiction': await residenceOf(tx, account.clientId),
      'client.approved': facts.approved,
    },
  });
  const { platform } = await readServer(tx, account.serverId);
  const { outcome } = await placeAccount(tx, {
    clientId: account.clientId,
    accountType,
    currency: account.currency,
    platform,
    server: account.serverId,
    instead: account.id,
  });
  if (outcome.decision !== 'provision') {
    const elsewhere = outcome.reasons.includes('SERVER_NOT_OFFERED');
    return refused(elsewhere ? ['OTHER_SERVER'] : outcome.reasons, null, answer.id);
  }
  return routed(answer, { group: outcome.group, leverage: outcome.leverage, accountType });
}

async function assessMigration(
  tx: Tx,
  {
    account,
    request,
    seen,
    facts,
    ask: { platform, server },
  }: Question & {
    readonly facts: ClientFacts;
    readonly ask: Extract<AccountAsk, { kind: 'migrate' }>;
  },
): Promise<Assessed> {
  if (account.demo) return refused(['DEMO_ACCOUNT'], null);
  const from = (await readServer(tx, account.serverId)).platform;
  if (from === platform && (server ?? account.serverId) === account.serverId)
    return refused(['SAME_PLATFORM'], null);
  const answer = await decideByPolicy(tx, {
    kind: 'account.migration',
    subject: request.id,
    entityId: account.entityId,
    clientId: account.clientId,
    personId: account.clientId,
    facts: {
      'platform.from': from,
      'platform.to': platform,
      'account.openPositions': seen.openPositions,
      'account.balanceNegative': seen.reading.balance.amountMinor < 0n,
      'account.hasCredit': seen.reading.credit.amountMinor !== 0n,
      'client.approved': facts.approved,
      'client.tradeRestricted': await isRestricted(tx, account.clientId, 'trade'),
    },
  });
  return routed(answer, null);
}

async function assessClosure(tx: Tx, { account, request, seen }: Question): Promise<Assessed> {
  const answer = await decideByPolicy(tx, {
    kind: 'account.closure',
    subject: request.id,
    entityId: account.entityId,
    clientId: account.clientId,
    personId: account.clientId,
    facts: {
      'closure.askedBy': request.askedAs,
      'account.openPositions': seen.openPositions,
      'account.balanceNegative': seen.reading.balance.amountMinor < 0n,
      'account.hasCredit': seen.reading.credit.amountMinor !== 0n,
      'client.legalHold': (await holdsOn(tx, account.clientId)).legalHold,
    },
  });
  return routed(answer, null);
}

/** What people set past the policy: another person than the one who asks decides, always. */
function steppedOver({ account, request: { ask } }: Question): Assessed {
  if (!needsSecondPerson(ask.kind)) throw new Error(`${ask.kind} has a policy`);
  const now = settingsOf(account);
  const settings =
    ask.kind === 'move_group'
      ? { ...now, group: ask.group }
      : ask.kind === 'override'
        ? { ...now, group: ask.group ?? now.group, leverage: ask.leverage ?? now.leverage }
        : now;
  return {
    verdict: { kind: 'person', reasons: ['PAST_THE_POLICY'] },
    evaluationId: null,
    settings,
  };
}

function settingsOf(account: TradingAccount): AccountSettings {
  return {
    group: account.group,
    leverage: account.leverage,
    accountType: account.accountType,
  };
}

function refused(
  reasons: readonly string[],
  settings: AccountSettings | null,
  evaluationId: string | null = null,
): Assessed {
  return { verdict: { kind: 'refused', reasons }, settings, evaluationId };
}

/** What a policy that approves, reviews or refuses has said, as a verdict. */
function routed(
  answer: {
    readonly id: string;
    readonly evaluation: {
      readonly outcome: {
        readonly decision: 'approve' | 'review' | 'refuse';
        readonly reasons: readonly string[];
      };
    };
  },
  settings: AccountSettings | null,
): Assessed {
  const { decision, reasons } = answer.evaluation.outcome;
  switch (decision) {
    case 'approve':
      return { verdict: { kind: 'go' }, settings, evaluationId: answer.id };
    case 'review':
      return { verdict: { kind: 'person', reasons }, settings, evaluationId: answer.id };
    case 'refuse':
      return { verdict: { kind: 'refused', reasons }, settings, evaluationId: answer.id };
  }
}

async function residenceOf(tx: Tx, clientId: string): Promise<string> {
  const [row] = await rows<{ residence: string }>(
    tx,
    'select residence from client where id = :clientId',
    { clientId },
  );
  if (!row) throw new Error(`there is no client ${clientId}`);
  return row.residence;
}

/** A reduction that would call the holder's margin: they are told in time to do something about it. */
async function giveNotice(
  tx: Tx,
  { account, request }: Question,
  notBefore: Instant,
): Promise<void> {
  if (request.ask.kind !== 'change_leverage') throw new Error('only leverage is given notice of');
  await tell(tx, account, {
    kind: 'account_leverage_notice',
    key: `leverage_notice/${request.id}`,
    event: 'account.leverage_noticed',
    data: { leverage: `1:${request.ask.leverage}`, date: notBefore.slice(0, 10) },
  });
}

async function askPerson(
  tx: Tx,
  {
    account,
    request,
    seen,
    settings,
    reasons,
    figures,
  }: Question & {
    readonly settings: AccountSettings | null;
    readonly reasons: readonly string[];
    readonly figures: string | undefined;
  },
): Promise<void> {
  const stands = `${seen.openPositions} open positions; leverage 1:${account.leverage}; group ${account.group}`;
  const asker = request.askedBy.startsWith('user:') ? [request.askedBy.slice('user:'.length)] : [];
  await openTask(tx, {
    kind: 'account_request',
    subject: request.id,
    workflowId: workflowIds.account(account.id),
    entityId: account.entityId,
    clientId: account.clientId,
    title: `Somebody asks for ${askInWords(request.ask)}`,
    issue: reasons.map((code) => ({
      code,
      detail: figures === undefined ? stands : `${stands}; ${figures}`,
    })),
    content: {
      request: request.id,
      account: account.id,
      kind: request.ask.kind,
      asked: JSON.parse(JSON.stringify(request.ask)),
      now: { ...settingsOf(account) },
      settings: settings === null ? null : { ...settings },
      reasons: [...reasons],
    },
    // Whoever asked is not the second person.
    excluded: asker,
    key: reviewKey(request.id),
  });
}
