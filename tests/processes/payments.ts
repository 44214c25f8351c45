import { inScope } from '../../db/connection';
import { nextActionOf } from '../../db/deposit-payer';
import { readDeposit, requestDeposit, type Deposit } from '../../db/deposits';
import { intentsOfWorkflow, type Intent } from '../../db/intent-readers';
import { saveSource } from '../../db/payment-sources';
import { readProcess, type ProcessState } from '../../db/processes';
import { legsOf, type WithdrawalLeg } from '../../db/withdrawal-legs';
import { readWithdrawal, requestWithdrawal, type Withdrawal } from '../../db/withdrawals';
import { parseAmount } from '../../domain/money';
import type { ShownAction } from '../../domain/payments/next-action.schema';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { seedClient, type ClientOptions, type TestClient } from './people';
import type { Stage } from './stage';
import { until } from './until';

export const usd = (amount: string) => ({
  amountMinor: parseAmount(amount, 'USD'),
  currency: 'USD',
});

/** Names the provider that routing would choose otherwise. */
export const byStripe = () => Promise.resolve({ provider: 'stripe', evaluationId: null });

export function askDeposit(stage: Stage, client: TestClient, amount: string): Promise<Deposit> {
  return inScope(stage.db, client.scope, (tx) =>
    requestDeposit(
      tx,
      { entityId: client.entityId, clientId: client.id, amount: usd(amount), rail: 'card' },
      byStripe,
    ),
  );
}

export function payPageOf(stage: Stage, { id }: Deposit, msMax?: number): Promise<string> {
  const page = async () => {
    const action = await actionOf(stage, id);
    return action?.kind === 'redirect' && action.url;
  };
  return until('the page to pay on', page, msMax);
}

/** What the payer has to do now; null while nothing is known yet. */
export function actionOf(stage: Stage, id: string): Promise<ShownAction | null> {
  return stage.system(async (tx) => nextActionOf(tx, await readDeposit(tx, id)));
}

/** A card of the client's own: another client's would be a third party's. */
export function cardOf(client: TestClient): {
  number: string;
  exp_month: number;
  exp_year: number;
} {
  const digits = client.id.replaceAll(/\D/g, '').slice(-14).padStart(14, '0');
  const body = `4${digits}`;
  const last = [...Array(10).keys()].find((digit) => luhnSum(`${body}${digit}`) % 10 === 0);
  return { number: `${body}${last}`, exp_month: 12, exp_year: 2039 };
}

/** ISO/IEC 7812-1. */
function luhnSum(number: string): number {
  return [...number].reverse().reduce((sum, digit, position) => {
    const value = Number(digit) * (position % 2 === 0 ? 1 : 2);
    return sum + (value > 9 ? value - 9 : value);
  }, 0);
}

/** A new client who has deposited by card; limits and histories of one test do not touch another's. */
export async function depositor(
  stage: Stage,
  amount: string,
  options: ClientOptions = { name: 'Quirina Plantedname' },
): Promise<{ client: TestClient; deposit: Deposit }> {
  const client = await seedClient(stage, options);
  const asked = await askDeposit(stage, client, amount);
  const card = cardOf(client);
  stage.plant(card.number);
  await stage.psp.payAt(await payPageOf(stage, asked), card);
  const deposit = await until('the credit', async () => {
    const now = await stage.system((tx) => readDeposit(tx, asked.id));
    return now.state === 'credited' && now;
  });
  return { client, deposit };
}

export const testIban = 'DE89370400440532013000';

/** A bank account that has been known longer than any cooling time. */
export async function bankOf(
  stage: Stage,
  client: TestClient,
  holderName = client.name,
): Promise<string> {
  stage.plant(testIban, holderName);
  return stage.system(async (tx) => {
    const id = await saveSource(
      tx,
      { entityId: client.entityId, clientId: client.id },
      {
        kind: 'bank',
        provider: 'bank',
        bank: { holderName, country: 'DE', iban: testIban, bic: null },
      },
    );
    await tx.sql.raw(
      `update payment_source set created_at = now() - interval '30 days' where id = ?`,
      [id],
    );
    return id;
  });
}

export function askWithdrawal(
  stage: Stage,
  client: TestClient,
  amount: string,
  bankSourceId: string | null = null,
): Promise<Withdrawal> {
  return inScope(stage.db, client.scope, (tx) =>
    requestWithdrawal(tx, {
      entityId: client.entityId,
      clientId: client.id,
      userId: client.userId,
      amount: usd(amount),
      bankSourceId,
    }),
  );
}

/** A withdrawal as a test watches it. */
export interface WatchedWithdrawal {
  process(): Promise<ProcessState | undefined>;
  row(): Promise<Withdrawal>;
  intents(): Promise<Intent[]>;
  legs(): Promise<WithdrawalLeg[]>;
  ended(msMax?: number): Promise<Withdrawal>;
  waitsFor(words: string, msMax?: number): Promise<boolean>;
}

export function watch(stage: Stage, { id }: Withdrawal): WatchedWithdrawal {
  const process = () => stage.system((tx) => readProcess(tx, workflowIds.withdrawal(id)));
  const row = () => stage.system((tx) => readWithdrawal(tx, id));
  return {
    process,
    row,
    intents: () => stage.system((tx) => intentsOfWorkflow(tx, workflowIds.withdrawal(id))),
    legs: () => stage.system((tx) => legsOf(tx, id)),
    ended: (msMax) =>
      until(
        `the end of ${id}`,
        async () => {
          const now = await process();
          if (!now?.finishedAt) throw new Error(`${now?.state}, waits for ${now?.waitsFor}`);
          return row();
        },
        msMax,
      ),
    waitsFor: (words, msMax) =>
      until(
        `${id} to wait for ${words}`,
        async () => {
          const now = await process();
          if (!now?.waitsFor?.includes(words)) throw new Error(`${now?.state}, ${now?.waitsFor}`);
          return true;
        },
        msMax,
      ),
  };
}
