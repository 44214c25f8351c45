import { systemScope } from '../domain/access/scope';
import { colleague } from '../tests/processes/people';
import { openScratch, past, type Scratch } from '../tests/proofs/scratch';
import { inScope, rows } from './connection';
import { appendEvents, eventsOfClient, eventsOfSubject, type NewEvent } from './events';
import { decryptFor } from './personal-data';

describe('the event log', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch({ connectionsMax: 12 });
  });

  afterAll(() => scratch.close());

  const append = (...events: NewEvent[]) => scratch.asSystem((tx) => appendEvents(tx, events));
  const event = (subject: string, change: Partial<NewEvent> = {}): NewEvent => ({
    subject,
    type: 'deposit.noted',
    entityId: 'off',
    ...change,
  });
  const brokenLinks = () =>
    scratch.asSystem((tx) =>
      rows<{ subject: string; seq: string }>(
        tx,
        `select subject, seq from (select e.*, lag(hash) over w as before, lag(seq) over w as seq_before
           from event e window w as (partition by subject order by seq)) x
         where hash <> event_hash(subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev)
           or prev <> coalesce(before, sha256(convert_to(subject, 'UTF8'))) or seq <> coalesce(seq_before, 0) + 1`,
      ),
    );

  it('chains each subject without a gap, whoever writes at the same moment', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        append(event('shared'), event(`own-${n}`), event('another'), event('shared')),
      ),
    );
    const shared = await scratch.asSystem((tx) => eventsOfSubject(tx, 'shared'));
    expect(shared.map(({ seq }) => Number(seq))).toEqual(
      Array.from({ length: 24 }, (_, n) => n + 1),
    );
    expect(await brokenLinks()).toEqual([]);
  });

  it('chains sets of new and known subjects that cross, and none waits for another for ever', async () => {
    const subjects = (round: number, n: number) =>
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name, place) =>
        place % 2 === n % 2 ? `set-${name}` : `set-${name}-${round}`,
      );
    for (let round = 0; round < 40; round += 1) {
      await Promise.all(
        Array.from({ length: 12 }, (_, n) => {
          const set = subjects(round, n >> 1).map((subject) => event(subject));
          return append(...(n % 2 === 0 ? set : [...set, event('set-a')]).reverse());
        }),
      );
    }
    const seqs = await scratch.asSystem((tx) =>
      rows<{ subject: string; seq: string }>(
        tx,
        `select subject, max(seq) as seq from event where subject in ('set-b', 'set-b-4') group by subject order by subject`,
      ),
    );
    expect(seqs).toEqual([
      { subject: 'set-b', seq: '240' },
      { subject: 'set-b-4', seq: '6' },
    ]);
    expect(await brokenLinks()).toEqual([]);
  });

  it('says who did it and when, and never without an actor', async () => {
    await inScope(scratch.db, systemScope('workflow:transfer/tr_1'), (tx) =>
      appendEvents(tx, [event('actor')]),
    );
    const [stored] = await scratch.asSystem((tx) => eventsOfSubject(tx, 'actor'));
    expect(stored).toMatchObject({ actor: 'workflow:transfer/tr_1', seq: '1' });
    expect(stored?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    const nobody = JSON.stringify([{ subject: 'x', actor: '', type: 'x', payload: '{}' }]);
    await expect(
      scratch.asSystem((tx) => tx.sql.raw('select append_events(?)', [nobody])),
    ).rejects.toMatchObject({ code: 'P0001' });
  });

  it('is append-only, even for its owner', async () => {
    await append(event('fixed'));
    for (const statement of [
      `update event set payload = '{"a":1}' where subject = 'fixed'`,
      `delete from event where subject = 'fixed'`,
      'truncate event',
    ]) {
      await expect(scratch.asOwner(statement)).rejects.toThrow(/append-only/);
    }
  });

  it('cannot be written by the application but through its own function', async () => {
    await expect(
      scratch.asSystem((tx) => tx.sql.raw(`insert into event (subject) values ('forged')`)),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(
      scratch.asSystem((tx) => tx.sql.raw(`update event_head set seq = 0`)),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it('shows a change that an owner made past the triggers', async () => {
    await append(event('altered', { payload: { amount: '1.00' } }), event('altered'));
    await scratch.asOwner(
      past(
        'event',
        `update event set payload = '{"amount":"9.00"}' where subject = 'altered' and seq = 1`,
      ),
    );
    expect(await brokenLinks()).toEqual([{ subject: 'altered', seq: '1' }]);
    await scratch.asOwner(
      past(
        'event',
        `update event set payload = '{"amount":"1.00"}' where subject = 'altered' and seq = 1`,
      ),
    );
    expect(await brokenLinks()).toEqual([]);
  });

  it('keeps personal data as the person’s ciphertext alone', async () => {
    await append(
      event('personal', {
        payload: { residence: 'CY' },
        personal: { personId: 'pty_1', data: { name: 'Quirina Plantedname' } },
      }),
    );
    const [stored] = await scratch.asSystem((tx) => eventsOfSubject(tx, 'personal'));
    expect(stored?.payload).not.toContain('Plantedname');
    const { personal } = JSON.parse(stored?.payload ?? '{}') as { personal: { sealed: string } };
    expect(await scratch.asSystem((tx) => decryptFor(tx, 'pty_1', 'event', personal.sealed))).toBe(
      '{"name":"Quirina Plantedname"}',
    );
  });

  it('keeps restricted events on a subject of their own, for the few', async () => {
    await expect(append(event('open', { restricted: true }))).rejects.toThrow(/of its own/);
    await append(event('restricted/open', { restricted: true, clientId: 'cl_1' }));
    await append(event('open', { clientId: 'cl_1' }));
    const seen = (scope: Parameters<typeof inScope>[1]) =>
      inScope(scratch.db, scope, async (tx) =>
        (await eventsOfClient(tx, 'cl_1')).map(({ subject }) => subject),
      );
    expect(await seen(colleague('mlro'))).toEqual(['open', 'restricted/open']);
    expect(await seen(colleague('compliance'))).toEqual(['open']);
    expect(await seen({ ...colleague('mlro'), entities: ['cy'] })).toEqual([]);
  });
});
