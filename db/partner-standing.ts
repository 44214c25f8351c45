import type { PartnerEnding } from '../domain/partners/plan';
import { parsePartnerPlan } from '../domain/partners/plan.schema';
import {
  type EndedState,
  isEnded,
  type PartnerState,
  type StandingReason,
  standingReasons,
  type UnpaidRule,
} from '../domain/partners/standing';
import { conflict, malformed, notFound } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { listPartners, lockNetwork, movePartner, type Partner, readPartner } from './partners';
import { effectivePolicy } from './policies';
import { latestTask, openTask, recordParticipation, type Task } from './tasks';

/** How a partner stands, or stood, from a moment to a moment. */
export interface Standing {
  readonly state: PartnerState;
  readonly reasonCode: string;
  readonly from: string;
  /** Null: still. */
  readonly to: string | null;
  readonly links: boolean;
  readonly unpaid: UnpaidRule;
  readonly accessUntil: string | null;
}

/** Somebody's wish, with the code that stands for its reason and the words that only colleagues read. */
export interface StandingChange {
  readonly reasonCode: string;
  readonly reason: string;
  readonly expectedVersion: number;
}

/** How a partner that the scope may see stood so far, the last first, at most 200; nothing where it was never but active. */
export async function standingsOf(tx: Tx, partnerId: string): Promise<Standing[]> {
  const found = await rows<{
    state: PartnerState;
    reason_code: string;
    from_at: string;
    to_at: string | null;
    links: boolean;
    unpaid: UnpaidRule;
    access_until: string | null;
  }>(
    tx,
    `select state, reason_code, from_at, to_at, links, unpaid, access_until from partner_standing
     where partner_id = :partnerId order by from_at desc limit 200`,
    { partnerId },
  );
  return found.map((row) => ({
    ...{ state: row.state, reasonCode: row.reason_code, links: row.links, unpaid: row.unpaid },
    from: utc(row.from_at),
    to: row.to_at === null ? null : utc(row.to_at),
    accessUntil: row.access_until === null ? null : utc(row.access_until),
  }));
}

/** How a partner stands now; one that never was but active has no row. */
export async function presentStanding(
  tx: Tx,
  partnerId: string,
): Promise<Pick<Standing, 'state' | 'links' | 'unpaid' | 'accessUntil'>> {
  const [present] = await standingsOf(tx, partnerId);
  return present ?? { state: 'active', links: true, unpaid: 'pay', accessUntil: null };
}

/** Whether the log-in of a partner is still open: for good while the agreement lasts, suspended or not. */
export async function mayEnter(tx: Tx, partnerId: string): Promise<boolean> {
  const [row] = await rows<{ may: boolean }>(
    tx,
    `select coalesce(access_until > now(), true) as may from partner_standing where partner_id = :partnerId and to_at is null`,
    { partnerId },
  );
  return row?.may ?? true;
}

/**
 * Suspends an active partner: what it earns is computed and not paid. Throws 400 for a code that is none, 404, and 409
 * `stale` or `other_state`.
 */
export async function suspendPartner(tx: Tx, id: string, change: StandingChange): Promise<Partner> {
  return changeStanding(tx, id, { ...change, from: ['active'], to: 'suspended' });
}

/** Lifts a suspension: what was not paid goes with the next payout. Throws as `suspendPartner`. */
export async function reinstatePartner(
  tx: Tx,
  id: string,
  change: StandingChange,
): Promise<Partner> {
  const waiting = await asSystem(tx, (system) => latestTask(system, id, 'partner_ending'));
  if (waiting?.state === 'open')
    throw conflict('ending_proposed', 'Somebody is to decide whether the agreement ends.');
  return changeStanding(tx, id, { ...change, from: ['suspended'], to: 'active' });
}

/**
 * Asks for the end of a partner's agreement, or tells of the partner's death; another person decides (task `partner_ending`).
 * Of whom a death is told is suspended at once. Throws as `suspendPartner`, and 409 `ending_proposed`.
 */
export async function proposeEnding(
  tx: Tx,
  id: string,
  change: StandingChange & { readonly state: EndedState },
): Promise<Partner> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('partner');
  assertReason(change.state, change.reasonCode);
  const present = await lockPartner(tx, id, change.expectedVersion);
  if (isEnded(present.state)) throw otherState(present);
  const before = await asSystem(tx, (system) => latestTask(system, id, 'partner_ending'));
  if (before?.state === 'open')
    throw conflict('ending_proposed', 'Somebody is to decide whether the agreement ends.');
  const partner =
    change.state === 'deceased' && present.state === 'active'
      ? await suspendPartner(tx, id, { ...change, reasonCode: 'death_told' })
      : present;
  return asSystem(tx, async (system) => {
    const rule = await endingRule(system, partner.entityId);
    await recordParticipation(system, id, scope.userId, 'requested');
    await appendEvents(system, [
      {
        ...{ subject: id, type: 'partner.ending_proposed', entityId: partner.entityId },
        ...{
          clientId: partner.clientId,
          payload: { state: change.state, reasonCode: change.reasonCode },
        },
        personal: { personId: id, data: { reason: change.reason } },
      },
    ]);
    await openTask(system, {
      ...{ kind: 'partner_ending', subject: id, workflowId: null, clientId: null },
      entityId: partner.entityId,
      title:
        change.state === 'deceased' ? 'A partner is said to be dead' : 'End a partner’s agreement',
      issue: [{ code: `PARTNER_${change.state.toUpperCase()}`, detail: change.reasonCode }],
      content: {
        ...{ partner: id, state: change.state, reasonCode: change.reasonCode },
        unpaid: change.state === 'deceased' ? 'hold' : rule.unpaid,
        below: rule.below,
        accessDays: change.state === 'deceased' ? 0 : rule.accessDays,
        partnersBelow: (await listPartners(system, { parentId: id, limit: 200 })).length,
      },
      excluded: [scope.userId],
      key: `partner_ending/${id}/${before?.id ?? 'first'}`,
    });
    return partner;
  });
}

/** What a person has decided about the end of an agreement, in the deciding transaction. */
export async function settleEnding(tx: Tx, task: Task): Promise<void> {
  if (task.decision !== 'approve') return;
  const { state, reasonCode, unpaid, below, accessDays } = task.content;
  if (state !== 'terminated' && state !== 'deceased')
    throw new Error(`no ending: ${String(state)}`);
  await asSystem(tx, async (system) => {
    const { subject: id } = task;
    // The network before the partner, as whoever moves one does.
    await lockNetwork(system, (await readPartner(system, id)).planSet, 'alone');
    const partner = await lockPartner(system, id);
    const ended = await changeStanding(system, id, {
      ...{ reasonCode: String(reasonCode), expectedVersion: partner.version },
      ...{ from: ['active', 'suspended'], to: state },
      rule: {
        unpaid: unpaid === 'pay' || unpaid === 'forfeit' ? unpaid : 'hold',
        accessDays: Number(accessDays),
      },
    });
    await placeThoseBelow(system, ended, below === 'house' ? null : ended.parentId);
    if (state === 'deceased') await askAboutEstate(system, ended);
  });
}

/** The partners right below go with everybody below them; what was dealt before keeps its network. */
async function placeThoseBelow(tx: Tx, partner: Partner, parentId: string | null): Promise<void> {
  for (;;) {
    const children = await listPartners(tx, { parentId: partner.id, limit: 200 });
    if (children.length === 0) return;
    for (const child of children)
      await movePartner(tx, child.id, {
        ...{ parentId, reason: `The agreement of ${partner.id} has ended.` },
        ...{ expectedVersion: child.version, mayBeSuspended: true },
      });
  }
}

function askAboutEstate(tx: Tx, partner: Partner): Promise<Task> {
  return openTask(tx, {
    ...{ kind: 'partner_estate', subject: partner.id, workflowId: null, clientId: null },
    entityId: partner.entityId,
    title: 'What a dead partner had earned',
    issue: estateChecklist.map(([code, detail]) => ({ code, detail })),
    content: { partner: partner.id, checklist: estateChecklist.map(([, detail]) => detail) },
    key: `partner_estate/${partner.id}`,
  });
}

/** What is to be in hand before anything is paid to an estate. */
const estateChecklist = [
  ['DEATH_CERTIFICATE', 'The certificate of death is on file.'],
  [
    'HEIRS_PROVEN',
    'A grant of probate or certificate of inheritance names who acts for the estate.',
  ],
  ['HEIRS_SCREENED', 'Whoever acts for the estate is identified and screened.'],
  ['WALLET_CHECKED', 'The wallet that is paid into can be reached by the estate alone.'],
  ['NETWORK_TOLD', 'The partners below know to whom they belong now.'],
] as const;

/** The estate is paid with the next payout, or never. */
export async function settleEstate(tx: Tx, task: Task): Promise<void> {
  await asSystem(tx, async (system) => {
    const { subject: id } = task;
    const partner = await lockPartner(system, id);
    const unpaid: UnpaidRule = task.decision === 'pay_estate' ? 'pay' : 'forfeit';
    await rows(
      system,
      'update partner_standing set unpaid = :unpaid where partner_id = :id and to_at is null',
      { id, unpaid },
    );
    await appendEvents(system, [
      {
        ...{ subject: id, type: 'partner.estate_decided', entityId: partner.entityId },
        ...{ clientId: partner.clientId, payload: {} },
        change: { before: { unpaid: 'hold' }, after: { unpaid } },
      },
    ]);
  });
}

interface Change extends Omit<StandingChange, 'reason'> {
  /** Left out where it was told with the proposal. */
  readonly reason?: string;
  readonly from: readonly PartnerState[];
  readonly to: PartnerState;
  readonly rule?: Pick<PartnerEnding, 'accessDays'> & { readonly unpaid: UnpaidRule };
}

async function changeStanding(tx: Tx, id: string, change: Change): Promise<Partner> {
  assertReason(change.to, change.reasonCode);
  const present = await lockPartner(tx, id, change.expectedVersion);
  if (!change.from.includes(present.state)) throw otherState(present);
  return asSystem(tx, async (system) => {
    const before = await presentStanding(system, id);
    const { suspendedLinks } = await endingRule(system, present.entityId);
    // Later than any before, whatever the clock says.
    await rows(
      system,
      `with closed as (
         update partner_standing set to_at = greatest(now(), from_at + interval '1 microsecond') where partner_id = :id and to_at is null returning to_at
       )
       insert into partner_standing (partner_id, entity_id, state, reason_code, from_at, links, unpaid, access_until)
       select :id, :entityId, :state, :reasonCode, coalesce((select to_at from closed), now()), :links, :unpaid,
         now() + :accessDays::int * interval '1 day'`,
      {
        ...{ id, entityId: present.entityId, state: change.to, reasonCode: change.reasonCode },
        links:
          change.to === 'active' || (change.to === 'suspended' && suspendedLinks === 'attribute'),
        unpaid: change.rule?.unpaid ?? 'pay',
        accessDays: change.rule?.accessDays ?? null,
      },
    );
    await rows(system, 'update partner set state = :state, version = version + 1 where id = :id', {
      id,
      state: change.to,
    });
    const after = await presentStanding(system, id);
    await appendEvents(system, [
      {
        ...{ subject: id, type: `partner.${change.to}`, entityId: present.entityId },
        clientId: present.clientId,
        payload: { reasonCode: change.reasonCode },
        change: { before: toldOf(before), after: toldOf(after) },
        ...(change.reason === undefined
          ? {}
          : { personal: { personId: id, data: { reason: change.reason } } }),
      },
    ]);
    return readPartner(system, id);
  });
}

function toldOf({
  state,
  links,
  unpaid,
  accessUntil,
}: Awaited<ReturnType<typeof presentStanding>>) {
  return { state, links, unpaid, accessUntil };
}

/** Throws 404, and 409 `stale` with the present version. */
async function lockPartner(tx: Tx, id: string, expectedVersion?: number): Promise<Partner> {
  await readPartner(tx, id);
  await asSystem(tx, (system) =>
    rows(system, 'select 1 from partner where id = :id for update', { id }),
  );
  const present = await readPartner(tx, id);
  if (expectedVersion !== undefined && present.version !== expectedVersion)
    throw conflict('stale', 'The partner has been changed since you opened it.', {
      version: present.version,
    });
  return present;
}

function assertReason(state: PartnerState, code: string): asserts code is StandingReason {
  const codes: readonly string[] = standingReasons[state];
  if (codes.includes(code)) return;
  const detail = `is one of ${codes.join(', ')}`;
  throw malformed('This is no reason for it.', [{ pointer: '/body/reasonCode', detail }]);
}

function otherState({ state }: Partner) {
  return conflict('other_state', `The partner is ${state}.`, { state });
}

/** By the plan in force now. */
async function endingRule(tx: Tx, entityId: string): Promise<PartnerEnding> {
  const { compiled } = await effectivePolicy(tx, 'partner.plan', { entityId });
  return parsePartnerPlan(compiled.effective.parameters.plan).ending;
}
