import type { PartnerPlan } from '../../domain/partners/plan';
import { rows, type Tx } from '../connection';
import {
  beginRun,
  conversions,
  dealsOfClients,
  depositsOfClients,
  type GivenRate,
  ofAll,
  piecesOfClients,
  type RunScope,
} from './engine';
import { engineVersion } from './engine-version';
import { fillChangedMembers } from './inputs.sql';
import {
  changeAll,
  changeDepositors,
  dropChangedFigures,
  dropFigures,
  keepChanged,
  keepFigures,
  leaveUnchangedDeposits,
  readBasis,
  takeChanges,
  takeKept,
  wantKept,
} from './month.sql';

/** How much of a month was computed. */
export interface MonthRefresh {
  /** Clients whose own part was computed again. */
  readonly clients: number;
  /** Whether what the others come to was computed again as well: tiers, caps of a partner, rates that moved. */
  readonly isWhole: boolean;
}

/**
 * Brings the figures of a plan set's month up to what is recorded now, in the caller's transaction under the system's scope:
 * the settlement's own SQL over the clients of whom something changed, tiers and caps last. They are those that
 * computing the whole month would give.
 */
export async function refreshMonth(tx: Tx, scope: RunScope): Promise<MonthRefresh> {
  const { planSet, plans } = scope;
  // Nobody waits for a month that is being computed: its figures come with the other's commit.
  const [lock] = await rows<{ is_free: boolean }>(
    tx,
    `select pg_try_advisory_xact_lock(hashtext('month/' || :planSet)) as is_free`,
    { planSet },
  );
  if (!lock?.is_free) return { clients: 0, isWhole: false };
  await rows(
    tx,
    'insert into month_run (plan_set, entity_id) values (:planSet, :entityId) on conflict do nothing',
    { planSet, entityId: scope.entityId },
  );
  const [kept] = await rows<{ basis: string; conversions: readonly Conversion[] }>(
    tx,
    'select basis, conversions from month_run where plan_set = :planSet',
    { planSet },
  );
  if (!kept) throw new Error('it was put there just now');
  await beginRun(tx, scope);
  const [{ basis } = { basis: '' }] = await rows<{ basis: string }>(tx, readBasis, {
    engineVersion,
  });
  const isAnew = basis !== kept.basis;
  await rows(tx, takeChanges, { planSet });
  if (isAnew) await rows(tx, changeAll, { planSet });
  else await rows(tx, wantKept, { planSet });
  await tx.sql.raw(
    [
      'analyze run_changed',
      ...dealsOfClients(fillChangedMembers),
      ...depositsOfClients(plans),
      ...conversions,
    ].join(';\n'),
  );
  const rates = await readConversions(tx);
  const hasMoved = JSON.stringify(rates) !== JSON.stringify(kept.conversions);
  const asksCpa = plans.some(({ plan }) => plan.cpa !== null);
  await tx.sql.raw(
    [
      ...(hasMoved && asksCpa && !isAnew
        ? [changeDepositors, ...dealsOfClients(fillChangedMembers)]
        : []),
      leaveUnchangedDeposits,
      ...piecesOfClients(plans),
    ].join(';\n'),
  );
  if (isAnew) {
    await rows(tx, 'delete from month_piece where plan_set = :planSet', { planSet });
    await rows(tx, 'delete from month_cpa where plan_set = :planSet', { planSet });
  }
  for (const statement of keepChanged) await rows(tx, statement, { planSet });
  const isWhole = isAnew || hasMoved || plans.some(({ plan }) => dependsOnOthers(plan));
  if (isWhole) for (const statement of takeKept) await rows(tx, statement, { planSet });
  await tx.sql.raw(['analyze run_piece', ...ofAll(plans)].join(';\n'));
  await rows(tx, isWhole ? dropFigures : dropChangedFigures, { planSet });
  await rows(tx, keepFigures);
  await rows(
    tx,
    'update month_run set basis = :basis, conversions = :conversions, until_at = now() where plan_set = :planSet',
    { planSet, basis, conversions: JSON.stringify(rates) },
  );
  const [changed] = await rows<{ n: string }>(tx, 'select count(*) as n from run_changed');
  return { clients: Number(changed?.n ?? 0), isWhole };
}

/** Whether what one client does changes what a partner gets for another. */
function dependsOnOthers({ tiers, caps, volumeBonus }: PartnerPlan): boolean {
  return tiers !== null || volumeBonus !== null || caps.perPeriod !== null;
}

type Conversion = Pick<GivenRate, 'from' | 'rate'>;

/** Without the deals that they come from: a later one with the same rate changes nothing. */
async function readConversions(tx: Tx): Promise<Conversion[]> {
  return rows<Conversion>(
    tx,
    `select from_code as "from", trim_scale(rate)::text as rate from run_conversion order by from_code collate "C"`,
  );
}
