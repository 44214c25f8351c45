import fc from 'fast-check';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { rows } from './connection';
import {
  blindIndex,
  decryptBytesFor,
  decryptFor,
  encryptBytesFor,
  encryptFor,
  erasedText,
  findPersons,
  indexPerson,
  noteIp,
} from './personal-data';

describe('personal data', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
  });

  afterAll(() => scratch.close());

  it('comes back as it was, text and bytes', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.uint8Array(), async (text, bytes) => {
        await scratch.asSystem(async (tx) => {
          const sealed = await encryptFor(tx, 'pty_text', 'name', text);
          expect(await decryptFor(tx, 'pty_text', 'name', sealed)).toBe(text);
          const sealedBytes = await encryptBytesFor(tx, 'pty_text', 'document', bytes);
          expect(await decryptBytesFor(tx, 'pty_text', 'document', sealedBytes)).toEqual(
            Buffer.from(bytes),
          );
        });
      }),
      { numRuns: 25 },
    ));

  it('never looks the same twice', async () => {
    await scratch.asSystem(async (tx) => {
      const once = await encryptFor(tx, 'pty_twice', 'name', 'Ada');
      expect(await encryptFor(tx, 'pty_twice', 'name', 'Ada')).not.toBe(once);
    });
  });

  it('opens in its own place and for its own person only', async () => {
    await scratch.asSystem(async (tx) => {
      const sealed = await encryptFor(tx, 'pty_a', 'name', 'Ada');
      await encryptFor(tx, 'pty_b', 'name', 'Bob');
      await expect(decryptFor(tx, 'pty_a', 'email', sealed)).rejects.toThrow(/does not open/);
      await expect(decryptFor(tx, 'pty_b', 'name', sealed)).rejects.toThrow(/does not open/);
      const tampered = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
      await expect(decryptFor(tx, 'pty_a', 'name', tampered)).rejects.toThrow(/does not open/);
    });
  });

  it('is gone for good once the person’s key is', async () => {
    const sealed = await scratch.asSystem((tx) => encryptFor(tx, 'pty_gone', 'name', 'Ada'));
    await scratch.asSystem((tx) =>
      rows(
        tx,
        `update data_key set wrapped_key = null, erased_at = now() where person_id = 'pty_gone'`,
      ),
    );
    await scratch.asSystem(async (tx) => {
      expect(await decryptFor(tx, 'pty_gone', 'name', sealed)).toBe(erasedText);
      await expect(encryptFor(tx, 'pty_gone', 'name', 'Ada')).rejects.toThrow(/erased/);
    });
  });

  it('gets one key per person, whoever asks first', async () => {
    const sealed = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        scratch.asSystem((tx) => encryptFor(tx, 'pty_race', 'name', `Ada ${n}`)),
      ),
    );
    await scratch.asSystem(async (tx) => {
      for (const [n, text] of sealed.entries())
        expect(await decryptFor(tx, 'pty_race', 'name', text)).toBe(`Ada ${n}`);
    });
  });

  it('is found by its exact value however it is written, and the index tells nothing', async () => {
    await scratch.asSystem(async (tx) => {
      await indexPerson(tx, 'pty_1', 'email', 'Ada@Example.com');
      await indexPerson(tx, 'pty_1', 'document_number', 'AB 123-456');
      expect(await findPersons(tx, 'email', ' ada@example.COM')).toEqual(['pty_1']);
      expect(await findPersons(tx, 'document_number', 'ab123456')).toEqual(['pty_1']);
      expect(await findPersons(tx, 'email', 'other@example.com')).toEqual([]);
      expect(blindIndex(tx.keys, 'email', '123')).not.toBe(blindIndex(tx.keys, 'phone', '123'));
      const stored = await rows<{ digest: string }>(tx, 'select digest from blind_index');
      for (const { digest } of stored) expect(digest).toMatch(/^[0-9a-f]{64}$/);
    });
  });

  it('keeps the last 20 places a log-in was used from, and none that is not of the internet', async () => {
    await scratch.asSystem(async (tx) => {
      for (const n of Array.from({ length: 22 }, (_, at) => at))
        await noteIp(tx, 'usr_1', `203.0.113.${n}`);
      await noteIp(tx, 'usr_1', '203.0.113.5');
      await noteIp(tx, 'usr_1', '10.0.0.1');
      expect(await findPersons(tx, 'ip', '203.0.113.21')).toEqual(['usr_1']);
      expect(await findPersons(tx, 'ip', '203.0.113.0')).toEqual([]);
      await rows(
        tx,
        `update blind_index set seen_at = now() - interval '366 days' where person_id = 'usr_1'`,
      );
      await noteIp(tx, 'usr_1', '203.0.113.5');
      expect(await rows(tx, `select 1 from blind_index where person_id = 'usr_1'`)).toHaveLength(1);
    });
  });
});
