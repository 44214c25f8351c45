import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { rows } from './connection';
import { storeProviderEvent } from './provider-events';

describe('a provider’s message', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await openScratch();
  });
  afterAll(() => scratch.close());

  it('is counted and not kept twice, and says in clear nothing of who paid', async () => {
    const paidBy = { kind: 'msisdn', fingerprint: 'f-4711', label: '•••5678' };
    const message = {
      ...{ provider: 'mpesa', eventId: 'evt_1', type: 'payment_succeeded', operationId: null },
      ...{ occurredAt: new Date().toISOString(), body: JSON.stringify({ phone: '254712345678' }) },
      normalised: { type: 'payment_succeeded', currency: 'KES', paidBy },
    };
    const store = () => scratch.asSystem((tx) => storeProviderEvent(tx, message));
    expect([await store(), await store()]).toEqual([true, false]);
    const kept = await scratch.asSystem((tx) =>
      rows<{ normalised: unknown; times_received: number; whole: string }>(
        tx,
        'select normalised, times_received, e::text as whole from provider_event e',
      ),
    );
    expect(kept).toMatchObject([
      { normalised: { type: 'payment_succeeded', currency: 'KES' }, times_received: 2 },
    ]);
    expect(kept[0]?.whole).not.toMatch(/f-4711|5678/);
  });
});
