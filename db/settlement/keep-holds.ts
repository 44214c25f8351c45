import { newId } from '../../domain/ids';
import { formatAmount } from '../../domain/money';
import { sharedOf, sharedTold } from '../../domain/partners/shared-data';
import { type Evaluation, evaluate } from '../../domain/policy/evaluate';
import { rows, type Tx } from '../connection';
import { keepAnswer, type PolicyAnswer } from '../evaluations';
import { appendEvents } from '../events';
import { inTurn } from '../in-turn';
import { effectivePolicy, type PolicyInForce } from '../policies';
import { cancelTask, latestTask, openTask } from '../tasks';
import {
  holdColumns,
  holdFromRow,
  partsOfHold,
  readHold,
  type HoldRow,
  type SettlementHold,
} from './holds';
import { settlementEvent, type Settlement } from './settlements';
import { signalsOfRun, ticketsOfRun, type ClientSignals } from './signals';
/** A client whom the rules hold, with what of the client's lines is above zero, by partner. */
interface Suspect extends ClientSignals {
  readonly evaluation: Evaluation<'partner.fraud'>;
  /** Minor units by partner. */
  readonly parts: Readonly<Record<string, string>>;
}

/** A hold that this run has made. */
interface FreshHold {
  readonly id: string;
  readonly suspect: Suspect;
  /** Under whose key its words are kept; nobody's, where that is gone. */
  readonly personId: string | null;
  /** Deals to look at first. */
  readonly tickets: readonly string[];
  readonly answer: PolicyAnswer<'partner.fraud'>;
}

/**
 * Asks the rules about every client who earned partners enough, straight after the run that has made the settlement's lines, holds
 * whom they hold, and asks people about it. A hold of an earlier run that would be the same stays, with what was decided about it;
 * any other is closed. What is carried into the settlement must have been reserved. Runs as the system.
 */
export async function keepHolds(
  tx: Tx,
  settlement: Settlement,
  plan: { readonly negativeCarryOver: boolean },
): Promise<void> {
  const policy = await effectivePolicy(tx, 'partner.fraud', { entityId: settlement.entityId });
  const suspects = await suspectsOf(tx, settlement, policy);
  const same: SettlementHold[] = [];
  for (const { hold, parts } of await standingHolds(tx, settlement.id)) {
    const suspect = suspects.find(({ clientId }) => clientId === hold.clientId);
    if (suspect && isSame(suspect, { hold, parts })) same.push(hold);
    else await closeHold(tx, { settlement, hold, why: 'computed again' });
  }
  const isKept = ({ clientId }: Suspect) => same.some((hold) => hold.clientId === clientId);
  const fresh = await insertHolds(tx, {
    ...{ settlement, policy },
    suspects: suspects.filter((suspect) => !isKept(suspect)),
  });
  await limitHolds(tx, settlement, plan);
  // The question names the sum: another sum is another question.
  const outgrown = await changedOf(tx, settlement, same);
  for (const hold of outgrown) await closeHold(tx, { settlement, hold, why: 'computed again' });
  const anew = await insertHolds(tx, {
    ...{ settlement, policy },
    suspects: suspects.filter(({ clientId }) =>
      outgrown.some((hold) => hold.clientId === clientId),
    ),
  });
  if (anew.length > 0) await limitHolds(tx, settlement, plan);
  for (const hold of [...fresh, ...anew]) await askAbout(tx, settlement, hold);
}

/** The open ones that keep back another sum than they did. */
async function changedOf(
  tx: Tx,
  { id }: Settlement,
  before: readonly SettlementHold[],
): Promise<SettlementHold[]> {
  const now = new Map((await standingHolds(tx, id)).map(({ hold }) => [hold.id, hold.amountMinor]));
  return before.filter((hold) => hold.state === 'open' && now.get(hold.id) !== hold.amountMinor);
}

async function insertHolds(
  tx: Tx,
  of: {
    readonly settlement: Settlement;
    readonly policy: PolicyInForce<'partner.fraud'>;
    readonly suspects: readonly Suspect[];
  },
): Promise<FreshHold[]> {
  const { suspects, ...rest } = of;
  if (suspects.length === 0) return [];
  const tickets = await ticketsOfRun(
    tx,
    suspects.map(({ clientId }) => clientId),
  );
  const erased = await erasedOf(tx, suspects);
  return inTurn(suspects, (suspect) =>
    insertHold(tx, {
      ...{ ...rest, suspect },
      personId: erased.has(suspect.clientId) ? null : suspect.clientId,
      tickets: tickets.get(suspect.clientId) ?? [],
    }),
  );
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
    `select ${holdColumns}, (select jsonb_object_agg(p.partner_id, p.lines_minor::text) from settlement_hold_part p where p.hold_id = h.id) as parts
     from settlement_hold h where h.settlement_id = :settlementId and h.state <> 'closed' order by h.id`,
    { settlementId },
  );
  return found.map((row) => ({ hold: holdFromRow(row), parts: row.parts ?? {} }));
}

function isSame(suspect: Suspect, { hold, parts }: StandingHold): boolean {
  const told = (of: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(of).sort());
  const reasons = (of: readonly string[]) => [...of].sort().join();
  return (
    told(suspect.parts) === told(parts) &&
    reasons(suspect.evaluation.outcome.reasons) === reasons(hold.reasons)
  );
}

/** The hold as a row; people are asked about it when it is known how much of it is kept back. */
async function insertHold(
  tx: Tx,
  of: Omit<FreshHold, 'id' | 'answer'> & {
    readonly settlement: Settlement;
    readonly policy: PolicyInForce<'partner.fraud'>;
  },
): Promise<FreshHold> {
  const { settlement, policy, suspect, personId, tickets } = of;
  const { entityId, currency } = settlement;
  const { clientId, parts } = suspect;
  const id = newId('settlementHold');
  const answer = await keepAnswer(
    tx,
    {
      ...{ kind: 'partner.fraud', subject: id, entityId, clientId, personId },
      facts: suspect.facts,
    },
    policy,
  );
  const { outcome } = answer.evaluation;
  await rows(
    tx,
    `insert into settlement_hold (id, settlement_id, entity_id, client_id, evaluation_id, reasons, tickets, currency)
     values (:id, :settlementId, :entityId, :clientId, :evaluationId, :reasons, :tickets::bigint[], :currency)`,
    {
      ...{ id, settlementId: settlement.id, entityId, clientId, currency },
      ...{ evaluationId: answer.id, reasons: [...outcome.reasons], tickets: [...tickets] },
    },
  );
  await rows(
    tx,
    `insert into settlement_hold_part (hold_id, partner_id, entity_id, lines_minor, held_minor)
     select :id, key, :entityId, value::numeric, value::numeric from jsonb_each_text(:parts::jsonb)`,
    { id, entityId, parts: JSON.stringify(parts) },
  );
  return { id, suspect, personId, tickets, answer };
}

/** Of what is kept back, which `limitHolds` has said. */
async function askAbout(tx: Tx, settlement: Settlement, fresh: FreshHold): Promise<void> {
  const { id, suspect, tickets } = fresh;
  const { entityId, currency } = settlement;
  const { clientId } = suspect;
  const { outcome, hits, says } = fresh.answer.evaluation;
  const amount = formatAmount((await readHold(tx, id)).amountMinor, currency);
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
    clientId: fresh.personId,
    title: `Commission held: what a client earned partners in ${settlement.period}`,
    issue: [
      ...outcome.reasons
        .filter((code) => code !== 'DATA_MISSING')
        .map((code) => {
          const title = hits.find((hit) => hit.reason === code)?.title ?? code;
          const shared = sharedTold(suspect.facts, code);
          return { code, detail: shared === undefined ? title : `${title}: ${shared}` };
        }),
      ...says.map((detail) => ({ code: 'DATA_MISSING', detail })),
    ],
    content: {
      ...{ hold: id, settlement: settlement.id, period: settlement.period, client: clientId },
      ...{ evaluation: fresh.answer.id, reasons: [...outcome.reasons], amount, currency },
      partners: Object.fromEntries(
        (await partsOfHold(tx, id)).map(({ partnerId, heldMinor }) => [
          partnerId,
          formatAmount(heldMinor, currency),
        ]),
      ),
      tickets: [...tickets],
      shared: { ...sharedOf(suspect.facts, outcome.reasons) },
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
async function limitHolds(
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
         + coalesce((select sum(c.amount_minor) from settlement_payout c where c.carried_into = :id and c.partner_id = o.partner_id), 0)
         + coalesce((select sum(a.amount_minor) from partner_adjustment a where a.taken_into = :id and a.partner_id = o.partner_id), 0)) as minor
       from (select distinct partner_id from standing) o
     )
     update settlement_hold_part p
     set held_minor = case when :negativeCarryOver then s.lines_minor else greatest(0, least(s.lines_minor, r.minor - s.before)) end
     from standing s join room r on r.partner_id = s.partner_id where p.hold_id = s.hold_id and p.partner_id = s.partner_id`,
    { id, negativeCarryOver },
  );
}
