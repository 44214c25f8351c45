import { accountRefusal } from '../domain/account/words';
import { refused } from '../domain/problem';
import { evaluate } from '../domain/policy/evaluate';
import {
  type ClientAbout,
  platformsOffered,
  provisioningFacts,
} from '../domain/policy/kinds/account-provisioning';
import type { OutcomeOf } from '../domain/policy/kinds/registry';
import type { PlatformKind } from '../domain/trading/capabilities';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { insertAccount, type TradingAccount } from './accounts';
import { readClientFacts } from './client-facts';
import { assertAgreed } from './agreement-acceptance';
import { assertTested } from './appropriateness';
import { askLimits, levelRefusal, type LimitAnswer } from './client-limits';
import { asSystem, rows, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { decideByPolicy } from './evaluations';
import { appendEvents } from './events';
import { leverageCapOf, type LeverageCap } from './leverage-cap';
import { effectivePolicy } from './policies';
import { assertUnrestricted } from './restrictions';
import { listServers, type ServerRecord } from './servers';

/** What decides, with the client's own facts, where an account belongs. */
export interface AccountWish {
  readonly clientId: string;
  readonly accountType: string;
  readonly currency: string;
  /** Left out, the first that the client room offers and that has such an account. */
  readonly platform?: PlatformKind | undefined;
  /** One of the servers of the platform; left out, the one that policy gives. */
  readonly server?: string | undefined;
  /** The account that the new one replaces; it does not count towards the client's limit. */
  readonly instead?: string;
}

export interface Placement {
  /** The platform that was asked about in the end. */
  readonly platform: PlatformKind;
  readonly entityId: string;
  readonly evaluationId: string;
  readonly pins: readonly string[];
  readonly outcome: OutcomeOf<'account.provisioning'>;
  /** The highest leverage that the client may have, by entity and residence. */
  readonly cap: LeverageCap;
  /** Where the client's level allows no further account. */
  readonly limit?: LimitAnswer;
}

/**
 * Opens a trading account by policy: server, group and leverage come from the client's entity, type, category
 * and currency, and nobody types them. Throws 422 `restricted` for whoever may not trade, `agreements_outstanding` for
 * whoever has not accepted what is in force, `test_first` or `warning_open` for what the test of appropriateness leaves
 * open, and 422 when policy refuses or needs a person: with the rule's codes for
 * staff and processes, in words for the client.
 */
export async function requestAccount(tx: Tx, wish: AccountWish): Promise<TradingAccount> {
  return asSystem(tx, async (system) => {
    // A process opens what was decided before; nobody opens another one beside a bar.
    if (tx.scope.kind !== 'system') {
      await assertUnrestricted(system, wish.clientId, 'trade');
      await assertAgreed(system, wish.clientId);
    }
    const placement = await placeAccount(system, wish);
    const { outcome } = placement;
    if (outcome.decision !== 'provision') {
      if (tx.scope.kind === 'client') {
        if (placement.limit) throw await levelRefusal(system, wish.clientId, placement.limit);
        throw refused('account_refused', accountRefusal(outcome.reasons));
      }
      throw refused('account_refused', 'The rules of your entity do not allow this account.', {
        reasons: [...outcome.reasons],
        decision: outcome.decision,
      });
    }
    if (tx.scope.kind !== 'system' && outcome.demo !== true)
      await assertTested(system, wish.clientId);
    return openAccount(system, wish, { ...placement, outcome });
  });
}

/**
 * Asks `account.provisioning` where the account belongs, and keeps the evaluation. A rule that names a server that is
 * not installed, or is of another make, places nothing: a person looks.
 */
export async function placeAccount(system: Tx, wish: AccountWish): Promise<Placement> {
  const [client] = await rows<ClientRow>(
    system,
    `select c.entity_id, c.residence, count(a.id) filter (where not a.demo)::int as accounts,
       count(a.id) filter (where a.demo)::int as demo_accounts
     from (select * from client where id = :clientId for update) c
     left join trading_account a on a.client_id = c.id and a.state not in ('closed', 'archived') and a.id is distinct from :instead
     group by c.id, c.entity_id, c.residence`,
    { clientId: wish.clientId, instead: wish.instead ?? null },
  );
  if (!client) throw new Error(`there is no client ${wish.clientId}`);
  const { approved, category } = await readClientFacts(system, wish.clientId);
  const about = {
    residence: client.residence,
    entityId: client.entity_id,
    category,
    approved,
    accounts: client.accounts,
    demoAccounts: client.demo_accounts,
  };
  const installed = await listServers(system);
  const platform =
    wish.platform ?? (await firstPlatform(system, { wish, about, installed, entity: client }));
  const answer = await decideByPolicy(system, {
    kind: 'account.provisioning',
    subject: wish.clientId,
    entityId: client.entity_id,
    clientId: wish.clientId,
    personId: wish.clientId,
    facts: provisioningFacts(about, { ...wish, platform }),
  });
  const { outcome } = answer.evaluation;
  const limit = await limitOf(system, wish, { outcome, accounts: client.accounts });
  const cap = await leverageCapOf(system, {
    clientId: wish.clientId,
    entityId: client.entity_id,
    category,
    residence: client.residence,
  });
  return {
    platform,
    entityId: client.entity_id,
    evaluationId: answer.id,
    pins: answer.pins,
    outcome: !isInstalled(outcome, installed)
      ? { decision: 'review', reasons: ['SERVER_NOT_INSTALLED'] }
      : limit
        ? { decision: 'refuse', reasons: ['LEVEL_LIMIT'] }
        : withinCap(asWished(outcome, wish), cap),
    cap,
    ...(limit ? { limit } : {}),
  };
}

/** What the client's level has against one more live account; undefined where it has nothing. */
async function limitOf(
  system: Tx,
  { clientId }: AccountWish,
  {
    outcome,
    accounts,
  }: { readonly outcome: OutcomeOf<'account.provisioning'>; readonly accounts: number },
): Promise<LimitAnswer | undefined> {
  if (outcome.decision !== 'provision' || outcome.demo) return undefined;
  const movement = { kind: 'account', accounts } as const;
  const answer = await askLimits(system, clientId, movement, { isAsked: true });
  return answer?.decision === 'within' ? undefined : answer;
}

/** Policy has the last word about the server: where it gives another than was wished for, there is no account. */
function asWished(
  outcome: OutcomeOf<'account.provisioning'>,
  { server }: AccountWish,
): OutcomeOf<'account.provisioning'> {
  if (outcome.decision !== 'provision' || (server ?? outcome.server) === outcome.server)
    return outcome;
  return { decision: 'refuse', reasons: ['SERVER_NOT_OFFERED'] };
}

/** The rule of provisioning gives the leverage of a group; whoever may not have as much gets what they may. */
export function withinCap(
  outcome: OutcomeOf<'account.provisioning'>,
  cap: Pick<LeverageCap, 'leverage'>,
): OutcomeOf<'account.provisioning'> {
  if (outcome.decision !== 'provision' || outcome.leverage <= cap.leverage) return outcome;
  return { ...outcome, leverage: cap.leverage };
}

interface ClientRow {
  readonly entity_id: string;
  readonly residence: string;
  readonly accounts: number;
  readonly demo_accounts: number;
}

/** The first platform on offer that has the account; when none has, the first of all says why. */
async function firstPlatform(
  system: Tx,
  {
    wish,
    about,
    installed,
    entity,
  }: {
    readonly wish: AccountWish;
    readonly about: ClientAbout;
    readonly installed: readonly ServerRecord[];
    readonly entity: ClientRow;
  },
): Promise<PlatformKind> {
  const { compiled } = await effectivePolicy(system, 'account.provisioning', {
    entityId: entity.entity_id,
  });
  const offered = platformsOffered(compiled.effective.parameters);
  const having = offered.find((platform) => {
    const { outcome } = evaluate(compiled, provisioningFacts(about, { ...wish, platform }));
    return outcome.decision === 'provision' && isInstalled(outcome, installed);
  });
  return having ?? offered[0] ?? 'mt5';
}

/** False only for an account that its rule would put on a server that is not there, or is of another make. */
export function isInstalled(
  outcome: OutcomeOf<'account.provisioning'>,
  installed: readonly ServerRecord[],
): boolean {
  if (outcome.decision !== 'provision') return true;
  const server = installed.find(({ id }) => id === outcome.server);
  return server !== undefined && server.platform === (outcome.platform ?? server.platform);
}

type Provided = Placement & {
  readonly outcome: Extract<Placement['outcome'], { decision: 'provision' }>;
};

/** Writes the account and asks for its process, which makes the log-in on the server. */
export async function openAccount(
  system: Tx,
  wish: AccountWish,
  { entityId, evaluationId, pins, outcome, cap }: Provided,
): Promise<TradingAccount> {
  const account = await insertAccount(system, {
    entityId,
    clientId: wish.clientId,
    serverId: outcome.server,
    group: outcome.group,
    accountType: wish.accountType,
    currency: wish.currency,
    leverage: outcome.leverage,
    policyPins: pins,
    rights: outcome.rights,
    swapFree: outcome.swapFree,
    demo: outcome.demo,
    ...(wish.instead === undefined ? {} : { migratedFrom: wish.instead }),
  });
  await appendEvents(system, [
    {
      subject: account.id,
      type: 'account.requested',
      entityId: account.entityId,
      clientId: account.clientId,
      payload: {
        server: account.serverId,
        group: account.group,
        leverage: account.leverage,
        cap: { leverage: cap.leverage, regime: cap.regime },
        type: account.accountType,
        ...(account.demo ? { demo: true } : {}),
        ...(account.swapFree ? { swapFree: true } : {}),
        evaluation: evaluationId,
        ...(wish.instead === undefined ? {} : { instead: wish.instead }),
      },
    },
  ]);
  await enqueueStart(system, {
    workflow: 'tradingAccount',
    workflowId: workflowIds.account(account.id),
    taskQueue: taskQueues.workflows,
    args: { id: account.id },
    subject: account.id,
    entityId: account.entityId,
    clientId: account.clientId,
  });
  return account;
}
