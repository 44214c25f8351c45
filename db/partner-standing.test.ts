import type { Scope } from '../domain/access/scope';
import { permissionsOf } from '../domain/access/roles';
import type { Scratch } from '../tests/proofs/scratch';
import { entityId } from '../tests/settlement/book';
import { manager, openSettlementScratch, partnerScope, stranger } from '../tests/settlement/people';
import { inScope, rows, type Tx } from './connection';
import { eventsOfSubject } from './events';
import {
  mayEnter,
  presentStanding,
  proposeEnding,
  reinstatePartner,
  standingsOf,
  suspendPartner,
} from './partner-standing';
import { createPartner, createReferralLink, readPartner } from './partners';
import { createPlanSet } from './plan-sets';
import { decide } from './task-decisions';
import { claimTask } from './task-inbox';
import { latestTask, type Task } from './tasks';

const approver = (number: number): Scope & { kind: 'staff' } => ({
  kind: 'staff',
  actor: `user:usr_f${number}`,
  userId: `usr_f${number}`,
  entities: [entityId],
  roles: ['finance'],
  permissions: permissionsOf(['finance']),
  restricted: false,
});

const because = { reasonCode: 'other', reason: 'told on the telephone' };

describe('the standing of partners', () => {
  let scratch: Scratch;
  let ids: { root: string; sub: string; leaf: string };

  beforeEach(async () => {
    scratch = await openSettlementScratch();
    ids = await as(manager, async (tx) => {
      const { id: planSet } = await createPlanSet(tx, { entityId, name: 'P', currency: 'USD' });
      const make = (name: string, parentId?: string) =>
        createPartner(tx, {
          ...{ planSet, name, email: `${name}@x.example` },
          ...(parentId === undefined ? {} : { parentId }),
        });
      const root = await make('root');
      const sub = await make('sub', root.id);
      const leaf = await make('leaf', sub.id);
      return { root: root.id, sub: sub.id, leaf: leaf.id };
    });
  }, 60_000);

  afterEach(() => scratch.close());

  const as = <T>(scope: Scope, work: (tx: Tx) => Promise<T>) => inScope(scratch.db, scope, work);
  const read = (id: string) => as(manager, (tx) => readPartner(tx, id));
  const suspend = (id: string, expectedVersion = 1, reasonCode = 'complaint') =>
    as(manager, (tx) => suspendPartner(tx, id, { ...because, reasonCode, expectedVersion }));
  const told = (state: 'terminated' | 'deceased', reasonCode: string, expectedVersion = 1) =>
    as(manager, (tx) =>
      proposeEnding(tx, ids.sub, { state, reasonCode, reason: 'told', expectedVersion }),
    );
  const taskOf = async (kind: 'partner_ending' | 'partner_estate'): Promise<Task> => {
    const task = await scratch.asSystem((tx) => latestTask(tx, ids.sub, kind));
    if (!task) throw new Error('no task');
    return task;
  };
  async function decideAs(number: number, task: Task, decision: string): Promise<void> {
    const scope = approver(number);
    await as(scope, async (tx) => {
      await claimTask(tx, task.id);
      const { version, contentHash } = await taskOf(
        task.kind === 'partner_estate' ? task.kind : 'partner_ending',
      );
      await decide(tx, {
        ...{ taskId: task.id, decision, reason: 'papers seen', note: '' },
        ...{ expectedVersion: version, contentHash },
      });
    });
  }
  const plan = (ending: object) =>
    scratch.asSystem(async (tx) => {
      const [{ body } = { body: '' }] = await rows<{ body: unknown }>(
        tx,
        `select body from policy_version where kind = 'partner.plan' and layer = 'base'`,
      );
      const { plan: shipped } = (body as { parameters: { plan: object } }).parameters;
      const change = { target: 'parameter', mode: 'override', name: 'plan', reason: 'offer' };
      const value = { ...shipped, ending };
      await rows(
        tx,
        `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
         values ('pol_ending', 'partner.plan', 'entity', :entityId, 1, :body, '', 'published', array['a'], 'b', '2026-01-01T00:00:00Z')`,
        { entityId, body: JSON.stringify({ title: 'Own', changes: [{ ...change, value }] }) },
      );
    });

  it('is kept with since when and why, and told of with before and after', async () => {
    expect(await suspend(ids.sub)).toMatchObject({ state: 'suspended', version: 2 });
    await expect(suspend(ids.sub)).rejects.toMatchObject({ code: 'stale' });
    await expect(suspend(ids.sub, 2)).rejects.toMatchObject({ code: 'other_state' });
    await as(manager, (tx) =>
      reinstatePartner(tx, ids.sub, { ...because, reasonCode: 'looked_into', expectedVersion: 2 }),
    );
    const kept = await as(manager, (tx) => standingsOf(tx, ids.sub));
    expect(kept.map(({ state, reasonCode }) => [state, reasonCode])).toEqual([
      ['active', 'looked_into'],
      ['suspended', 'complaint'],
    ]);
    expect(kept[1]?.to).toBe(kept[0]?.from);
    const events = await scratch.asSystem((tx) => eventsOfSubject(tx, ids.sub));
    const [event] = events.filter(({ type }) => type === 'partner.suspended');
    const payload = String(event?.payload);
    expect(JSON.parse(payload)).toMatchObject({
      reasonCode: 'complaint',
      change: { state: { before: 'active', after: 'suspended' } },
    });
    expect(payload).not.toContain('telephone');
  });

  it('takes the reasons of its state alone, and is no business of other entities', async () => {
    await expect(suspend(ids.sub, 1, 'death_certificate')).rejects.toMatchObject({ status: 400 });
    await expect(told('deceased', 'breach')).rejects.toMatchObject({ status: 400 });
    await expect(
      as(stranger, (tx) => suspendPartner(tx, ids.sub, { ...because, expectedVersion: 1 })),
    ).rejects.toMatchObject({ status: 404 });
  });

  it('stays as it was: nobody rewrites what has ended', async () => {
    await told('terminated', 'breach');
    await decideAs(1, await taskOf('partner_ending'), 'approve');
    const rewrite = (change: string) =>
      scratch.asSystem((tx) => rows(tx, `update partner_standing set ${change}`));
    await expect(rewrite(`to_at = now() + interval '1 day'`)).rejects.toThrow(/P0001/);
    await expect(rewrite(`from_at = from_at - interval '1 day'`)).rejects.toThrow(/P0001/);
    await expect(
      as(manager, (tx) => suspendPartner(tx, ids.sub, { ...because, expectedVersion: 3 })),
    ).rejects.toMatchObject({ status: 409 });
  });

  it('ends when another person says so, and those below go to the one above from then on', async () => {
    expect(await told('terminated', 'own_wish')).toMatchObject({ state: 'active' });
    await expect(told('terminated', 'own_wish')).rejects.toMatchObject({ code: 'ending_proposed' });
    const task = await taskOf('partner_ending');
    expect(task.excluded).toContain('usr_manager');
    await decideAs(1, task, 'approve');
    expect(await read(ids.sub)).toMatchObject({ state: 'terminated', parentId: ids.root });
    expect(await read(ids.leaf)).toMatchObject({ parentId: ids.root, level: 2 });
    const places = await scratch.asSystem((tx) =>
      rows(
        tx,
        `select parent_id from partner_place where partner_id = :leaf order by from_at`,
        ids,
      ),
    );
    expect(places).toEqual([{ parent_id: ids.sub }, { parent_id: ids.root }]);
    const present = await as(manager, (tx) => presentStanding(tx, ids.sub));
    expect(present).toMatchObject({ state: 'terminated', unpaid: 'pay', links: false });
    expect(Date.parse(present.accessUntil ?? '')).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    expect(await scratch.asSystem((tx) => mayEnter(tx, ids.sub))).toBe(true);
    await expect(
      as(partnerScope(ids.sub, [ids.sub]), (tx) => createReferralLink(tx, { partnerId: ids.sub })),
    ).rejects.toMatchObject({ code: 'partner_not_active' });
  });

  it('does not end when the other person does not want it', async () => {
    await told('terminated', 'own_wish');
    await decideAs(1, await taskOf('partner_ending'), 'reject');
    expect(await read(ids.sub)).toMatchObject({ state: 'active', version: 1 });
    expect(await read(ids.leaf)).toMatchObject({ parentId: ids.sub });
    // Asked for once more, it is a question of its own.
    await told('terminated', 'breach');
    expect(await taskOf('partner_ending')).toMatchObject({
      ...{ state: 'open', content: { reasonCode: 'breach' } },
    });
  });

  it('goes by the plan: what is unpaid, who is below, how long the portal is open', async () => {
    await plan({ suspendedLinks: 'attribute', unpaid: 'forfeit', below: 'house', accessDays: 0 });
    await suspend(ids.root);
    expect(await as(manager, (tx) => presentStanding(tx, ids.root))).toMatchObject({ links: true });
    await told('terminated', 'breach');
    await decideAs(1, await taskOf('partner_ending'), 'approve');
    expect(await read(ids.leaf)).toMatchObject({ parentId: null, level: 1 });
    expect(await as(manager, (tx) => presentStanding(tx, ids.sub))).toMatchObject({
      unpaid: 'forfeit',
    });
    expect(await scratch.asSystem((tx) => mayEnter(tx, ids.sub))).toBe(false);
    expect(await scratch.asSystem((tx) => mayEnter(tx, ids.root))).toBe(true);
  });

  it('moves those below to one above who is suspended, too', async () => {
    await suspend(ids.root);
    await told('terminated', 'breach');
    await decideAs(1, await taskOf('partner_ending'), 'approve');
    expect(await read(ids.leaf)).toMatchObject({ parentId: ids.root });
  });

  it('of a dead partner: suspended at once, then held for the estate until a third person says', async () => {
    expect(await told('deceased', 'told_by_heirs')).toMatchObject({ state: 'suspended' });
    await expect(
      as(manager, (tx) => reinstatePartner(tx, ids.sub, { ...because, expectedVersion: 2 })),
    ).rejects.toMatchObject({ code: 'ending_proposed' });
    await decideAs(1, await taskOf('partner_ending'), 'approve');
    expect(await as(manager, (tx) => presentStanding(tx, ids.sub))).toMatchObject({
      ...{ state: 'deceased', unpaid: 'hold' },
    });
    expect(await scratch.asSystem((tx) => mayEnter(tx, ids.sub))).toBe(false);
    const estate = await taskOf('partner_estate');
    expect(estate.issue.map(({ code }) => code)).toContain('HEIRS_PROVEN');
    // Whoever believed the death does not decide about its money.
    await expect(decideAs(1, estate, 'pay_estate')).rejects.toMatchObject({ code: 'four_eyes' });
    await decideAs(2, estate, 'pay_estate');
    expect(await as(manager, (tx) => presentStanding(tx, ids.sub))).toMatchObject({
      unpaid: 'pay',
    });
  });
});
