import { accountLeverageCap, checkLeverage, ladderCap } from '../domain/leverage/caps';
import { marginAfter, marginInWords, type MarginRule } from '../domain/leverage/margin-rule';
import type { Verdict } from '../domain/account/request';
import type { AccountRequest } from '../db/account-requests';
import type { TradingAccount } from '../db/accounts';
import type { ClientFacts } from '../db/client-facts';
import type { Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { clientCategory, withinLevel } from '../db/leverage-cap';
import { effectivePolicy } from '../db/policies';
import type { TradingPlatform } from '../connectors/trading/port';
import type { Observation } from './account-observation';

/** What `account.leverage` says about a leverage that is asked for. */
export interface LeverageAnswer {
  readonly verdict: Verdict;
  readonly evaluationId: string;
  /** Cap and margin rule with their figures, for the person who decides. */
  readonly figures: string;
}

/**
 * Asks `account.leverage`: within the stricter cap of entity and residence, within what the equity leaves of it, and
 * where the margin would stand by the rule of the account's group.
 */
export async function askLeveragePolicy(
  tx: Tx,
  {
    account,
    request,
    seen,
    marginRule,
    facts,
    residence,
    leverage,
  }: {
    readonly account: TradingAccount;
    readonly request: AccountRequest;
    readonly seen: Observation;
    /** Null when the server does not know the account's group: then a person looks at what is margined. */
    readonly marginRule: MarginRule | null;
    readonly facts: ClientFacts;
    readonly residence: string;
    readonly leverage: number;
  },
): Promise<LeverageAnswer> {
  const policy = await effectivePolicy(tx, 'account.leverage', { entityId: account.entityId });
  const { parameters } = policy.compiled.effective;
  const holder = { category: clientCategory(facts.category), residence };
  const cap = await withinLevel(tx, account.clientId, accountLeverageCap(parameters, holder));
  const { equity, margin } = seen.reading;
  const ladder = ladderCap(parameters, equity);
  const margins = {
    equityMinor: equity.amountMinor,
    marginMinor: margin.amountMinor,
    leverage: seen.reading.leverage,
    leverageAsked: leverage,
  };
  const after = marginRule && marginAfter(margins, marginRule);
  const answer = await decideByPolicy(tx, {
    kind: 'account.leverage',
    subject: request.id,
    entityId: account.entityId,
    clientId: account.clientId,
    personId: account.clientId,
    facts: {
      'leverage.requested': leverage,
      'leverage.withinCap':
        leverage <= cap.leverage &&
        checkLeverage(parameters, { ...holder, assetClass: 'fx_major', leverage }).allowed,
      'leverage.withinLadder': ladder === null || leverage <= ladder,
      'leverage.reduces': leverage < account.leverage,
      'request.askedAs': request.askedAs,
      'client.category': facts.category,
      'account.openPositions': seen.openPositions,
      'account.margined': margin.amountMinor > 0n,
      'account.marginLevelAfter': after?.levelPercent,
      'account.marginOverCall': after?.overCall,
      'account.marginOverStopOut': after?.overStopOut,
    },
  });
  return {
    verdict: verdictOf(answer.evaluation.outcome, parameters.noticeDays ?? 0),
    evaluationId: answer.id,
    figures: [
      `cap 1:${cap.leverage} (${cap.regime}: ${cap.source})`,
      ...(ladder === null ? [] : [`1:${ladder} by its equity`]),
      marginRule === null
        ? 'the server does not know the margin rule of the group'
        : marginInWords(after, marginRule),
    ].join('; '),
  };
}

function verdictOf(
  {
    decision,
    reasons,
  }: {
    readonly decision: 'approve' | 'notice' | 'review' | 'refuse';
    readonly reasons: readonly string[];
  },
  noticeDays: number,
): Verdict {
  switch (decision) {
    case 'approve':
      return { kind: 'go' };
    case 'notice':
      return { kind: 'notice', reasons, days: noticeDays };
    case 'review':
      return { kind: 'person', reasons };
    case 'refuse':
      return { kind: 'refused', reasons };
  }
}

/** The levels of a group as its server has them; null when it does not know the group. */
export async function marginRuleOf(
  platform: TradingPlatform,
  group: string,
): Promise<MarginRule | null> {
  const found = (await platform.groups()).find(({ name }) => name === group);
  if (!found) return null;
  const { marginCall, stopOut } = found;
  return { group, callPercent: Number(marginCall), stopOutPercent: Number(stopOut) };
}
