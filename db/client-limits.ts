import { isKycLevel, type KycLevel } from '../domain/kyc/levels';
import { limitInWords } from '../domain/kyc/limit-words';
import { wantsInWords } from '../domain/kyc/level-wants';
import { exponentOf, formatAmount, parseAmount, type Money } from '../domain/money';
import { countedIn } from '../domain/payments/limit-rates';
import { evaluate } from '../domain/policy/evaluate';
import type { Facts } from '../domain/policy/fact';
import {
  limitedSums,
  limitPeriods,
  sumFact,
  type AppliedLimit,
  type KycLimitsOutcome,
  type KycLimitsParameters,
  type LimitedSum,
  type LimitPeriod,
} from '../domain/policy/kinds/kyc-limits';
import { notFound, refused, type Problem } from '../domain/problem';
import { readLevel, type LevelView } from './client-levels';
import { asSystem, rows, type Tx } from './connection';
import { keepAnswer } from './evaluations';
import { inTurn } from './in-turn';
import { balancesOfClient } from './ledger';
import { effectivePolicy, type PolicyInForce } from './policies';

/** What a client asks for that their level may limit. */
export type Movement =
  | { readonly kind: LimitedSum; readonly amount: Money }
  | {
      readonly kind: 'account';
      /** Live accounts that the client has already. */
      readonly accounts: number;
    };

interface Holder {
  readonly entityId: string;
  readonly level: KycLevel;
  readonly facts: Facts;
}

/** What the limits say to a movement, and the evaluation that was kept; undefined where no limit is about it. */
export interface LimitAnswer {
  readonly decision: KycLimitsOutcome['decision'];
  readonly passed: readonly AppliedLimit[];
  readonly reasons: readonly string[];
  readonly evaluationId: string;
  /** What was passed and whose row that is, for colleagues. */
  readonly says: readonly string[];
}

/**
 * Refuses with 422 `level_limit` what passes a limit of the client's level, or may pass one, in words that say what is
 * allowed and how to go on.
 */
export async function assertWithinLimits(
  tx: Tx,
  clientId: string,
  movement: Movement,
): Promise<void> {
  await asSystem(tx, async (system) => {
    const answer = await askLimits(system, clientId, movement, { isAsked: true });
    // What a withdrawal counts for without a rate is not known, and its own policy hands it to people.
    const isForPeople = answer?.decision === 'review' && movement.kind === 'withdrawal';
    if (answer === undefined || answer.decision === 'within' || isForPeople) return;
    throw await levelRefusal(system, clientId, answer);
  });
}

/** The refusal of what passed a limit, in the client's words. Runs as the system. */
export async function levelRefusal(
  system: Tx,
  clientId: string,
  { passed }: Pick<LimitAnswer, 'passed'>,
): Promise<Problem> {
  const [first] = passed;
  const view = await readLevel(system, clientId);
  const shown =
    first && (await showLimits(system, clientId)).find(({ rule }) => rule === first.rule);
  return refused('level_limit', refusalInWords(view, shown), {
    level: view.level,
    ...(shown ? { limit: shown.limit, left: shown.left } : {}),
  });
}

/** `Level 1, Identity verified: you can deposit up to 10000.00 EUR in all, of which 500.00 EUR are left. To go on, …` */
function refusalInWords(view: LevelView, limit: ShownLimit | undefined): string {
  const head = `Level ${view.level}, ${view.name}`;
  const left =
    limit === undefined || limit.left === null ? '' : `, of which ${limit.left} are left`;
  const allowed =
    limit === undefined ? 'this is not possible at the moment' : `you can ${limit.words}${left}`;
  return `${head}: ${allowed}. ${wantsInWords(view.next)}`.trim();
}

/**
 * Asks `kyc.limits` about a movement. `isAsked`: what is under way counts as well; else only what has come in. Two
 * movements of one client are asked about one after the other where a limit is about them. Runs as the system.
 */
export async function askLimits(
  system: Tx,
  clientId: string,
  movement: Movement,
  { isAsked }: { readonly isAsked: boolean },
): Promise<LimitAnswer | undefined> {
  const holder = await readHolder(system, clientId);
  const policy = await policyOf(system, holder);
  const about = looked(policy, holder, movement.kind);
  if (!about.some((limit) => isAbout(limit, movement))) return undefined;
  await rows(system, 'select pg_advisory_xact_lock(hashtext(:key))', { key: `limits/${clientId}` });
  const { parameters } = policy.compiled.effective;
  const answer = await keepAnswer(
    system,
    {
      kind: 'kyc.limits',
      subject: clientId,
      entityId: holder.entityId,
      clientId,
      personId: clientId,
      facts: {
        ...holder.facts,
        ...(await movementFacts(system, clientId, { movement, parameters, isAsked })),
      },
    },
    policy,
  );
  const { outcome } = answer.evaluation;
  const passed = outcome.limits.filter(({ rule }) => outcome.passed.includes(rule));
  return {
    decision: outcome.decision,
    passed,
    reasons: outcome.reasons,
    evaluationId: answer.id,
    says: passed.map(
      (limit) =>
        `Level ${holder.level} can ${limitInWords(limit, parameters.referenceCurrency)}: row ${limit.rule} (${limit.layer}, ${limit.source}), evaluation ${answer.id}.`,
    ),
  };
}

function isAbout(limit: AppliedLimit, movement: Movement): boolean {
  if (movement.kind === 'account') return limit.limit === 'accounts';
  if (limit.limit === 'balance') return movement.kind === 'deposit';
  return limit.limit === movement.kind;
}

/** The limits that hold for the client now, whatever is asked for. */
export async function limitsOf(tx: Tx, clientId: string): Promise<readonly AppliedLimit[]> {
  const holder = await readHolder(tx, clientId);
  return looked(await policyOf(tx, holder), holder);
}

function policyOf(tx: Tx, { entityId }: Holder): Promise<PolicyInForce<'kyc.limits'>> {
  return effectivePolicy(tx, 'kyc.limits', { entityId });
}

/** `look` is of no movement: whoever shows what holds, whatever is asked for. */
function looked(
  { compiled }: PolicyInForce<'kyc.limits'>,
  { facts }: Holder,
  kind: Movement['kind'] | 'look' = 'look',
): readonly AppliedLimit[] {
  return evaluate(compiled, { ...facts, 'movement.kind': kind }).outcome.limits;
}

async function readHolder(tx: Tx, clientId: string): Promise<Holder> {
  const [row] = await rows<{
    entity_id: string;
    kyc_level: number;
    approved: boolean;
    category: string;
    residence: string;
    risk_level: string | null;
  }>(
    tx,
    `select entity_id, kyc_level, category, residence, risk_level,
       approved_at is not null and state not in ('closed', 'terminated', 'rejected', 'suspended') as approved
     from client where id = :clientId`,
    { clientId },
  );
  if (!row) throw notFound('client');
  if (!isKycLevel(row.kyc_level)) throw new Error(`${clientId} has the level ${row.kyc_level}`);
  return {
    entityId: row.entity_id,
    level: row.kyc_level,
    facts: {
      'client.level': row.kyc_level,
      'client.verified': row.approved,
      'client.category': row.category,
      'client.residence': row.residence,
      'risk.level': row.risk_level,
    },
  };
}

async function movementFacts(
  system: Tx,
  clientId: string,
  {
    movement,
    parameters,
    isAsked,
  }: {
    readonly movement: Movement;
    readonly parameters: KycLimitsParameters;
    readonly isAsked: boolean;
  },
): Promise<Facts> {
  if (movement.kind === 'account')
    return { 'movement.kind': 'account', 'accounts.after': movement.accounts + 1 };
  const { kind, amount } = movement;
  const { referenceCurrency, limitRates = [] } = parameters;
  const moved = await movedSoFar(system, clientId, { kind, isAsked });
  const counted = (amounts: readonly Money[]) => countedIn(referenceCurrency, limitRates, amounts);
  const own = (amounts: readonly Money[]) =>
    formatAmount(
      amounts
        .filter(({ currency }) => currency === amount.currency)
        .reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
      amount.currency,
    );
  const sums = [undefined, ...limitPeriods].flatMap((period) => {
    const all = [...moved(period), amount];
    return [
      [sumFact({ period }), counted(all)],
      [sumFact({ period, currency: amount.currency }), own(all)],
    ];
  });
  const after = kind === 'deposit' ? [...(await walletsOf(system, clientId)), amount] : undefined;
  return {
    'movement.kind': kind,
    'movement.currency': amount.currency,
    ...Object.fromEntries(sums),
    'balance.after': after && counted(after),
    'balance.own.after': after && own(after),
  };
}

async function walletsOf(tx: Tx, clientId: string): Promise<Money[]> {
  const balances = await balancesOfClient(tx, clientId);
  return balances
    .filter(({ code }) => code === 'wallet')
    .map(({ balanceMinor: amountMinor, currency }) => ({ amountMinor, currency }));
}

const hoursOf: Readonly<Record<LimitPeriod, number>> = {
  '24h': 24,
  '7d': 7 * 24,
  '30d': 30 * 24,
  '365d': 365 * 24,
};

/** What each statement sums, by currency; `signed_minor` and `created_at` of one movement. */
const movements: Readonly<Record<LimitedSum, string>> = {
  deposit: `select currency, amount_minor - refunded_minor as signed_minor, created_at from deposit
    where client_id = :clientId
      and (state = 'credited' or (:isAsked and state in ('requested', 'awaiting_payment')))`,
  withdrawal: `select currency, amount_minor as signed_minor, created_at from withdrawal
    where client_id = :clientId and state not in ('rejected', 'cancelled', 'failed') and :isAsked`,
  // What closing, moving and giving back bring to the wallet again is on no account any more.
  trading: `select currency, case direction when 'to_account' then amount_minor else -amount_minor end as signed_minor, created_at
    from transfer
    where client_id = :clientId and state <> 'refused' and :isAsked
      and purpose in ('client', 'closure', 'migration', 'give_back')`,
};

/** Sums by currency of what the client has moved, of a period or since the beginning. */
async function movedSoFar(
  tx: Tx,
  clientId: string,
  { kind, isAsked }: { readonly kind: LimitedSum; readonly isAsked: boolean },
): Promise<(period: LimitPeriod | undefined) => Money[]> {
  const within = (name: LimitPeriod) =>
    `coalesce(sum(signed_minor) filter (where created_at > now() - interval '${hoursOf[name]} hours'), 0) as "${name}"`;
  const found = await rows<Record<LimitPeriod | 'ever' | 'currency', string>>(
    tx,
    `select currency, sum(signed_minor) as ever, ${limitPeriods.map(within).join(', ')}
     from (${movements[kind]}) moved group by currency order by currency`,
    { clientId, isAsked },
  );
  return (period) =>
    found.map((row) => ({ currency: row.currency, amountMinor: BigInt(row[period ?? 'ever']) }));
}

/** A limit with what has been used of it. */
export type ShownLimit = AppliedLimit & {
  /** After "you can": `deposit up to 2000.00 EUR in all`. */
  readonly words: string;
  /** `500.00 EUR`; null where nothing is counted, or its worth is not known. */
  readonly used: string | null;
  readonly left: string | null;
};

/** The limits that hold for the client, each with what is used and left of it. */
export async function showLimits(tx: Tx, clientId: string): Promise<ShownLimit[]> {
  const holder = await readHolder(tx, clientId);
  const policy = await policyOf(tx, holder);
  const { parameters } = policy.compiled.effective;
  const limits = looked(policy, holder);
  const wanted = limitedSums.filter((kind) => limits.some(({ limit }) => limit === kind));
  const moved = new Map(
    await inTurn(wanted, async (kind) => {
      return [kind, await movedSoFar(tx, clientId, { kind, isAsked: true })] as const;
    }),
  );
  const wallets = limits.some(({ limit }) => limit === 'balance')
    ? await walletsOf(tx, clientId)
    : [];
  return limits.map((limit) => {
    const words = limitInWords(limit, parameters.referenceCurrency);
    const amounts = amountsOf(limit, moved, wallets);
    if (amounts === undefined || !('max' in limit))
      return { ...limit, words, used: null, left: null };
    return { ...limit, words, ...standingOf(limit, amounts, parameters) };
  });
}

function amountsOf(
  limit: AppliedLimit,
  moved: ReadonlyMap<LimitedSum, (period: LimitPeriod | undefined) => Money[]>,
  wallets: readonly Money[],
): readonly Money[] | undefined {
  switch (limit.limit) {
    case 'balance':
      return wallets;
    case 'deposit':
    case 'withdrawal':
    case 'trading':
      return moved.get(limit.limit)?.(limit.period);
    default:
      return undefined;
  }
}

function standingOf(
  { max, currency }: { readonly max: string; readonly currency?: string },
  amounts: readonly Money[],
  { referenceCurrency, limitRates = [] }: KycLimitsParameters,
): Pick<ShownLimit, 'used' | 'left'> {
  const unit = currency ?? referenceCurrency;
  const counted = countedIn(
    unit,
    limitRates,
    currency === undefined ? amounts : amounts.filter((each) => each.currency === unit),
  );
  if (counted === null) return { used: null, left: null };
  const used = atLeastNone(parseAmount(counted, unit));
  const left = atLeastNone(parseAmount(inUnit(max, unit), unit) - used);
  const said = (amountMinor: bigint) => `${formatAmount(amountMinor, unit)} ${unit}`;
  return { used: said(used), left: said(left) };
}

/** Without the digits that no amount of the currency has. */
function inUnit(decimal: string, unit: string): string {
  const [whole = '', fraction = ''] = decimal.split('.');
  const kept = fraction.slice(0, exponentOf(unit));
  return kept === '' ? whole : `${whole}.${kept}`;
}

function atLeastNone(amountMinor: bigint): bigint {
  return amountMinor > 0n ? amountMinor : 0n;
}
