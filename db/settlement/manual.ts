import { createHash } from 'node:crypto';
import { newId } from '../../domain/ids';
import { formatAmount, InvalidAmount, parseAmount } from '../../domain/money';
import type { AdjustmentReason, AdjustmentState } from '../../domain/partners/adjustment';
import { conflict, malformed, notFound } from '../../domain/problem';
import { asSystem, rows, utc, type Tx } from '../connection';
import { appendEvents, canonical } from '../events';
import { newestFirst, type ListPage } from '../newest-first';
import { readPartner } from '../partners';
import { decryptEach, encryptFor } from '../personal-data';
import { openTask, recordParticipation, type Task } from '../tasks';
import { readPlanSet } from '../plan-sets';

/** What a person adds to what a partner gets, or takes off it. */
export interface Adjustment {
  readonly id: string;
  readonly entityId: string;
  readonly partnerId: string;
  readonly planSet: string;
  readonly currency: string;
  /** Below zero it is taken off. */
  readonly amountMinor: bigint;
  readonly reasonCode: string;
  /** In words; none for a partner. */
  readonly reason: string;
  readonly proposedBy: string;
  readonly state: AdjustmentState;
  readonly proposedAt: string;
  readonly decidedAt: string | null;
  /** The settlement whose payouts pay it; null before. */
  readonly takenInto: string | null;
}

interface AdjustmentRow {
  readonly id: string;
  readonly entity_id: string;
  readonly partner_id: string;
  readonly plan_set: string;
  readonly currency: string;
  readonly amount_minor: string;
  readonly reason_code: string;
  readonly reason_ct: string;
  readonly proposed_by: string;
  readonly state: AdjustmentState;
  readonly proposed_at: string;
  readonly decided_at: string | null;
  readonly taken_into: string | null;
}

const columns = `id, entity_id, partner_id, plan_set, currency, amount_minor, reason_code, reason_ct, proposed_by, state, proposed_at, decided_at,
  taken_into`;
const field = 'adjustment.reason';

/** The words are for colleagues: who is a partner reads the code. */
async function fromRows(tx: Tx, found: readonly AdjustmentRow[]): Promise<Adjustment[]> {
  const words =
    tx.scope.kind === 'partner'
      ? []
      : await asSystem(tx, (system) =>
          decryptEach(
            system,
            field,
            found.map((row) => ({ personId: row.partner_id, text: row.reason_ct })),
          ),
        );
  return found.map((row, at) => ({
    ...{ id: row.id, entityId: row.entity_id, partnerId: row.partner_id, planSet: row.plan_set },
    ...{ currency: row.currency, amountMinor: BigInt(row.amount_minor) },
    ...{ reasonCode: row.reason_code, reason: words[at] ?? '' },
    ...{ proposedBy: tx.scope.kind === 'partner' ? '' : row.proposed_by, state: row.state },
    proposedAt: utc(row.proposed_at),
    decidedAt: row.decided_at === null ? null : utc(row.decided_at),
    takenInto: row.taken_into,
  }));
}

/** Throws `not_found` (404), also for another entity's, and for a partner before it is approved. */
export async function readAdjustment(tx: Tx, id: string): Promise<Adjustment> {
  const found = await rows<AdjustmentRow>(
    tx,
    `select ${columns} from partner_adjustment where id = :id`,
    { id },
  );
  const [adjustment] = await fromRows(tx, found);
  if (!adjustment) throw notFound('adjustment');
  return adjustment;
}

/** Those that the scope may see, newest first; `after` is the id of the last one of the page before. */
export async function listAdjustments(
  tx: Tx,
  of: ListPage & {
    readonly partnerId?: string | undefined;
    readonly state?: AdjustmentState | undefined;
    readonly settlementId?: string | undefined;
  },
): Promise<Adjustment[]> {
  const found = await newestFirst<AdjustmentRow>(
    tx,
    { table: 'partner_adjustment', columns },
    { partner_id: of.partnerId, state: of.state, taken_into: of.settlementId },
    of,
  );
  return fromRows(tx, found);
}

/**
 * Proposes an adjustment in the currency of the partner's plan set; another person decides (task `partner_adjustment`). Throws 400 for an
 * amount of nothing, and 404.
 */
export async function proposeAdjustment(
  tx: Tx,
  partnerId: string,
  of: {
    /** A decimal, with a minus where it is taken off. */
    readonly amount: string;
    readonly reasonCode: AdjustmentReason;
    readonly reason: string;
  },
): Promise<Adjustment> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('partner');
  const partner = await readPartner(tx, partnerId);
  const { entityId, planSet } = partner;
  const { currency } = await readPlanSet(tx, planSet);
  const amountMinor = amountOf(of.amount, currency);
  const id = newId('partnerAdjustment');
  const told = {
    ...{ adjustment: id, amount: formatAmount(amountMinor, currency), currency },
    reasonCode: of.reasonCode,
  };
  await asSystem(tx, async (system) => {
    await rows(
      system,
      `insert into partner_adjustment (id, entity_id, partner_id, plan_set, currency, amount_minor, reason_code, reason_ct, proposed_by)
       values (:id, :entityId, :partnerId, :planSet, :currency, :amount, :reasonCode, :reason, :by)`,
      {
        ...{ id, entityId, partnerId, planSet, currency, amount: amountMinor.toString() },
        ...{ reasonCode: of.reasonCode, by: scope.userId },
        reason: await encryptFor(system, partnerId, field, of.reason),
      },
    );
    await recordParticipation(system, id, scope.userId, 'requested');
    await appendEvents(system, [
      { subject: partnerId, type: 'partner.adjustment_proposed', entityId, payload: told },
    ]);
    await openTask(system, {
      ...{ kind: 'partner_adjustment', subject: id, workflowId: null, clientId: null, entityId },
      title: 'Adjust what a partner gets',
      issue: [
        { code: of.reasonCode, detail: 'The reason in words is at the page of the partner.' },
      ],
      content: { partner: partnerId, planSet, ...told },
      excluded: [scope.userId],
      key: `partner_adjustment/${id}`,
    });
  });
  return readAdjustment(tx, id);
}

function amountOf(text: string, currency: string): bigint {
  const wrong = (detail: string) =>
    malformed('This is no amount to adjust by.', [{ pointer: '/body/amount', detail }]);
  try {
    const amountMinor = parseAmount(text, currency);
    if (amountMinor === 0n) throw wrong('is zero');
    return amountMinor;
  } catch (error) {
    if (error instanceof InvalidAmount) throw wrong(error.message);
    throw error;
  }
}

/** What a person has decided, in the deciding transaction; the next settlement that is computed pays it. */
export async function settleAdjustment(tx: Tx, task: Task): Promise<void> {
  const state = task.decision === 'approve' ? 'approved' : 'rejected';
  await asSystem(tx, async (system) => {
    const decided = await rows(
      system,
      `update partner_adjustment set state = :state, decided_at = clock_timestamp() where id = :id and state = 'proposed' returning 1`,
      { id: task.subject, state },
    );
    if (decided.length === 0)
      throw conflict('adjustment_decided', 'This adjustment is decided already.');
    const { partnerId, entityId, ...of } = await readAdjustment(system, task.subject);
    const payload = {
      ...{ adjustment: of.id, amount: formatAmount(of.amountMinor, of.currency) },
      ...{ currency: of.currency, reasonCode: of.reasonCode },
    };
    await appendEvents(system, [
      { subject: partnerId, type: `partner.adjustment_${state}`, entityId, payload },
    ]);
  });
}

/**
 * Reserves for a settlement's payouts what is approved and no other settlement of the plan set pays. Called again, it begins anew.
 */
export async function takeAdjustments(
  tx: Tx,
  { id, planSet }: { readonly id: string; readonly planSet: string },
): Promise<void> {
  await letGoAdjustments(tx, id);
  await rows(
    tx,
    `update partner_adjustment set taken_into = :id where plan_set = :planSet and state = 'approved' and taken_into is null`,
    { id, planSet },
  );
}

/** What a settlement that is rejected would have paid goes to the next one. */
export async function letGoAdjustments(tx: Tx, settlementId: string): Promise<void> {
  await rows(tx, 'update partner_adjustment set taken_into = null where taken_into = :id', {
    id: settlementId,
  });
}

/** The hashes of a run with the adjustments that the settlement has taken in: without any, those of the run. */
export async function withAdjustments<
  R extends { readonly inputHash: string; readonly resultHash: string },
>(tx: Tx, settlementId: string, result: R): Promise<R> {
  const taken = await rows<{ id: string; partner: string; amount: string; reason: string }>(
    tx,
    `select id, partner_id as partner, amount_minor::text as amount, reason_code as reason from partner_adjustment
     where taken_into = :settlementId order by id collate "C"`,
    { settlementId },
  );
  if (taken.length === 0) return result;
  const hash = (of: string) =>
    createHash('sha256')
      .update(canonical({ of, adjustments: taken.map((each) => ({ ...each })) }))
      .digest('hex');
  return { ...result, inputHash: hash(result.inputHash), resultHash: hash(result.resultHash) };
}
