import { isPayerClear } from '../../activities/payer-screening';
import { readUploadedStatement } from '../../api/statement-upload';
import { shippedBankAccounts } from '../../db/shipped-bank-accounts';
import { inScope, rows } from '../../db/connection';
import { ensureBankReference } from '../../db/bank-references';
import { readDeposit } from '../../db/deposits';
import { readBalance } from '../../db/ledger';
import { readProcess, type ProcessState } from '../../db/processes';
import { proposeForReceipt } from '../../db/receipt-decisions';
import { takeStatement } from '../../db/receipt-intake';
import { listReceipts, readReceipt, type Receipt } from '../../db/receipts';
import { isRestricted } from '../../db/restrictions';
import { latestTask, type Task } from '../../db/tasks';
import { wakeVerificationClock } from '../../db/verification-clocks';
import { listWithdrawals } from '../../db/withdrawals';
import { house } from '../../domain/ledger/account';
import type { ScreeningIndex } from '../../domain/screening/candidate-index';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { listOf } from './listed';
import { colleague, decide, openTaskOf, seedClient, type TestClient, walletOf } from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

const accountOf = (entity: string) =>
  shippedBankAccounts.find(
    ({ entityId, currency }) =>
      entityId === entity && currency === (entity === 'cy' ? 'EUR' : 'USD'),
  );
const payerIban = 'DE02120300000000202051';
const stranger = 'Wendelgard Unplanted';

interface Transfer {
  readonly ref: string;
  readonly amount: string;
  readonly name: string;
  readonly text: string;
  readonly entity?: string;
}

/** The bank's day as MT940 tells it. */
function statementOf(...transfers: Transfer[]): Buffer {
  const account = accountOf(transfers[0]?.entity ?? 'off');
  const { currency = '' } = account ?? {};
  return Buffer.from(
    [
      ...[':20:1', `:25:${account?.iban ?? ''}`, ':28C:1', `:60F:C261126${currency}0,00`],
      ...transfers.flatMap(({ ref, amount, name, text }) => [
        `:61:2611271127C${amount.replace('.', ',')}NTRFNONREF//${ref}`,
        `:86:166?20SVWZ+${text}?31${payerIban}?32${name}`,
      ]),
      `:62F:C261127${currency}0,00`,
      '-',
    ].join('\r\n'),
  );
}

describe('money that arrives at a bank', () => {
  let stage: Stage;
  let client: TestClient;
  let reference: string;
  const finance = colleague('operations');

  beforeAll(async () => {
    stage = await openStage();
    stage.plant(payerIban, stranger);
    client = await seedClient(stage, { name: 'Quirina Plantedname' });
    reference = await stage.system((tx) =>
      ensureBankReference(tx, { entityId: 'off', clientId: client.id, currency: 'USD' }),
    );
  }, 120_000);

  afterAll(() => stage.close());

  const importFile = (bytes: Buffer) =>
    inScope(stage.db, finance, (tx) =>
      takeStatement(
        tx,
        readUploadedStatement(
          { bytes, mediaType: 'text/plain', name: 'f.sta' },
          shippedBankAccounts,
        ),
      ),
    );
  const take = async (transfer: Transfer): Promise<Receipt> => {
    const { statement } = await importFile(statementOf(transfer));
    const [receipt] = await stage.system((tx) =>
      listReceipts(tx, { statementId: statement.id, limit: 1 }),
    );
    if (!receipt) throw new Error('nothing was new');
    return receipt;
  };
  const now = ({ id }: Receipt) => stage.system((tx) => readReceipt(tx, id));
  const ended = (depositId: string | null) =>
    until('the end of the deposit', async () => {
      const process = await stage.system((tx) =>
        readProcess(tx, workflowIds.deposit(depositId ?? '')),
      );
      if (!process?.finishedAt) throw new Error(`waits for ${process?.waitsFor}`);
      return stage.system((tx) => readDeposit(tx, depositId ?? ''));
    });
  const unallocated = async () =>
    (
      await stage.system((tx) =>
        readBalance(tx, house('unallocated', { entityId: 'off', currency: 'USD' })),
      )
    ).balanceMinor;
  const propose = (receipt: Receipt, proposal: Parameters<typeof proposeForReceipt>[2]) =>
    inScope(stage.db, finance, (tx) => proposeForReceipt(tx, receipt.id, proposal));
  const paidBack = (to: Receipt) =>
    until('the bank to have paid it back', async () => {
      const receipt = await now(to);
      if (receipt.state !== 'returned') throw new Error(receipt.state);
      const [intent] = await stage.system((tx) =>
        rows<{ id: string }>(
          tx,
          `select id from intent where workflow_id = :id and kind = 'payout' and state = 'done'`,
          { id: workflowIds.receiptReturn(to.id) },
        ),
      );
      return stage.psp.stateOf('payouts', intent?.id ?? '');
    });
  const both = async (task: Task, decision: string) => {
    const once = await decide(stage, colleague('operations'), task, decision);
    return decide(stage, colleague('operations'), once, decision);
  };

  it('is credited once by its reference, though the bank tells of it in several statements', async () => {
    const transfer = { ref: 'B1', amount: '125.00', name: client.name, text: reference };
    const file = statementOf(transfer);
    const { statement } = await importFile(file);
    expect(statement).toMatchObject({ credits: 1, receipts: 1 });
    expect(await importFile(file)).toEqual({ statement, isNew: false });
    const next = { ref: 'B2', amount: '10.00', name: client.name, text: `for ${reference}` };
    expect((await importFile(statementOf(transfer, next))).statement).toMatchObject({
      ...{ credits: 2, receipts: 1 },
    });
    const receipts = await stage.system((tx) =>
      listReceipts(tx, { clientId: client.id, limit: 10 }),
    );
    expect(receipts.map(({ amountMinor }) => amountMinor)).toEqual([1_000n, 12_500n]);
    for (const { depositId } of receipts) {
      expect(await ended(depositId)).toMatchObject({ state: 'credited', rail: 'bank' });
    }
    expect((await walletOf(stage, client)).balanceMinor).toBe(13_500n);
    expect(await unallocated()).toBe(0n);
  }, 60_000);

  it('waits for one person to propose whose it is and another to say so, when the payer wrote nothing', async () => {
    const receipt = await take({ ref: 'B3', amount: '20.00', name: client.name, text: 'hello' });
    const task = await openTaskOf(stage, receipt.id, 'unallocated_receipt');
    expect(task.content['suggestions']).toEqual([{ client: client.id, why: 'ACCOUNT, NAME' }]);
    expect(await unallocated()).toBe(2_000n);
    const proposed = await propose(receipt, { action: 'allocate', clientId: client.id });
    await expect(decide(stage, finance, proposed, 'allocate')).rejects.toMatchObject({
      code: 'four_eyes',
    });
    await decide(stage, colleague('operations'), proposed, 'allocate');
    const { depositId } = await until('the deposit', async () => {
      const at = await now(receipt);
      return at.state === 'allocated' && at;
    });
    expect(await ended(depositId)).toMatchObject({ state: 'credited' });
    expect((await walletOf(stage, client)).balanceMinor).toBe(15_500n);
  }, 60_000);

  it('goes back to the account it came from when nobody knows whose it is', async () => {
    const receipt = await take({ ref: 'B4', amount: '30.00', name: stranger, text: 'rent' });
    await openTaskOf(stage, receipt.id, 'unallocated_receipt');
    await decide(
      stage,
      colleague('operations'),
      await propose(receipt, { action: 'return' }),
      'return',
    );
    expect(await paidBack(receipt)).toMatchObject([{ status: 'paid' }]);
    expect(await unallocated()).toBe(0n);
  }, 60_000);

  it('stays while its payer may be somebody listed, and goes back once two people have dismissed that', async () => {
    const receipt = await take({ ref: 'B9', amount: '35.00', name: 'Milan Ostrevko', text: 'x' });
    await openTaskOf(stage, receipt.id, 'unallocated_receipt');
    await decide(
      stage,
      colleague('operations'),
      await propose(receipt, { action: 'return' }),
      'return',
    );
    const task = await openTaskOf(stage, `${receipt.id}/payer`, 'screening_match');
    await until('a routine review', async () => {
      const process = await stage.system((tx) =>
        readProcess(tx, workflowIds.receiptReturn(receipt.id)),
      );
      return process?.waitsFor === 'a routine review';
    });
    expect(await unallocated()).toBe(3_500n);
    const once = await decide(stage, colleague('compliance'), task, 'dismiss');
    await decide(stage, colleague('compliance'), once, 'dismiss');
    expect(await paidBack(receipt)).toMatchObject([{ status: 'paid' }]);
    expect(await unallocated()).toBe(0n);
  }, 60_000);

  it('stays while the MLRO holds its payer, whatever a list that is published meanwhile says', async () => {
    const name = 'Milan Ostrevko';
    const receipt = await take({ ref: 'B10', amount: '45.00', name, text: 'y' });
    await openTaskOf(stage, receipt.id, 'unallocated_receipt');
    await decide(
      stage,
      colleague('operations'),
      await propose(receipt, { action: 'return' }),
      'return',
    );
    const subject = `${receipt.id}/payer`;
    const twice = async (role: 'compliance' | 'mlro', task: Task) =>
      decide(
        stage,
        colleague(role),
        await decide(stage, colleague(role), task, 'dismiss'),
        'dismiss',
      );
    const isClear = (list: ScreeningIndex) => isPayerClear(stage.db, receipt, list);
    const first = await openTaskOf(stage, subject, 'screening_match');
    const [second, third] = [listOf('h2', name), listOf('h3', name)];
    expect(await isClear(second)).toBe(false);
    const asked = await openTaskOf(stage, subject, 'screening_match');
    expect(asked.id).not.toBe(first.id);
    expect(await isClear(third)).toBe(false);
    const latest = await openTaskOf(stage, subject, 'screening_match');
    expect(latest.id).not.toBe(asked.id);

    await twice('compliance', asked);
    await decide(stage, colleague('compliance'), first, 'confirm');
    const hold = await openTaskOf(stage, `hold/${receipt.id}`, 'screening_match');
    expect(await isClear(second)).toBe(false);
    expect(await isClear(listOf('h4', 'Somebody Else'))).toBe(false);
    expect(await isClear(listOf('h5', name))).toBe(false);
    expect(await stage.system((tx) => latestTask(tx, subject, 'screening_match'))).toMatchObject({
      ...{ id: latest.id, state: 'cancelled' },
    });
    expect(await unallocated()).toBe(4_500n);

    const before = stage.deps.screeningList;
    Object.assign(stage.deps, { screeningList: () => Promise.resolve(third) });
    try {
      await twice('mlro', hold);
      expect(await paidBack(receipt)).toMatchObject([{ status: 'paid' }]);
    } finally {
      Object.assign(stage.deps, { screeningList: before });
    }
    expect(await unallocated()).toBe(0n);
  }, 60_000);

  it('is held and returned when somebody else has paid it with the client’s reference', async () => {
    const receipt = await take({ ref: 'B5', amount: '40.00', name: stranger, text: reference });
    const task = await openTaskOf(stage, receipt.depositId ?? '', 'unmatched_deposit');
    expect(task).toMatchObject({ issue: [{ code: 'THIRD_PARTY_PAYER' }], choices: ['return'] });
    expect(await unallocated()).toBe(4_000n);
    await both(task, 'return');
    expect(await paidBack(receipt)).toMatchObject([{ status: 'paid' }]);
    expect(await ended(receipt.depositId)).toMatchObject({ state: 'returned' });
    expect((await walletOf(stage, client)).balanceMinor).toBe(15_500n);
  }, 60_000);

  it('is judged by people when a machine cannot say whether the name is the client’s', async () => {
    const receipt = await take({
      ref: 'B6',
      amount: '50.00',
      name: 'Q. Plantedname',
      text: reference,
    });
    const task = await openTaskOf(stage, receipt.depositId ?? '', 'unmatched_deposit');
    expect(task.choices).toEqual(['credit', 'return']);
    await both(task, 'credit');
    expect(await ended(receipt.depositId)).toMatchObject({ state: 'credited' });
    expect((await walletOf(stage, client)).balanceMinor).toBe(20_500n);
  }, 60_000);

  describe('from a client who is not verified yet', () => {
    /** Has paid in 150.00, by the reference, and the time to be verified runs. */
    async function unverified(name: string, ref: string): Promise<TestClient> {
      const late = await seedClient(stage, { entityId: 'cy', currency: 'EUR', name });
      const text = await stage.system(async (tx) => {
        await rows(
          tx,
          `update client set approved_at = null, state = 'application_incomplete' where id = :id`,
          { id: late.id },
        );
        return ensureBankReference(tx, { entityId: 'cy', clientId: late.id, currency: 'EUR' });
      });
      const receipt = await take({ ref, amount: '150.00', name, text, entity: 'cy' });
      expect(await ended(receipt.depositId)).toMatchObject({ state: 'credited' });
      await clockIs(late, ({ waitsFor }) => waitsFor === 'the client to be verified');
      return late;
    }

    const clockIs = (late: TestClient, is: (process: ProcessState) => boolean) =>
      until('the clock', async () => {
        const process = await stage.system((tx) =>
          readProcess(tx, workflowIds.verification(late.id)),
        );
        if (!process || !is(process)) throw new Error(`${process?.state}, ${process?.waitsFor}`);
        return process;
      });

    /** So many days go by, and the clock's timer fires. */
    const days = (late: TestClient, count: number) =>
      stage.system(async (tx) => {
        await rows(
          tx,
          `update verification_clock set started_at = started_at - :count * interval '1 day' where client_id = :id`,
          { id: late.id, count },
        );
        await wakeVerificationClock(tx, late.id);
      });
    const letter = (late: TestClient, words: RegExp) =>
      until(`a letter: ${words.source}`, async () =>
        (await stage.mail.to(late.email)).some(({ subject }) => words.test(subject)),
      );

    it('goes back to its source when the time to be verified is over', async () => {
      const late = await unverified('Leokadia Plantedlate', 'C1');
      await days(late, 11);
      await letter(late, /let us verify you/);
      await days(late, 5);
      await letter(late, /money goes back/);
      expect(await stage.system((tx) => isRestricted(tx, late.id, 'trade'))).toBe(true);
      const asked = await until('the withdrawal', async () => {
        const [found] = await stage.system((tx) =>
          listWithdrawals(tx, { clientId: late.id, limit: 1 }),
        );
        return found ?? false;
      });
      expect(asked).toMatchObject({ amountMinor: 15_000n, requestedBy: 'system' });
      const task = await openTaskOf(stage, asked.id, 'withdrawal_approval');
      await decide(stage, colleague('compliance'), task, 'approve');
      await until('it to be paid', async () => (await walletOf(stage, late)).balanceMinor === 0n);
      await days(late, 1);
      await clockIs(late, ({ outcome }) => outcome === 'returned');
    }, 60_000);

    it('stays when they are verified after all, and what was restricted is not any more', async () => {
      const late = await unverified('Melitta Plantedintime', 'C2');
      await days(late, 16);
      await letter(late, /money goes back/);
      await stage.system(async (tx) => {
        await rows(tx, `update client set approved_at = now(), state = 'approved' where id = :id`, {
          id: late.id,
        });
        await wakeVerificationClock(tx, late.id);
      });
      await clockIs(late, ({ outcome }) => outcome === 'verified');
      expect(await stage.system((tx) => isRestricted(tx, late.id, 'deposit'))).toBe(false);
      expect(await walletOf(stage, late)).toEqual({ balanceMinor: 15_000n, heldMinor: 0n });
    }, 60_000);
  });

  it('leaves books that agree, in which what is unallocated is what waits', async () => {
    expect(await unallocated()).toBe(0n);
    expect(await stage.faults()).toEqual([]);
  });
});
