import { systemScope } from '../domain/access/scope';
import { inScope } from '../db/connection';
import { modulo97 } from '../domain/payments/account-numbers';
import { saveSource } from '../db/payment-sources';
import { requestWithdrawal, type Withdrawal } from '../db/withdrawals';
import { fund, seedClient, type TestClient } from '../tests/processes/people';
import type { Stage } from '../tests/processes/stage';

/** Small: that the bank account is new sends it to one person, and the hour's outflow is not used up. */
const amountMinor = 1_000n;
const madeAtOnce = 8;

/** A client with money in the wallet and a bank account in their own name. */
export interface Payee {
  readonly client: TestClient;
  readonly bankSourceId: string;
}

export async function gatherPayees(stage: Stage, count: number): Promise<Payee[]> {
  const payees: Payee[] = [];
  let begun = 0;
  const makeSome = async () => {
    while (begun < count) {
      begun += 1;
      payees.push(await makePayee(stage));
    }
  };
  await Promise.all(Array.from({ length: madeAtOnce }, makeSome));
  return payees;
}

let ibans = 0n;

/** Each has an account of their own: one that is another client's as well is a matter for the MLRO. */
function ownIban(): string {
  ibans += 1n;
  const account = `37040044${String(ibans).padStart(10, '0')}`;
  return `DE${String(98n - modulo97(`${account}DE00`)).padStart(2, '0')}${account}`;
}

async function makePayee(stage: Stage): Promise<Payee> {
  const client = await seedClient(stage);
  await fund(stage, client, '100.00');
  const owner = { entityId: client.entityId, clientId: client.id };
  const bank = {
    holderName: client.name,
    country: 'DE',
    iban: ownIban(),
    bic: null,
  };
  const bankSourceId = await inScope(stage.db, systemScope('os:bench'), (tx) =>
    saveSource(tx, owner, { kind: 'bank', provider: 'bank', bank }),
  );
  return { client, bankSourceId };
}

export function ask(stage: Stage, { client, bankSourceId }: Payee): Promise<Withdrawal> {
  return inScope(stage.db, client.scope, (tx) =>
    requestWithdrawal(tx, {
      entityId: client.entityId,
      clientId: client.id,
      userId: client.userId,
      amount: { amountMinor, currency: client.currency },
      bankSourceId,
    }),
  );
}
