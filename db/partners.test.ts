import { setTimeout } from 'node:timers/promises';
import type { Scope } from '../domain/access/scope';
import type { Scratch } from '../tests/proofs/scratch';
import { entityId } from '../tests/settlement/book';
import { manager, openSettlementScratch, partnerScope, stranger } from '../tests/settlement/people';
import { attributeClient, attributionsOf } from './attributions';
import { inScope, rows, type Tx } from './connection';
import {
  createPartner,
  movePartner,
  createReferralLink,
  listPartners,
  partnerName,
  referralLinks,
} from './partners';
import { createPlanSet } from './plan-sets';
import { moveSettlement, startSettlement } from './settlement/settlements';

describe('partners and their clients', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await openSettlementScratch();
  }, 60_000);

  afterEach(() => scratch.close());

  const as = <T>(scope: Scope, work: (tx: Tx) => Promise<T>) => inScope(scratch.db, scope, work);
  const network = () =>
    as(manager, async (tx) => {
      const { id: planSet } = await createPlanSet(tx, { entityId, name: 'P', currency: 'USD' });
      const root = await createPartner(tx, { planSet, name: 'Root One', email: 'r@x.example' });
      const sub = await createPartner(tx, {
        planSet,
        name: 'Sub Two',
        email: 's@x.example',
        parentId: root.id,
      });
      await rows(
        tx,
        `insert into client (id, entity_id, residence, state, currency) values ('cl_1', :entityId, 'SC', 'active', 'USD')`,
        { entityId },
      );
      return { planSet, root, sub };
    });

  it('are made with a level, a log-in and a letter', async () => {
    const { root, sub, planSet } = await network();
    expect([root.level, sub.level, sub.parentId]).toEqual([1, 2, root.id]);
    expect(await as(manager, (tx) => partnerName(tx, sub.id))).toBe('Sub Two');
    await scratch.asSystem(async (tx) => {
      expect(
        await rows(tx, `select state from user_account where partner_id = :id`, { id: sub.id }),
      ).toEqual([{ state: 'invited' }]);
      expect(await rows(tx, 'select kind from mail')).toHaveLength(2);
    });
    await expect(
      as(manager, (tx) => createPartner(tx, { planSet, name: 'Twin', email: 'R@x.example' })),
    ).rejects.toMatchObject({ code: 'email_taken' });
    expect(await as(stranger, (tx) => listPartners(tx, { limit: 10 }))).toEqual([]);
  });

  it('have links with a code of their own', async () => {
    const { sub } = await network();
    const link = await as(manager, (tx) =>
      createReferralLink(tx, { partnerId: sub.id, name: 'Spring fair' }),
    );
    await expect(
      as(manager, (tx) => createReferralLink(tx, { partnerId: sub.id, code: link.code })),
    ).rejects.toMatchObject({ code: 'code_taken' });
    expect(
      await as(partnerScope(sub.id, [sub.id]), (tx) => referralLinks(tx, sub.id)),
    ).toMatchObject([{ code: link.code, name: 'Spring fair', clicks: 0, clients: 0 }]);
  });

  it('keep the past when a client moves', async () => {
    const { root, sub } = await network();
    const give = (partnerId: string, from?: string) =>
      as(manager, (tx) =>
        attributeClient(tx, {
          clientId: 'cl_1',
          partnerId,
          reason: 'asked',
          ...(from === undefined ? {} : { from }),
        }),
      );
    await give(sub.id, '2026-10-01T00:00:00Z');
    await expect(give(root.id, '2026-10-05T00:00:00Z')).rejects.toMatchObject({
      code: 'move_in_past',
    });
    await expect(give(sub.id)).rejects.toMatchObject({ code: 'already_attributed' });
    await expect(give(root.id, '2999-01-01T00:00:00Z')).rejects.toMatchObject({
      code: 'in_future',
    });
    await give(root.id);
    // A claim for the time before anybody had the client lasts until somebody had.
    await give(root.id, '2026-09-01T00:00:00Z');
    const found = await as(manager, (tx) => attributionsOf(tx, 'cl_1'));
    expect(found.map(({ partnerId }) => partnerId)).toEqual([root.id, sub.id, root.id]);
    expect(found.map(({ to }) => to)).toEqual([found[1]?.from, found[2]?.from, null]);
  });

  it('cannot claim time that is part of a settlement', async () => {
    const { sub, planSet } = await network();
    await scratch.asSystem(async (tx) => {
      const { settlement } = await startSettlement(tx, { planSet, period: '2026-10' });
      await moveSettlement(tx, settlement, { from: ['waiting_for_feed'], to: 'computing' });
    });
    await expect(
      as(manager, (tx) =>
        attributeClient(tx, {
          clientId: 'cl_1',
          partnerId: sub.id,
          from: '2026-10-20T00:00:00Z',
          reason: 'late',
        }),
      ),
    ).rejects.toMatchObject({ code: 'period_settled' });
  });

  describe('that move in the network', () => {
    const move = (id: string, parentId: string | null, expectedVersion = 1) =>
      as(manager, (tx) => movePartner(tx, id, { parentId, reason: 'agreed', expectedVersion }));
    const chain = async (length: number) => {
      const { planSet, root, sub } = await network();
      const ids = [root.id, sub.id];
      for (let n = ids.length; n < length; n += 1) {
        const parentId = ids.at(-1) ?? '';
        const made = await as(manager, (tx) =>
          createPartner(tx, { planSet, name: `P${n}`, email: `p${n}@x.example`, parentId }),
        );
        ids.push(made.id);
      }
      return { planSet, ids };
    };
    const places = () =>
      scratch.asSystem(async (tx) => {
        const found = await rows<{ place: string }>(
          tx,
          `select partner_id || ' ' || coalesce(parent_id, '-') || ' ' || level || case when to_at is null then '' else ' ended' end as place
           from partner_place order by from_at, level, to_at`,
        );
        return found.map(({ place }) => place);
      });

    it('take everybody below along, from now on, and keep where they stood', async () => {
      const { planSet, ids } = await chain(4);
      const [top = '', second = '', third = '', fourth = ''] = ids;
      const other = await as(manager, (tx) =>
        createPartner(tx, { planSet, name: 'Other', email: 'o@x.example' }),
      );
      expect(await move(third, other.id)).toMatchObject({
        parentId: other.id,
        level: 2,
        version: 2,
      });
      const levels = (await as(manager, (tx) => listPartners(tx, { planSet, limit: 9 }))).map(
        ({ id, parentId, level }) => [id, parentId, level],
      );
      expect(levels).toEqual([
        [other.id, null, 1],
        [fourth, third, 3],
        [third, other.id, 2],
        [second, top, 2],
        [top, null, 1],
      ]);
      const kept = await places();
      expect(kept).toContain(`${third} ${second} 3 ended`);
      expect(kept).toContain(`${fourth} ${third} 4 ended`);
      expect(kept.slice(-2)).toEqual([`${third} ${other.id} 2`, `${fourth} ${third} 3`]);
    });

    it('are told of with before and after, and why to those who may', async () => {
      const { ids } = await chain(2);
      await move(ids[1] ?? '', null);
      const [told] = await scratch.asSystem((tx) =>
        rows<{ payload: string }>(tx, `select payload from event where type = 'partner.moved'`),
      );
      expect(JSON.parse(told?.payload ?? '{}')).toMatchObject({
        before: ids[0],
        after: null,
        level: 1,
      });
      expect(told?.payload).not.toContain('agreed');
    });

    it('never come below themselves, too deep, or to where they are', async () => {
      const { planSet, ids } = await chain(10);
      const [top = '', second = ''] = ids;
      const bottom = ids.at(-1) ?? '';
      const other = await as(manager, (tx) =>
        createPartner(tx, { planSet, name: 'Other', email: 'o@x.example' }),
      );
      await expect(move(top, bottom)).rejects.toMatchObject({ code: 'network_too_deep' });
      await expect(move(second, ids[4] ?? '')).rejects.toMatchObject({ code: 'below_itself' });
      await expect(move(second, second)).rejects.toMatchObject({ code: 'below_itself' });
      await expect(move(top, other.id)).rejects.toMatchObject({ code: 'network_too_deep' });
      await expect(move(second, top)).rejects.toMatchObject({ code: 'already_there' });
      await expect(move(second, other.id, 7)).rejects.toMatchObject({ code: 'stale' });
      await expect(
        as(stranger, (tx) =>
          movePartner(tx, second, { parentId: null, reason: '-', expectedVersion: 1 }),
        ),
      ).rejects.toMatchObject({ code: 'not_found' });
      expect((await places()).filter((place) => place.includes('ended'))).toEqual([]);
    });

    const untilSomebodyWaits = async () => {
      for (let tries = 0; tries < 200; tries += 1) {
        const waiting = await scratch.asSystem((tx) =>
          rows(tx, `select 1 from pg_locks where locktype = 'advisory' and not granted`),
        );
        if (waiting.length > 0) return;
        await setTimeout(25);
      }
      throw new Error('nobody waits for the network');
    };

    it('have those who are added below at the same moment stand where they do then', async () => {
      const { planSet, ids } = await chain(2);
      const [top = '', second = ''] = ids;
      const other = await as(manager, (tx) =>
        createPartner(tx, { planSet, name: 'Other', email: 'o@x.example', parentId: second }),
      );
      const added = await as(manager, async (tx) => {
        await movePartner(tx, other.id, { parentId: top, reason: 'agreed', expectedVersion: 1 });
        const creation = as(manager, (late) =>
          createPartner(late, { planSet, name: 'N', email: 'n@x.example', parentId: other.id }),
        );
        await untilSomebodyWaits();
        return { creation };
      });
      expect((await added.creation).level).toBe(3);
    });

    it('make no circle when two move at the same moment', async () => {
      const { planSet, root } = await network();
      const other = await as(manager, (tx) =>
        createPartner(tx, { planSet, name: 'Other', email: 'o@x.example' }),
      );
      const ends = await Promise.allSettled([move(root.id, other.id), move(other.id, root.id)]);
      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });
  });
});
