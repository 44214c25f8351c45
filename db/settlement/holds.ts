import { newId } from '../../domain/ids';
import { formatAmount } from '../../domain/money';
import { type Evaluation, evaluate } from '../../domain/policy/evaluate';
import { conflict, notFound } from '../../domain/problem';
import { asSystem, rows, utc, type Tx } from '../connection';
import { keepAnswer } from '../evaluations';
import { appendEvents } from '../events';
import { effectivePolicy, type PolicyInForce } from '../policies';
import { cancelTask, latestTask, openTask, type Task } from '../tasks';
import { settlementEvent, type Settlement } from './settlements';
import { signalsOfRun, ticketsOfRun, type ClientSignals } from './signals';

export const holdStates = ['open', 'released', 'denied', 'closed'] as const;
export type HoldState = (typeof holdStates)[number];

/** What a client earned partners in a settlement and is kept back until a person has decided. */
export interface SettlementHold {
  readonly id: string;
  readonly settlementId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly evaluationId: string;
  /** Codes of the rules that spoke. */
  readonly reasons: readonly string[];
  /** Deals to look at first. */
  readonly tickets: readonly string[];
  readonly currency: string;
  readonly state: HoldState;
  /** Kept back of all partners. */
  readonly amountMinor: bigint;
  /** The settlement whose payouts pay it, or whose statements say that it is not paid. */
  readonly takenInto: string | null;
  readonly openedAt: string;
  readonly decidedAt: string | null;
}

/** One partner's share of a hold. */
export interface HoldPart {
  readonly partnerId: string;
  /** What the client's lines earn the partner. */
  readonly linesMinor: bigint;
  readonly heldMinor: bigint;
}

interface HoldRow {
  readonly id: string;
  readonly settlement_id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly evaluation_id: string;
  readonly reasons: string[];
  readonly tickets: string[];
  readonly currency: string;
  readonly state: HoldState;
  readonly amount_minor: string;
  readonly taken_into: string | null;
  readonly opened_at: string;
  readonly decided_at: string | null;
}

const columns = `h.id, h.settlement_id, h.entity_id, h.client_id, h.evaluation_id, h.reasons, h.tickets::text[] as tickets, h.currency, h.state,
  h.taken_into, h.opened_at, h.decided_at,
  (select coalesce(sum(p.held_minor), 0)::numeric(38, 0) from settlement_hold_part p where p.hold_id = h.id) as amount_minor`;

function fromRow(row: HoldRow): SettlementHold {
  return {
    id: row.id,
    settlementId: row.settlement_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    evaluationId: row.evaluation_id,
    reasons: row.reasons,
    tickets: row.tickets,
    currency: row.currency,
    state: row.state,
    amountMinor: BigInt(row.amount_minor),
    takenInto: row.taken_into,
    openedAt: utc(row.opened_at),
    decidedAt: row.decided_at === null ? null : utc(row.decided_at),
  };
}

/** Throws `not_found` (404), also for another entity's. */
export async function readHold(tx: Tx, id: string): Promise<SettlementHold> {
  const [row] = await rows<HoldRow>(
    tx,
    `select ${columns} from settlement_hold h where h.id = :id`,
    { id },
  );
  if (!row) throw notFound('hold');
  return fromRow(row);
}

/** Newest first; `after` is the id of the last one of the page before. */
export async function listHolds(
  tx: Tx,
  of: {
    readonly state?: HoldState | undefined;
    readonly settlementId?: string | undefined;
    readonly partnerId?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<SettlementHold[]> {
  const found = await rows<HoldRow>(
    tx,
    `select ${columns} from settlement_hold h
     where (:state::text is null or h.state = :state) and (:settlementId::text is null or h.settlement_id = :settlementId)
       and (:partnerId::text is null or exists (
         select 1 from settlement_hold_part p where p.hold_id = h.id and p.partner_id = :partnerId))
       and (:after::text is null or h.id < :after)
     order by h.id desc limit :limit`,
    {
      state: of.state ?? null,
      settlementId: of.settlementId ?? null,
      partnerId: of.partnerId ?? null,
      after: of.after ?? null,
      limit: of.limit,
    },
  );
  return found.map(fromRow);
}

/** The partners of a hold that the scope may see, in order. */
export async function partsOfHold(tx: Tx, holdId: string): Promise<HoldPart[]> {
  const found = await rows<{ partner_id: string; lines_minor: string; held_minor: string }>(
    tx,
    `select partner_id, lines_minor, held_minor from settlement_hold_part where hold_id = :holdId
     order by partner_id collate "C" limit 200`,
    { holdId },
  );
  return found.map((row) => ({
    partnerId: row.partner_id,
    linesMinor: BigInt(row.lines_minor),
    heldMinor: BigInt(row.held_minor),
  }));
}

/** A client whom the rules hold, with what of the client's lines is above zero, by partner. */
interface Suspect extends ClientSignals {
  readonly evaluation: Evaluation<'partner.fraud'>;
  /** Minor units by partner. */
  readonly parts: Readonly<Record<string, string>>;
}

/**
 * Asks the rules about every client who earned partners enough, straight after the run that has made the settlement's lines, and
 * holds whom they hold. A hold of an earlier run that would be the same stays, with what was decided about it; any other is closed. Runs as the
 * system.
 */
export async function keepHolds(tx: Tx, settlement: Settlement): Promise<void> {
  const policy = await effectivePolicy(tx, 'partner.fraud', { entityId: settlement.entityId });
  const suspects = await suspectsOf(tx, settlement, policy);
  const same = new Set<string>();
  for (const { hold, parts } of await standingHolds(tx, settlement.id)) {
    const suspect = suspects.find(({ clientId }) => clientId === hold.clientId);
    if (suspect && isSame(suspect, { hold, parts })) same.add(hold.clientId);
    else await closeHold(tx, { settlement, hold, why: 'computed again' });
  }
  const fresh = suspects.filter(({ clientId }) => !same.has(clientId));
  if (fresh.length === 0) return;
  const tickets = await ticketsOfRun(
    tx,
    fresh.map(({ clientId }) => clientId),
  );
  const erased = await erasedOf(tx, fresh);
  for (const suspect of fresh)
    await openHold(tx, {
      ...{ settlement, policy, suspect },
      personId: erased.has(suspect.clientId) ? null : suspect.clientId,
      tickets: tickets.get(suspect.clientId) ?? [],
    });
}

/** Clients whose key is gone: what is kept of them is figures alone, and their holds are decided like any other. */
async function erasedOf(tx: Tx, suspects: readonly Suspect[]): Promise<ReadonlySet<string>> {
  const found = await rows<{ person_id: string }>(
    tx,
    'select person_id from data_key where person_id = any (:clients::text[]) and wrapped_key is null',
    { clients: suspects.map(({ clientId }) => clientId) },
  );
  return new Set(found.map((row) => row.person_id));
}

/** Who is clear costs no row; the answers of the others are kept with their holds. */
async function suspectsOf(
  tx: Tx,
  settlement: Settlement,
  policy: PolicyInForce<'partner.fraud'>,
): Promise<Suspect[]> {
  const { compiled } = policy;
  const signals = await signalsOfRun(tx, settlement, compiled.effective.parameters);
  const held = signals
    .map((each) => ({ ...each, evaluation: evaluate(compiled, each.facts) }))
    .filter(({ evaluation }) => evaluation.outcome.decision === 'hold');
  if (held.length === 0) return [];
  const found = await rows<{ client_id: string; parts: Record<string, string> }>(
    tx,
    `select client_id, jsonb_object_agg(partner_id, minor::text) as parts from (
       select client_id, partner_id, sum(amount_minor) as minor from run_line where client_id = any (:clients::text[]) group by 1, 2
     ) l where minor > 0 group by 1`,
    { clients: held.map(({ clientId }) => clientId) },
  );
  const parts = new Map(found.map((row) => [row.client_id, row.parts]));
  return held.map((each) => ({ ...each, parts: parts.get(each.clientId) ?? {} }));
}

interface StandingHold {
  readonly hold: SettlementHold;
  readonly parts: Readonly<Record<string, string>>;
}

async function standingHolds(tx: Tx, settlementId: string): Promise<StandingHold[]> {
  const found = await rows<HoldRow & { parts: Record<string, string> | null }>(
    tx,
    `select ${columns}, (select jsonb_object_agg(p.partner_id, p.lines_minor::text) from settlement_hold_part p where p.hold_id = h.id) as parts
     from settlement_hold h where h.settlement_id = :settlementId and h.state <> 'closed' order by h.id`,
    { settlementId },
  );
  return found.map((row) => ({ hold: fromRow(row), parts: row.parts ?? {} }));
}

function isSame(suspect: Suspect, { hold, parts }: StandingHold): boolean {
  const told = (of: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(of).sort());
  const reasons = (of: readonly string[]) => [...of].sort().join();
  return (
    told(suspect.parts) === told(parts) &&
    reasons(suspect.evaluation.outcome.reasons) === reasons(hold.reasons)
  );
}

async function openHold(
  tx: Tx,
  of: {
    readonly settlement: Settlement;
    readonly policy: PolicyInForce<'partner.fraud'>;
    readonly suspect: Suspect;
    /** Under whose key its words are kept; nobody's, where that is gone. */
    readonly personId: string | null;
    readonly tickets: readonly string[];
  },
): Promise<void> {
  const { settlement, suspect } = of;
  const { entityId, currency } = settlement;
  const { clientId, parts } = suspect;
  const id = newId('settlementHold');
  const answer = await keepAnswer(
    tx,
    {
      ...{ kind: 'partner.fraud', subject: id, entityId, clientId, personId: of.personId },
      facts: suspect.facts,
    },
    of.policy,
  );
  const { outcome, hits, says } = answer.evaluation;
  await rows(
    tx,
    `insert into settlement_hold (id, settlement_id, entity_id, client_id, evaluation_id, reasons, tickets, currency)
     values (:id, :settlementId, :entityId, :clientId, :evaluationId, :reasons, :tickets::bigint[], :currency)`,
    {
      ...{ id, settlementId: settlement.id, entityId, clientId, currency },
      ...{ evaluationId: answer.id, reasons: [...outcome.reasons], tickets: [...of.tickets] },
    },
  );
  await rows(
    tx,
    `insert into settlement_hold_part (hold_id, partner_id, entity_id, lines_minor, held_minor)
     select :id, key, :entityId, value::numeric, value::numeric from jsonb_each_text(:parts::jsonb)`,
    { id, entityId, parts: JSON.stringify(parts) },
  );
  const amount = formatAmount(
    Object.values(parts).reduce((sum, minor) => sum + BigInt(minor), 0n),
    currency,
  );
  await appendEvents(tx, [
    {
      ...settlementEvent(settlement, 'settlement.hold_opened', {
        ...{ settlement: settlement.id, client: clientId, amount, currency },
        reasons: [...outcome.reasons],
      }),
      subject: id,
    },
  ]);
  await openTask(tx, {
    ...{ kind: 'settlement_hold', subject: id, workflowId: null, entityId },
    clientId: of.personId,
    title: `Commission held: what a client earned partners in ${settlement.period}`,
    issue: [
      ...outcome.reasons
        .filter((code) => code !== 'DATA_MISSING')
        .map((code) => ({
          code,
          detail: hits.find((hit) => hit.reason === code)?.title ?? code,
        })),
      ...says.map((detail) => ({ code: 'DATA_MISSING', detail })),
    ],
    content: {
      ...{ hold: id, settlement: settlement.id, period: settlement.period, client: clientId },
      ...{ evaluation: answer.id, reasons: [...outcome.reasons], amount, currency },
      partners: Object.fromEntries(
        Object.entries(parts).map(([partner, minor]) => [
          partner,
          formatAmount(BigInt(minor), currency),
        ]),
      ),
      tickets: [...of.tickets],
    },
    excluded: settlement.requestedBy.startsWith('usr_') ? [settlement.requestedBy] : [],
    approvalsRequired: outcome.fourEyes ? 2 : 1,
    dueHours: outcome.dueHours,
    key: `settlement_hold/${id}`,
  });
}

/** Ends a hold without a decision; its task has no question any more. */
async function closeHold(
  tx: Tx,
  of: { readonly settlement: Settlement; readonly hold: SettlementHold; readonly why: string },
): Promise<void> {
  const { settlement, hold, why } = of;
  // The task first: who decides it has locked it before the hold.
  const task = await latestTask(tx, hold.id, 'settlement_hold');
  if (task) await cancelTask(tx, task.id, why);
  await rows(
    tx,
    `update settlement_hold set state = 'closed', taken_into = null, decided_at = coalesce(decided_at, clock_timestamp()) where id = :id`,
    { id: hold.id },
  );
  await appendEvents(tx, [
    {
      ...settlementEvent(settlement, 'settlement.hold_closed', {
        ...{ settlement: settlement.id, client: hold.clientId, was: hold.state, why },
      }),
      subject: hold.id,
    },
  ]);
}

/** Closes what a rejected settlement holds, and lets go what it would have paid or told of others. */
export async function closeHolds(tx: Tx, settlement: Settlement): Promise<void> {
  for (const { hold } of await standingHolds(tx, settlement.id))
    await closeHold(tx, { settlement, hold, why: 'settlement rejected' });
  await rows(tx, 'update settlement_hold set taken_into = null where taken_into = :id', {
    id: settlement.id,
  });
}

/**
 * Reserves for a settlement's payouts what has been decided of holds since: those of settlements of the plan set that are approved, and its own.
 * Called again, it begins anew. A hold is taken once.
 */
export async function takeDecidedHolds(tx: Tx, settlement: Settlement): Promise<void> {
  const { id, planSet } = settlement;
  await rows(tx, 'update settlement_hold set taken_into = null where taken_into = :id', { id });
  await rows(
    tx,
    `update settlement_hold h set taken_into = :id from settlement s
     where s.id = h.settlement_id and s.plan_set = :planSet and (s.id = :id or s.state in ('approved', 'paying', 'paid'))
       and h.state in ('released', 'denied') and h.taken_into is null`,
    { id, planSet },
  );
}

/**
 * How much of its holds a settlement keeps back. Where the plan forgives what is below zero, no more than the partner would get:
 * what is kept back could not be set off against the rest otherwise.
 */
export async function limitHolds(
  tx: Tx,
  { id }: Settlement,
  { negativeCarryOver }: { readonly negativeCarryOver: boolean },
): Promise<void> {
  await rows(
    tx,
    `with standing as (
       select p.hold_id, p.partner_id, p.lines_minor,
         sum(p.lines_minor) over (partition by p.partner_id order by h.client_id collate "C") - p.lines_minor as before
       from settlement_hold h join settlement_hold_part p on p.hold_id = h.id where h.settlement_id = :id and h.state <> 'closed'
     ), room as (
       select o.partner_id, greatest(0,
         coalesce((select sum(l.amount_minor) from settlement_line l where l.settlement_id = :id and l.partner_id = o.partner_id), 0)
         + coalesce((select sum(c.amount_minor) from settlement_payout c where c.carried_into = :id and c.partner_id = o.partner_id), 0)) as minor
       from (select distinct partner_id from standing) o
     )
     update settlement_hold_part p
     set held_minor = case when :negativeCarryOver then s.lines_minor else greatest(0, least(s.lines_minor, r.minor - s.before)) end
     from standing s join room r on r.partner_id = s.partner_id where p.hold_id = s.hold_id and p.partner_id = s.partner_id`,
    { id, negativeCarryOver },
  );
}

/** What a person has decided about a hold, in the deciding transaction; the next payouts of the plan set take it in. */
export async function settleHold(tx: Tx, task: Task): Promise<void> {
  await asSystem(tx, (system) =>
    decideHold(system, task.subject, task.decision === 'release' ? 'released' : 'denied'),
  );
}

/** Throws 409 `hold_decided` for one that is not open any more. */
export async function decideHold(tx: Tx, id: string, state: 'released' | 'denied'): Promise<void> {
  const decided = await rows(
    tx,
    `update settlement_hold set state = :state, decided_at = clock_timestamp() where id = :id and state = 'open' returning 1`,
    { id, state },
  );
  if (decided.length === 0) throw conflict('hold_decided', 'This hold is not open any more.');
  const hold = await readHold(tx, id);
  await appendEvents(tx, [
    {
      subject: id,
      type: `settlement.hold_${state}`,
      entityId: hold.entityId,
      payload: {
        settlement: hold.settlementId,
        client: hold.clientId,
        amount: formatAmount(hold.amountMinor, hold.currency),
        currency: hold.currency,
        reasons: [...hold.reasons],
      },
    },
  ]);
}

/** A hold as the partner's own statement tells of it: how much, of which month, and why. */
export interface ToldHold {
  /** `2026-10`. */
  readonly period: string;
  readonly reasons: readonly string[];
  readonly amountMinor: bigint;
}

/** What a payout that the caller has read says is never paid of what was held before, at most 200. */
export async function deniedOf(
  tx: Tx,
  { settlementId, partnerId }: { readonly settlementId: string; readonly partnerId: string },
): Promise<ToldHold[]> {
  const found = await asSystem(tx, (system) =>
    rows<{ period: string; reasons: string[]; held_minor: string }>(
      system,
      `select s.period, h.reasons, p.held_minor from settlement_hold h join settlement_hold_part p on p.hold_id = h.id
       join settlement s on s.id = h.settlement_id
       where h.taken_into = :settlementId and h.state = 'denied' and p.partner_id = :partnerId and p.held_minor > 0
       order by s.from_at, h.id limit 200`,
      { settlementId, partnerId },
    ),
  );
  return found.map((row) => ({
    period: row.period,
    reasons: row.reasons,
    amountMinor: BigInt(row.held_minor),
  }));
}

/** What is held of a partner whom the caller has read, and what was released and no payout has taken in yet. */
export async function standingOf(
  tx: Tx,
  partnerId: string,
): Promise<{ readonly heldMinor: bigint; readonly releasedMinor: bigint }> {
  const [sum] = await asSystem(tx, (system) =>
    rows<{ held: string; released: string }>(
      system,
      `select coalesce(sum(p.held_minor) filter (where h.state = 'open'), 0)::numeric(38, 0) as held,
         coalesce(sum(p.held_minor) filter (where h.state = 'released' and h.taken_into is null), 0)::numeric(38, 0) as released
       from settlement_hold_part p join settlement_hold h on h.id = p.hold_id where p.partner_id = :partnerId`,
      { partnerId },
    ),
  );
  return { heldMinor: BigInt(sum?.held ?? '0'), releasedMinor: BigInt(sum?.released ?? '0') };
}
