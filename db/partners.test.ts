import type { Scope } from '../domain/access/scope';
import type { Scratch } from '../tests/proofs/scratch';
import { entityId } from '../tests/settlement/book';
import { manager, openSettlementScratch, partnerScope, stranger } from '../tests/settlement/people';
import { attributeClient, attributionsOf } from './attributions';
import { inScope, rows, type Tx } from './connection';
import {
  createPartner,
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
});
