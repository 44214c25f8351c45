import { ApplicationFailure } from '@temporalio/activity';
import { systemScope } from '../domain/access/scope';
import { endingKinds } from '../domain/account/actions';
import type { Instant } from '../domain/account/instant';
import type { SymbolTraits, MarginTerms } from '../domain/leverage/asset-class';
import { type Breach, leverageBreaches } from '../domain/leverage/breach';
import { ladderCap, type LeverageParameters } from '../domain/leverage/caps';
import type { MarginRule } from '../domain/leverage/margin-rule';
import type { TradingPlatform } from '../connectors/trading/port';
import { listAccountRequests } from '../db/account-request-lists';
import { askOfAccount, openRequests } from '../db/account-requests';
import { keepReading } from '../db/account-readings';
import { inScope, type Tx } from '../db/connection';
import { appendEvents } from '../db/events';
import {
  accountsToHold,
  endBreachesOfEnded,
  type LeveragedHolder,
  noteBreaches,
} from '../db/leverage-breaches';
import { clientCategory } from '../db/leverage-cap';
import { effectivePolicy } from '../db/policies';
import { listServers, readServer } from '../db/servers';
import type { Observation } from './account-observation';
import type { BalanceOperationDeps } from './balance-operation';
import { beating } from './outside';

const pageAccounts = 200;
const requestsLookedAt = 20;
const scope = systemScope('schedule:daily-leverage-check');

/** What one page of a server's accounts came to. */
export interface LeveragePage {
  readonly looked: number;
  /** Accounts that are past a rule. */
  readonly inBreach: number;
  /** The last account of the page; null when it was the server's last page. */
  readonly next: string | null;
}

/** What a check of everything came to. */
export interface LeverageReport {
  readonly startedAt: Instant;
  readonly looked: number;
  readonly inBreach: number;
  /** Servers that did not answer: their accounts were not looked at, or not all of them. */
  readonly silent: readonly string[];
}

/** Holds accounts against the rules on leverage, once a day. Every function may be called again. */
export function createLeverageCheckActivities(deps: BalanceOperationDeps) {
  const { db, platformFor } = deps;

  return {
    async serversToHold(): Promise<string[]> {
      const servers = await inScope(db, scope, (tx) => listServers(tx));
      return servers.map(({ id }) => id);
    },

    /** Looks at the next accounts on their server; what is past the caps becomes one task an account. */
    async holdAccounts(
      serverId: string,
      after: string | null,
      startedAt: Instant,
    ): Promise<LeveragePage> {
      return beating(async () => {
        const page = await inScope(db, scope, async (tx) => {
          if (after === null) await endBreachesOfEnded(tx, serverId, startedAt);
          return accountsToHold(tx, serverId, { after, limit: pageAccounts });
        });
        if (page.length === 0) return { looked: 0, inBreach: 0, next: null };
        const { declared } = await inScope(db, scope, (tx) => readServer(tx, serverId));
        // Nobody asks a server that is declared to be out of service; the report names it.
        if (declared) throw ApplicationFailure.nonRetryable('out of service', 'ServerDeclared');
        const platform = platformFor(serverId);
        const terms = await termsOf(platform);
        let looked = 0;
        let inBreach = 0;
        for (const holder of page) {
          const seen = await lookAt(platform, holder);
          if (seen === null) continue;
          looked += 1;
          const found = await inScope(db, scope, (tx) =>
            hold(tx, holder, { seen, terms, startedAt }),
          );
          if (found.length > 0) inBreach += 1;
        }
        const last = page.at(-1)?.account.id ?? null;
        return { looked, inBreach, next: page.length < pageAccounts ? null : last };
      });
    },

    async reportLeverageCheck(report: LeverageReport): Promise<void> {
      const { startedAt, looked, inBreach, silent } = report;
      await inScope(db, scope, (tx) =>
        appendEvents(tx, [
          {
            subject: `leverage-check/${startedAt.slice(0, 10)}`,
            type: 'leverage.checked',
            entityId: null,
            payload: { startedAt, looked, inBreach, silent: [...silent] },
          },
        ]),
      );
    },
  };
}

/** What a server says of its groups and symbols. */
interface Terms {
  readonly rules: ReadonlyMap<string, MarginRule>;
  readonly symbols: ReadonlyMap<string, SymbolTraits & MarginTerms>;
}

async function termsOf(platform: TradingPlatform): Promise<Terms> {
  const groups = await platform.groups();
  const symbols = await platform.symbols();
  return {
    rules: new Map(
      groups.map(({ name, marginCall, stopOut }) => [
        name,
        { group: name, callPercent: Number(marginCall), stopOutPercent: Number(stopOut) },
      ]),
    ),
    symbols: new Map(symbols.map((symbol) => [symbol.name, symbol])),
  };
}

interface Look extends Observation {
  /** Symbols with open positions. */
  readonly held: readonly string[];
}

/** Null when the server does not know the log-in. */
async function lookAt(
  platform: TradingPlatform,
  { account }: LeveragedHolder,
): Promise<Look | null> {
  const { login } = account;
  const reading = await platform.readAccount(login);
  if (reading === null) return null;
  const positions = await platform.positions({ login });
  const held = [...new Set(positions.map(({ symbol }) => symbol))].sort();
  return { reading, openPositions: positions.length, held };
}

async function hold(
  tx: Tx,
  holder: LeveragedHolder,
  {
    seen,
    terms,
    startedAt,
  }: { readonly seen: Look; readonly terms: Terms; readonly startedAt: Instant },
): Promise<readonly Breach[]> {
  const { account, category, residence } = holder;
  await keepReading(tx, account, seen);
  const policy = await effectivePolicy(tx, 'account.leverage', { entityId: account.entityId });
  const { parameters } = policy.compiled.effective;
  const breaches = [
    ...leverageBreaches(parameters, {
      category: clientCategory(category),
      residence,
      leverage: seen.reading.leverage,
      rule: terms.rules.get(seen.reading.group) ?? null,
      held: seen.held.flatMap((name) => terms.symbols.get(name) ?? []),
    }),
    ...(await stepDown(tx, holder, { seen, parameters })),
  ];
  await noteBreaches(tx, account, { breaches, at: startedAt });
  return breaches;
}

/**
 * An equity that has reached a rung of the ladder: the reduction is asked for like anybody's, so that the policy looks
 * at the margin and gives notice. One that was refused is for people. Two of them may have stepped over it before.
 */
async function stepDown(
  tx: Tx,
  { account }: LeveragedHolder,
  { seen, parameters }: { readonly seen: Look; readonly parameters: LeverageParameters },
): Promise<Breach[]> {
  const rung = ladderCap(parameters, seen.reading.equity);
  if (rung === null || account.leverage <= rung || account.overriddenAt !== null) return [];
  const open = await openRequests(tx, account.id);
  if (open.some(({ ask }) => ask.kind === 'change_leverage' || endingKinds.includes(ask.kind)))
    return [];
  const asked = await listAccountRequests(tx, { accountId: account.id, limit: requestsLookedAt });
  const before = asked.find(
    ({ ask, askedAs }) =>
      askedAs === 'process' && ask.kind === 'change_leverage' && ask.leverage === rung,
  );
  if (before?.state === 'refused') {
    const source = 'equity ladder';
    return [{ code: 'LADDER_REFUSED', of: '', seen: account.leverage, allowed: rung, source }];
  }
  await askOfAccount(tx, account.id, { kind: 'change_leverage', leverage: rung });
  return [];
}

export type LeverageCheckActivities = ReturnType<typeof createLeverageCheckActivities>;
