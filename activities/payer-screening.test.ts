import { isNameClear } from './payer-screening';
import { shippedPolicies } from '../domain/policy/defaults/all';
import { demoInstallation } from '../domain/policy/defaults/shipped';
import { listOf } from '../tests/processes/listed';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { seedClient, seedDeposit, seedEntities } from '../tests/proofs/seed';
import { rows } from '../db/connection';
import { creditDeposit, markReturned } from '../db/deposits';
import { installPolicies } from '../db/policies';
import { tasksOf } from '../db/tasks';

describe('a question about a payer that an older list has raised', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.asSystem(async (tx) => {
      await seedEntities(tx);
      await installPolicies(tx, shippedPolicies({ ...demoInstallation, offshoreEntity: 'sc' }));
    });
  });

  afterAll(() => scratch.close());

  it.each([
    [
      'goes back',
      (tx: Parameters<typeof markReturned>[0], id: string) =>
        markReturned(tx, id, { providerRef: 'x', returned: '1.00' }),
    ],
    [
      'is credited after all',
      (tx: Parameters<typeof markReturned>[0], id: string) =>
        creditDeposit(tx, id, { sourceId: null, providerRef: 'x' }),
    ],
  ])('is closed when its deposit %s under a later one', async (_, end) => {
    await scratch.asSystem(async (tx) => {
      const client = await seedClient(tx, 'sc');
      const id = await seedDeposit(tx, client, 10_000n);
      await rows(tx, `update deposit set state = 'held', credited_at = null where id = :id`, {
        id,
      });
      const payee = {
        ...{ of: 'deposit' as const, id, workflowId: `deposit/${id}`, entityId: client.entityId },
        personId: client.clientId,
        read: () => Promise.resolve({ name: 'Milan Ostrevko' }),
      };
      const asked = () => tasksOf(tx, `${id}/payer`, 'screening_match');
      expect(await isNameClear(tx, payee, listOf('first', 'Milan Ostrevko'))).toBe(false);
      expect(await isNameClear(tx, payee, listOf('second', 'Somebody Else'))).toBe(true);
      expect(await asked()).toMatchObject([{ state: 'open' }]);
      await end(tx, id);
      expect(await asked()).toMatchObject([{ state: 'cancelled', reason: 'PAYMENT_ENDED' }]);
    });
  });
});
