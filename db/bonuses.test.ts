import { permissionsOf } from '../domain/access/roles';
import type { Scope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { bonusCredit, house, tradingLedger } from '../domain/ledger/account';
import { shippedPolicies } from '../domain/policy/defaults/all';
import { demoInstallation } from '../domain/policy/defaults/shipped';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import {
  seedAccount,
  seedClient,
  seedDeposit,
  seedEntities,
  type SeededClient,
} from '../tests/proofs/seed';
import { followCredit, questionOfCredit } from './bonus-credit';
import { bonusBefore, removeBonusOfDeposit, takeBackBonus } from './bonus-removal';
import { completeStep, gateOfStep, nextOfBonus, refuseStep } from './bonus-steps';
import { proposeBonus } from './bonus-requests';
import { bonusOfTransfer, readBonus, stepsOfBonus, type Bonus } from './bonuses';
import { inScope, rows, type Tx } from './connection';
import { balancesOfClient, readBalance } from './ledger';
import { installPolicies } from './policies';
import { proveLedger } from './proofs/ledger';
import { decide } from './task-decisions';
import { latestTask } from './tasks';
import { completeTransfer, refuseTransfer } from './transfer-end';
import { requestTransfer, startTransfer } from './transfer-requests';
import { readTransfer, type Transfer } from './transfers';

const now = () => new Date().toISOString();
const inAYear = () => new Date(Date.now() + 365 * 86_400_000).toISOString();

describe('a bonus', () => {
  let scratch: Scratch;
  let client: SeededClient;
  let account: string;
  let deposit: string;

  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.asSystem(async (tx) => {
      await seedEntities(tx);
      await installPolicies(tx, shippedPolicies({ ...demoInstallation, offshoreEntity: 'sc' }));
    });
  });

  beforeEach(() =>
    scratch.asSystem(async (tx) => {
      client = await seedClient(tx, 'sc');
      await rows(tx, `update client set residence = 'MU' where id = :id`, { id: client.clientId });
      deposit = await seedDeposit(tx, client, 100_000n);
      account = await seedAccount(tx, client, newId('account').slice(-8));
    }),
  );

  afterEach(async () => expect((await proveLedger(scratch.db)).faults).toEqual([]));

  afterAll(() => scratch.close());

  const own = (): Scope => ({
    kind: 'client',
    actor: 'user:usr_c',
    userId: 'usr_c',
    clientId: client.clientId,
    entityId: client.entityId,
  });
  const colleague = (n: number): Scope => ({
    kind: 'staff',
    actor: `user:usr_${n}`,
    userId: `usr_${n}`,
    entities: ['cy', 'sc'],
    roles: ['operations'],
    permissions: permissionsOf(['operations']),
    restricted: false,
  });
  const usd = (amountMinor: bigint) => ({ amountMinor, currency: 'USD' });
  const byClient = <T>(work: (tx: Tx) => Promise<T>) => inScope(scratch.db, own(), work);

  let ticket = 0;
  const nextTicket = () => String((ticket += 1));

  function claim(amountMinor = 50_000n, depositId = deposit): Promise<Transfer> {
    return byClient((tx) =>
      requestTransfer(tx, {
        ...{ accountId: account, direction: 'to_account', amount: usd(amountMinor) },
        bonus: { depositId },
      }),
    );
  }

  const bonusOf = async ({ id }: Transfer): Promise<Bonus> => {
    const found = await scratch.asSystem((tx) => bonusOfTransfer(tx, id));
    if (!found) throw new Error('the transfer brought no bonus');
    return found;
  };
  const arrive = ({ id }: Transfer) =>
    scratch.asSystem((tx) => completeTransfer(tx, id, nextTicket()));
  /** Does what its process does next, and answers which step that was. */
  const work = (bonusId: string, at = now()) =>
    scratch.asSystem(async (tx) => {
      const next = await nextOfBonus(tx, bonusId, at);
      if (next.kind !== 'operate') return next.kind;
      const key = { bonusId, step: next.step };
      const code = await gateOfStep(tx, key);
      if (code === undefined) await completeStep(tx, key, nextTicket());
      else await refuseStep(tx, key, code);
      return next.step;
    });
  async function granted(): Promise<Bonus> {
    const transfer = await claim();
    await arrive(transfer);
    const { id } = await bonusOf(transfer);
    await work(id);
    return scratch.asSystem((tx) => readBonus(tx, id));
  }
  const leave = (amountMinor: bigint) =>
    byClient((tx) =>
      requestTransfer(tx, {
        ...{ accountId: account, direction: 'to_wallet', amount: usd(amountMinor) },
      }),
    );
  const credit = () =>
    scratch.asSystem(
      async (tx) =>
        (await readBalance(tx, bonusCredit({ ...client, accountId: account }))).balanceMinor,
    );
  const inTheWay = ({ id }: Transfer, ask: boolean) =>
    scratch.asSystem(async (tx) => bonusBefore(tx, await readTransfer(tx, id), { ask }));

  it('of ten percent comes when its money has come, once, as a memo and not as money', async () => {
    const transfer = await claim();
    expect(await bonusOf(transfer)).toMatchObject({ state: 'waiting', amountMinor: 5_000n });
    await arrive(transfer);
    const { id } = await bonusOf(transfer);
    expect(await work(id)).toBe(1);
    expect(await work(id)).toBe('wait');
    expect(await scratch.asSystem((tx) => readBonus(tx, id))).toMatchObject({
      state: 'active',
      expiresInDays: 90,
    });
    expect(await credit()).toBe(5_000n);
    await scratch.asSystem(async (tx) => {
      const trading = tradingLedger({ ...client, accountId: account });
      expect((await readBalance(tx, trading)).balanceMinor).toBe(50_000n);
      expect((await readBalance(tx, house('bonus_granted', client))).balanceMinor).toBeLessThan(0n);
      // What counts as a client's money knows nothing of it.
      const codes = (await balancesOfClient(tx, client.clientId)).map(({ code }) => code);
      expect(codes).toEqual(['wallet', 'trading']);
      await completeStep(tx, { bonusId: id, step: 1 }, '1');
    });
    expect(await credit()).toBe(5_000n);
  });

  it('is brought by a deposit once, and no policy gives a client who is protected another', async () => {
    await claim();
    await expect(claim(10_000n)).rejects.toMatchObject({ code: 'bonus_claimed' });
    const second = await scratch.asSystem((tx) => seedDeposit(tx, client, 10_000n));
    await expect(claim(10_000n, second)).rejects.toMatchObject({
      code: 'bonus_refused',
      extra: { reasons: ['NO_RULE_APPLIES'] },
    });
    // What is refused moves nothing.
    const moved = await byClient((tx) =>
      rows(tx, `select 1 from transfer where account_id = :account`, { account }),
    );
    expect(moved).toHaveLength(1);
  });

  it('is not given to a retail client of the EEA, by hand neither', async () => {
    await scratch.asSystem((tx) =>
      rows(tx, `update client set residence = 'DE' where id = :id`, { id: client.clientId }),
    );
    const reasons = { reasons: ['NO_INDUCEMENTS_EEA'] };
    await expect(claim()).rejects.toMatchObject({ code: 'bonus_refused', extra: reasons });
    await expect(
      inScope(scratch.db, colleague(1), (tx) =>
        proposeBonus(tx, { accountId: account, amount: usd(1_000n), reason: 'x' }),
      ),
    ).rejects.toMatchObject({ code: 'bonus_refused', extra: reasons });
  });

  it('is over when its transfer is refused', async () => {
    const transfer = await claim();
    await scratch.asSystem((tx) => refuseTransfer(tx, transfer.id, 'NO_MONEY'));
    expect(await bonusOf(transfer)).toMatchObject({
      state: 'refused',
      refusal: 'TRANSFER_REFUSED',
    });
    // The deposit may bring one after all.
    expect(await bonusOf(await claim(10_000n))).toMatchObject({ state: 'waiting' });
  });

  it('is not given when money is to leave the account meanwhile, and that money need not wait for ever', async () => {
    const transfer = await claim();
    await arrive(transfer);
    const out = await leave(10_000n);
    expect(await inTheWay(out, true)).toEqual({ kind: 'wait', code: 'bonus_pending' });
    const { id } = await bonusOf(transfer);
    expect(await work(id)).toBe(1);
    expect(await bonusOf(transfer)).toMatchObject({ state: 'refused', refusal: 'MONEY_LEFT' });
    expect(await work(id)).toBe('ended');
    expect(await inTheWay(out, true)).toBeUndefined();
    expect(await credit()).toBe(0n);
  });

  it('is taken back whole before a part of the money leaves, once, however often that is asked', async () => {
    const bonus = await granted();
    const out = await leave(10_000n);
    expect(await inTheWay(out, false)).toEqual({ kind: 'remove', creditMinor: 5_000n });
    expect(await scratch.asSystem((tx) => stepsOfBonus(tx, bonus.id))).toHaveLength(1);
    for (let look = 1; look <= 2; look += 1)
      expect(await inTheWay(out, true)).toEqual({ kind: 'wait', code: 'bonus_removal' });
    expect(await work(bonus.id)).toBe(2);
    expect(await inTheWay(out, true)).toBeUndefined();
    expect(await work(bonus.id)).toBe('ended');
    expect(await scratch.asSystem((tx) => readBonus(tx, bonus.id))).toMatchObject({
      state: 'removed',
      removedMinor: 5_000n,
    });
    expect(await credit()).toBe(0n);
  });

  it('loses its share where the policy says a proportion', async () => {
    const bonus = await granted();
    await scratch.asSystem((tx) =>
      rows(tx, `update bonus set removal = 'proportion' where id = :id`, { id: bonus.id }),
    );
    const out = await leave(10_000n);
    expect(await inTheWay(out, true)).toEqual({ kind: 'wait', code: 'bonus_removal' });
    expect(await work(bonus.id)).toBe(2);
    expect(await inTheWay(out, true)).toBeUndefined();
    expect(await credit()).toBe(4_000n);
  });

  it.each([
    ['the smaller first, then the larger, and neither has left', [10_000n, 40_000n], false],
    ['the larger first, then the smaller, and neither has left', [40_000n, 10_000n], false],
    ['three, and neither has left', [20_000n, 20_000n, 10_000n], false],
    ['the smaller first, and it has left', [10_000n, 40_000n], true],
  ])(
    'of a proportion leaves none behind when all the money leaves: %s',
    async (_, parts, isGone) => {
      const bonus = await granted();
      await scratch.asSystem((tx) =>
        rows(tx, `update bonus set removal = 'proportion' where id = :id`, { id: bonus.id }),
      );
      const out: Transfer[] = [];
      for (const part of parts) out.push(await leave(part));
      for (const transfer of out) await inTheWay(transfer, true);
      for (const transfer of out) {
        await work(bonus.id);
        expect(await inTheWay(transfer, true)).toBeUndefined();
        if (isGone) await arrive(transfer);
      }
      expect(await credit()).toBe(0n);
      if (!isGone) for (const transfer of out) await arrive(transfer);
    },
  );

  it('of a proportion takes money that has come meanwhile into account, and money under way none', async () => {
    const bonus = await granted();
    await scratch.asSystem((tx) =>
      rows(tx, `update bonus set removal = 'proportion' where id = :id`, { id: bonus.id }),
    );
    const first = await leave(25_000n);
    await inTheWay(first, true);
    await work(bonus.id);
    expect(await credit()).toBe(2_500n);
    await arrive(
      await byClient((tx) =>
        requestTransfer(tx, { accountId: account, direction: 'to_account', amount: usd(25_000n) }),
      ),
    );
    // 250.00 of the first are still there, and 500.00 beside it.
    const second = await leave(10_000n);
    await inTheWay(second, true);
    await work(bonus.id);
    expect(await credit()).toBe(2_000n);
  });

  it('stays while positions need it: then the money does not leave either', async () => {
    const bonus = await granted();
    const out = await leave(10_000n);
    await inTheWay(out, true);
    await scratch.asSystem(async (tx) => {
      await nextOfBonus(tx, bonus.id, now());
      await refuseStep(tx, { bonusId: bonus.id, step: 2 }, 'NOT_ENOUGH_MONEY');
    });
    expect(await inTheWay(out, true)).toEqual({ kind: 'refused', code: 'NOT_ENOUGH_MONEY' });
    expect(await scratch.asSystem((tx) => latestTask(tx, bonus.id, 'bonus_removal'))).toBe(
      undefined,
    );
    expect(await credit()).toBe(5_000n);
  });

  describe('of which a dealer has taken credit at the server', () => {
    const alsoByHand = async (amountMinor: bigint): Promise<string> => {
      const { id } = await inScope(scratch.db, colleague(1), (tx) =>
        proposeBonus(tx, { accountId: account, amount: usd(amountMinor), reason: 'x' }),
      );
      const task = await scratch.asSystem((tx) => latestTask(tx, id, 'bonus_approval'));
      if (!task) throw new Error('nobody is asked');
      await inScope(scratch.db, colleague(2), (tx) =>
        decide(tx, {
          taskId: task.id,
          ...{ expectedVersion: task.version, contentHash: task.contentHash },
          ...{ decision: 'approve', reason: 'OK' },
        }),
      );
      await work(id);
      return id;
    };
    /** The process begins its next step, and looks at a server that shows so much credit. */
    const look = (bonusId: string, thereMinor: bigint) =>
      scratch.asSystem(async (tx) => {
        const next = await nextOfBonus(tx, bonusId, now());
        if (next.kind !== 'operate') return next.kind;
        const key = { bonusId, step: next.step };
        const asked = await questionOfCredit(tx, key);
        if (typeof asked !== 'object') return asked ?? 'unasked';
        const answer = await followCredit(tx, key, { mark: asked.mark, thereMinor });
        if (answer === 'void') await refuseStep(tx, key, 'CREDIT_GONE');
        return answer;
      });
    const told = () => scratch.asSystem((tx) => latestTask(tx, account, 'foreign_balance_change'));

    it('counts what is gone as taken back, tells of it, and lets the money go', async () => {
      const bonus = await granted();
      const out = await leave(10_000n);
      expect(
        await scratch.asSystem(async (tx) =>
          bonusBefore(tx, await readTransfer(tx, out.id), { ask: false, thereMinor: 0n }),
        ),
      ).toEqual({ kind: 'remove', creditMinor: 0n });
      await inTheWay(out, true);
      expect(await look(bonus.id, 0n)).toBe('void');
      expect(await work(bonus.id)).toBe('ended');
      expect(await inTheWay(out, true)).toBeUndefined();
      expect(await credit()).toBe(0n);
      expect(await scratch.asSystem((tx) => stepsOfBonus(tx, bonus.id))).toMatchObject([
        { kind: 'grant', state: 'done' },
        { cause: 'transfer_out', state: 'void' },
        { cause: 'gone_at_server', state: 'done', amountMinor: 5_000n, ticket: null },
      ]);
      expect(await told()).toMatchObject({
        state: 'open',
        issue: [{ code: 'CREDIT_GONE' }],
        content: { amount: '-50.00', there: '0.00', bonus: bonus.id },
      });
    });

    it('takes back no more than what is there, and of a proportion the share of that', async () => {
      const bonus = await granted();
      await scratch.asSystem((tx) =>
        rows(tx, `update bonus set removal = 'proportion' where id = :id`, { id: bonus.id }),
      );
      const out = await leave(25_000n);
      await inTheWay(out, true);
      expect(await look(bonus.id, 2_000n)).toBe('send');
      expect(await credit()).toBe(2_000n);
      expect(await look(bonus.id, 2_000n)).toBe('send');
      await work(bonus.id);
      expect(await credit()).toBe(1_000n);
      expect(await inTheWay(out, true)).toBeUndefined();
    });

    it('of two bonuses finds each once, and what is left', async () => {
      const bonus = await granted();
      const second = await alsoByHand(3_000n);
      const out = await leave(50_000n);
      await inTheWay(out, true);
      expect(await look(second, 3_000n)).toBe('void');
      expect(await look(bonus.id, 3_000n)).toBe('send');
      expect(await credit()).toBe(3_000n);
      await work(bonus.id);
      expect(await credit()).toBe(0n);
      expect(await inTheWay(out, true)).toBeUndefined();
    });

    it('believes no answer that is older than what it is held against', async () => {
      const bonus = await granted();
      const second = await alsoByHand(3_000n);
      await inTheWay(await leave(50_000n), true);
      const asked = await scratch.asSystem(async (tx) => {
        await nextOfBonus(tx, bonus.id, now());
        return questionOfCredit(tx, { bonusId: bonus.id, step: 2 });
      });
      if (typeof asked !== 'object') throw new Error('the server is not asked');
      // The other bonus goes between the question and its answer.
      await work(second);
      const answer = { mark: asked.mark, thereMinor: 5_000n };
      expect(
        await scratch.asSystem((tx) => followCredit(tx, { bonusId: bonus.id, step: 2 }, answer)),
      ).toBe('moving');
      expect(await credit()).toBe(5_000n);
    });

    it('touches nothing where a dealer has lent more', async () => {
      const bonus = await granted();
      await inTheWay(await leave(10_000n), true);
      expect(await look(bonus.id, 7_000n)).toBe('send');
      expect(await told()).toBeUndefined();
      expect(await credit()).toBe(5_000n);
    });
  });

  it('expires once; what its server refuses a person looks at, and lets go', async () => {
    const bonus = await granted();
    await scratch.asSystem(async (tx) => {
      expect(await nextOfBonus(tx, bonus.id, inAYear())).toEqual({ kind: 'operate', step: 2 });
      await refuseStep(tx, { bonusId: bonus.id, step: 2 }, 'NOT_ENOUGH_MONEY');
      expect(await nextOfBonus(tx, bonus.id, inAYear())).toEqual({ kind: 'wait', inMs: null });
    });
    const task = await scratch.asSystem((tx) => latestTask(tx, bonus.id, 'bonus_removal'));
    if (!task) throw new Error('nobody is asked');
    await inScope(scratch.db, colleague(1), (tx) =>
      decide(tx, {
        taskId: task.id,
        ...{ expectedVersion: task.version, contentHash: task.contentHash },
        ...{ decision: 'let_go', reason: 'GONE' },
      }),
    );
    expect(await work(bonus.id)).toBe('ended');
    expect(await credit()).toBe(0n);
  });

  it('does not expire while the MLRO’s circle holds its client', async () => {
    const bonus = await granted();
    await scratch.asSystem(async (tx) => {
      const id = newId('restriction');
      await rows(
        tx,
        `insert into restriction (id, entity_id, client_id, kind, scopes, restricted, set_by)
         values (:id, :entityId, :clientId, 'restricted_hold', '{withdraw}', true, 'usr_1')`,
        { id, entityId: bonus.entityId, clientId: bonus.clientId },
      );
      expect(await nextOfBonus(tx, bonus.id, inAYear())).toEqual({
        kind: 'wait',
        inMs: 86_400_000,
      });
      await rows(tx, 'update restriction set lifted_at = now() where id = :id', { id });
      expect(await nextOfBonus(tx, bonus.id, inAYear())).toMatchObject({ kind: 'operate' });
    });
  });

  it('goes with the deposit that its payer takes back', async () => {
    const bonus = await granted();
    await scratch.asSystem((tx) => removeBonusOfDeposit(tx, deposit, 'cb_1'));
    await scratch.asSystem((tx) => removeBonusOfDeposit(tx, deposit, 'cb_1'));
    expect(await work(bonus.id)).toBe(2);
    expect(await work(bonus.id)).toBe('ended');
    expect(await scratch.asSystem((tx) => stepsOfBonus(tx, bonus.id))).toMatchObject([
      { kind: 'grant' },
      { kind: 'removal', cause: 'chargeback', causeId: 'cb_1', state: 'done' },
    ]);
  });

  it('by hand waits for another person, and stays within the policy’s maximum', async () => {
    const propose = (amountMinor: bigint) =>
      inScope(scratch.db, colleague(1), (tx) =>
        proposeBonus(tx, { accountId: account, amount: usd(amountMinor), reason: 'a good client' }),
      );
    await expect(propose(100_001n)).rejects.toMatchObject({
      code: 'above_maximum',
      extra: { maximum: '1000.00' },
    });
    const { id } = await propose(2_500n);
    const task = await scratch.asSystem((tx) => latestTask(tx, id, 'bonus_approval'));
    if (!task) throw new Error('nobody is asked');
    const approve = (who: number) =>
      inScope(scratch.db, colleague(who), (tx) =>
        decide(tx, {
          taskId: task.id,
          ...{ expectedVersion: task.version, contentHash: task.contentHash },
          ...{ decision: 'approve', reason: 'OK' },
        }),
      );
    await expect(approve(1)).rejects.toMatchObject({ code: 'four_eyes' });
    await approve(2);
    expect(await work(id)).toBe(1);
    expect(await credit()).toBe(2_500n);
    await inScope(scratch.db, colleague(1), (tx) => takeBackBonus(tx, id, 'by mistake'));
    expect(await work(id)).toBe(2);
    expect(await credit()).toBe(0n);
    await expect(
      inScope(scratch.db, colleague(1), (tx) => takeBackBonus(tx, id, 'again')),
    ).rejects.toMatchObject({ code: 'bonus_not_active' });
  });

  it('does not go for a fee, which is no money of the client’s on its way out', async () => {
    await granted();
    const fee = await scratch.asSystem((tx) =>
      startTransfer(tx, {
        ...{ key: `fee/${account}`, accountId: account, direction: 'to_wallet' },
        ...{ amountMinor: 100n, purpose: 'dormancy_fee', wakes: `account/${account}` },
      }),
    );
    expect(await inTheWay(fee, true)).toBeUndefined();
  });
});
