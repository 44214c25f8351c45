import { createBankProvider } from '../connectors/psp/bank/bank';
import type { PaymentProvider, RefundRequest } from '../connectors/psp/port';
import { createDepositReturnActivities } from './deposit-return';
import { isNameClear } from './payer-screening';
import { shippedPolicies } from '../domain/policy/defaults/all';
import { demoInstallation } from '../domain/policy/defaults/shipped';
import { listOf } from '../tests/processes/listed';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { seedClient, seedDeposit, seedEntities, type SeededClient } from '../tests/proofs/seed';
import { rows, type Tx } from '../db/connection';
import { creditDeposit, markReturned } from '../db/deposits';
import { installPolicies } from '../db/policies';
import { addParty } from '../db/parties';
import { openTask, tasksOf } from '../db/tasks';

let scratch: Scratch;

beforeAll(async () => {
  scratch = await openScratch();
  await scratch.asSystem(async (tx) => {
    await seedEntities(tx);
    await installPolicies(tx, shippedPolicies({ ...demoInstallation, offshoreEntity: 'sc' }));
  });
});

afterAll(() => scratch.close());

async function seedHeld(tx: Tx): Promise<{ id: string; client: SeededClient }> {
  const client = await seedClient(tx, 'sc');
  const id = await seedDeposit(tx, client, 10_000n);
  await rows(tx, `update deposit set state = 'held', credited_at = null where id = :id`, { id });
  return { id, client };
}

describe('a question about a payer that an older list has raised', () => {
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
      const { id, client } = await seedHeld(tx);
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

describe('a card payment of a client who was never screened', () => {
  const blocked = { kind: 'blocked', code: 'routine_review' };

  it('goes back when the name is clear by the list in force, and no restriction covers it', async () => {
    const { id, client } = await scratch.asSystem(async (tx) => {
      const held = await seedHeld(tx);
      const { entityId, clientId } = held.client;
      await addParty(
        tx,
        { entityId, clientId, role: 'holder' },
        { name: 'Milan Ostrevko', email: `${clientId}@example.com` },
      );
      const task = await openTask(tx, {
        ...{ kind: 'unmatched_deposit', subject: held.id, workflowId: null, entityId, clientId },
        ...{ title: 'A payment differs', issue: [], key: `unmatched_deposit/${held.id}` },
        content: { paidMinor: '10000', paidCurrency: 'USD', providerRef: 'pi_1' },
      });
      await rows(
        tx,
        `update task set state = 'decided', decision = 'return', decided_at = now() where id = :id`,
        { id: task.id },
      );
      return held;
    });
    let list = listOf('of now', 'Milan Ostrevko');
    const unreachable = createBankProvider({ apiUrl: 'http://127.0.0.1:9', key: 'a key' });
    const refund = jest.fn<ReturnType<PaymentProvider['refund']>, [RefundRequest]>((request) =>
      Promise.resolve({ ...request, kind: 'done', providerRef: 're_1', status: 'succeeded' }),
    );
    const { sendReturn } = createDepositReturnActivities({
      db: scratch.db,
      providers: [],
      providerFor: () => ({ ...unreachable, refund }),
      screeningList: () => Promise.resolve(list),
      publicUrl: 'http://127.0.0.1',
    });
    expect(await sendReturn(id, 1)).toMatchObject(blocked);
    const asked = await scratch.asSystem((tx) => tasksOf(tx, `${id}/payer`, 'screening_match'));
    expect(asked).toMatchObject([{ state: 'open', approvalsRequired: 2 }]);
    list = listOf('of later', 'Somebody Else');
    await scratch.asSystem((tx) =>
      rows(
        tx,
        `insert into restriction (id, entity_id, client_id, kind, scopes, reason_ct, set_by)
         values (:id, :entityId, :clientId, 'court_order', '{withdraw}', '', 'user:usr_1')`,
        { id: `res_${id}`, entityId: client.entityId, clientId: client.clientId },
      ),
    );
    expect(await sendReturn(id, 1)).toMatchObject(blocked);
    expect(refund).not.toHaveBeenCalled();
    await scratch.asSystem((tx) =>
      rows(tx, 'update restriction set lifted_at = now() where client_id = :clientId', {
        clientId: client.clientId,
      }),
    );
    expect(await sendReturn(id, 1)).toMatchObject({ kind: 'done', externalId: 're_1' });
    expect(refund).toHaveBeenCalledTimes(1);
  });
});
