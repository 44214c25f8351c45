import type { Scope } from '../domain/access/scope';
import { readNetworkFile } from '../domain/partners/network-file';
import type { Scratch } from '../tests/proofs/scratch';
import { entityId } from '../tests/settlement/book';
import { manager, openSettlementScratch, stranger } from '../tests/settlement/people';
import { inScope, rows, type Tx } from './connection';
import { importNetwork } from './network-import';
import { createPartner, listPartners, partnerName } from './partners';
import { createPlanSet } from './plan-sets';

describe('partners from a file', () => {
  let scratch: Scratch;
  let planSet: string;

  beforeEach(async () => {
    scratch = await openSettlementScratch();
    ({ id: planSet } = await as(manager, (tx) =>
      createPlanSet(tx, { entityId, name: 'P', currency: 'USD' }),
    ));
  }, 60_000);

  afterEach(() => scratch.close());

  const as = <T>(scope: Scope, work: (tx: Tx) => Promise<T>) => inScope(scratch.db, scope, work);
  const run = (mode: 'try' | 'import', ...lines: string[]) =>
    as(manager, (tx) =>
      importNetwork(tx, {
        ...{ planSet, mode },
        file: readNetworkFile(['ref,name,email,parent', ...lines].join('\n')),
      }),
    );
  const standing = () =>
    as(manager, async (tx) => {
      const told = [];
      for (const { id, level } of await listPartners(tx, { planSet, limit: 50 }))
        told.push(`${await partnerName(tx, id)} ${level}`);
      return told.sort();
    });
  const traces = async () => {
    const [row] = await scratch.asSystem((tx) =>
      rows<{ events: number; mails: number; users: number; keys: number }>(
        tx,
        `select (select count(*)::int from event where type = 'partner.created') as events,
           (select count(*)::int from mail) as mails, (select count(*)::int from user_account where kind = 'partner') as users,
           (select count(*)::int from data_key where person_id like 'ptr_%') as keys`,
      ),
    );
    return row;
  };

  const three = ['s,Sub,s@ib.example,m', 'm,Master,m@ib.example,', 'o,Other,o@ib.example,'];

  it('are made with their levels, log-ins and letters, those above first', async () => {
    const { made, faults } = await run('import', ...three);
    expect(faults).toEqual([]);
    expect(made.map(({ filed }) => filed.ref)).toEqual(['m', 'o', 's']);
    expect(await standing()).toEqual(['Master 1', 'Other 1', 'Sub 2']);
    expect(await traces()).toEqual({ events: 3, mails: 3, users: 3, keys: 3 });
  });

  it('are tried without a trace', async () => {
    const { made, faults } = await run('try', ...three);
    expect([made.length, faults]).toEqual([3, []]);
    expect(await standing()).toEqual([]);
    expect(await traces()).toEqual({ events: 0, mails: 0, users: 0, keys: 0 });
  });

  it('hang below a partner that is there already', async () => {
    const above = await as(manager, (tx) =>
      createPartner(tx, { planSet, name: 'There', email: 't@ib.example' }),
    );
    await run('import', `n,New,n@ib.example,${above.id}`);
    expect(await standing()).toEqual(['New 2', 'There 1']);
  });

  it.each([
    ['an address that somebody has', 'x,X,t@ib.example,', 'email'],
    [
      'a partner above that nobody knows',
      'x,X,x@ib.example,ptr_01936f2a-7c1e-7000-8000-0000000000a1',
      'parent',
    ],
    ['what the file says wrongly', 'x,X,x-at-ib,', 'email'],
  ])(
    'are none at all with %s, and the fault is told alike by both modes',
    async (_, row, field) => {
      await as(manager, (tx) =>
        createPartner(tx, { planSet, name: 'There', email: 't@ib.example' }),
      );
      const before = await traces();
      for (const mode of ['try', 'import'] as const) {
        const { faults } = await run(mode, ...three, row, 'y,Y,y@ib.example,x');
        expect(faults.map((fault) => [fault.line, fault.field])).toEqual([[5, field]]);
        expect(await standing()).toEqual(['There 1']);
        expect(await traces()).toEqual(before);
      }
    },
  );

  it('end at the depth that a network may have', async () => {
    const chain = Array.from({ length: 11 }, (_, n) =>
      [`p${n}`, 'P', `p${n}@ib.example`, n === 0 ? '' : `p${n - 1}`].join(','),
    );
    const { faults } = await run('import', ...chain);
    expect(faults).toEqual([
      { line: 12, field: 'parent', reason: 'A network has at most 10 levels.' },
    ]);
    expect(await standing()).toEqual([]);
  });

  it('are not for those of another entity', async () => {
    await expect(
      as(stranger, (tx) =>
        importNetwork(tx, {
          planSet,
          mode: 'try',
          file: readNetworkFile('ref,name,email,parent\na,A,a@ib.example,'),
        }),
      ),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});
