import { createKycActivities } from '../../activities/kyc';
import { screeningListFrom } from '../../activities/screening-list';
import { assess as assessWithdrawal } from '../../activities/withdrawal-assessment';
import { paperPicture, passportLines, type Identity } from '../../cli/demo/paper';
import { proveSources } from '../processes/applicants';
import { readSampleList } from '../../connectors/screening/ofac';
import { systemScope, type Scope } from '../../domain/access/scope';
import type { Role } from '../../domain/access/roles';
import { money, parseAmount } from '../../domain/money';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { insertAccount, moveAccount } from '../../db/accounts';
import { registerClient } from '../../db/client-registration';
import { readClient } from '../../db/clients';
import { inScope, rows, type Database, type Tx } from '../../db/connection';
import { awaitPayment, creditDeposit, requestDeposit } from '../../db/deposits';
import { advanceFeed } from '../../db/feeds';
import { install } from '../../db/installation';
import { planIntent, markSending, recordOutcome } from '../../db/intents';
import { saveDetails, submitCase, uploadDocument } from '../../db/kyc-submission';
import { hashPassword } from '../../db/passwords';
import { addBankAccount, saveSource } from '../../db/payment-sources';
import { setProcess } from '../../db/processes';
import { storeProviderEvent } from '../../db/provider-events';
import { openTask } from '../../db/tasks';
import { markTransfer } from '../../db/transfers';
import { requestTransfer } from '../../db/transfer-requests';
import { completeTransfer } from '../../db/transfer-end';
import { createUser } from '../../db/users';
import { moveWithdrawal, readWithdrawal, requestWithdrawal } from '../../db/withdrawals';
import { byStripe } from '../processes/payments';
import { seedCommission } from './commission';

/** For tests only: a small brokerage in the middle of its day, made by the product's own stores. */
export interface Brokerage {
  readonly password: string;
  readonly emailOf: Readonly<Record<Role, string>>;
  readonly clientId: string;
  readonly caseId: string;
  readonly screeningCaseId: string;
  readonly withdrawalId: string;
  readonly transferId: string;
  readonly accountId: string;
  readonly partnerId: string;
  readonly settlementId: string;
}

const colleagues: readonly (readonly [Role, string])[] = [
  ['compliance', 'Maria Ioannou'],
  ['mlro', 'Andreas Petrou'],
  ['senior_approver', 'Helen Marsh'],
  ['operations', 'Tomas Novak'],
  ['support', 'Lena Brandt'],
  ['finance', 'Priya Raman'],
  ['dealing', 'Oliver Kent'],
  ['partner_manager', 'Sofia Costa'],
  ['sales', 'Jan Visser'],
  ['auditor', 'Ruth Adler'],
  ['admin', 'Karl Weiss'],
];

const password = 'correct horse battery';

export async function openBrokerage(db: Database): Promise<Brokerage> {
  const system = <T>(work: (tx: Tx) => Promise<T>) => inScope(db, systemScope('test:seed'), work);
  await install(db, {
    actor: 'os:test',
    settleWindowMs: 300_000,
    sampleList: await readSampleList(),
  });
  const emailOf = await hire(system);
  const entry = { db, system };

  const anna = await apply(entry, person('Anna', 'Keller', 'D', '1988-04-17', '2031-05-02'));
  await apply(entry, person('Jonas', 'Lindqvist', 'SWE', '1979-11-02', '2024-02-11'));
  const expired = await apply(entry, person('Elena', 'Markova', 'BGR', '1991-01-30', '2025-03-01'));
  const near = await apply(entry, person('Milan', 'Ostrevko', 'CYP', '1962-07-04', '2032-01-15'));
  await apply(entry, person('Chiara', 'Bellini', 'ITA', '1984-09-09', '2030-12-31'));

  const money = await trade(entry, anna);
  return {
    password,
    emailOf,
    clientId: anna.clientId,
    caseId: expired.caseId,
    screeningCaseId: near.caseId,
    ...money,
    ...(await seedCommission(db, { ...anna, ...money })),
  };
}

interface Entry {
  readonly db: Database;
  readonly system: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
}

async function hire(system: Entry['system']): Promise<Record<Role, string>> {
  const passwordHash = await hashPassword(password);
  const emails: Partial<Record<Role, string>> = {};
  for (const [role, name] of colleagues) {
    const email = `${role}@keelson.example`;
    emails[role] = email;
    await system((tx) =>
      createUser(tx, {
        kind: 'staff',
        email,
        name,
        roles: [role],
        entities: ['cy', 'off'],
        passwordHash,
      }),
    );
  }
  // Every role of the list has been hired above.
  return emails as Record<Role, string>;
}

function person(
  given: string,
  family: string,
  issuer: string,
  birthDate: string,
  expires: string,
): Identity {
  return {
    given,
    family,
    issuer,
    birthDate,
    expires,
    number: `X${family.length}4410${given.length}7`,
    sex: given.endsWith('a') ? 'F' : 'M',
  };
}

interface Applied {
  readonly clientId: string;
  readonly userId: string;
  readonly entityId: string;
  readonly caseId: string;
  readonly scope: Scope;
}

const nationalities: Readonly<Record<string, string>> = {
  D: 'DE',
  SWE: 'SE',
  BGR: 'BG',
  CYP: 'CY',
  ITA: 'IT',
};

async function apply({ db, system }: Entry, who: Identity): Promise<Applied> {
  const nationality = nationalities[who.issuer] ?? 'CY';
  const registered = await system((tx) =>
    registerClient(tx, {
      name: `${who.given} ${who.family}`,
      email: `${who.given}.${who.family}@clients.example`.toLowerCase(),
      residence: nationality,
      nationality,
      currency: 'EUR',
    }),
  );
  if (registered.kind !== 'registered') throw new Error('known already');
  const { clientId, userId } = registered;
  const { entityId } = await system((tx) => readClient(tx, clientId));
  const scope = { kind: 'client', actor: `user:${userId}`, userId, clientId, entityId } as const;
  const own = <T>(work: (tx: Tx) => Promise<T>) => inScope(db, scope, work);
  await own((tx) =>
    saveDetails(tx, clientId, {
      personal: {
        birth_date: who.birthDate,
        nationality,
        address: '14 Harbour Street, 3100 Limassol',
        phone: '+357 25 555 014',
      },
      answers: {
        pep: false,
        occupation: 'employed',
        fundsSource: 'salary',
        expectedDeposit: '5000.00',
        account: { accountType: 'standard', currency: 'EUR' },
      },
    }),
  );
  // FATF watches the country: who lives there is asked for more.
  if (nationality === 'BG') await proveSources({ db, system }, { clientId, scope });
  const mrz = passportLines(who);
  const today = new Date().toISOString().slice(0, 10);
  await own((tx) =>
    uploadDocument(tx, clientId, {
      kind: 'passport',
      slot: undefined,
      content: paperPicture(
        ['Specimen passport', who.family, who.given, who.birthDate, ...mrz.split('\n')],
        0,
      ),
      details: { mrz },
      today,
    }),
  );
  const issuedOn = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 10);
  await own((tx) =>
    uploadDocument(tx, clientId, {
      kind: 'utility_bill',
      slot: undefined,
      content: paperPicture(
        ['Specimen utility bill', `${who.given} ${who.family}`, '14 Harbour Street', issuedOn],
        1,
      ),
      details: { issuedOn },
      today,
    }),
  );
  const { id: caseId } = await own((tx) => submitCase(tx, clientId));
  await createKycActivities({ db, screeningList: screeningListFrom(db) }).assessCase(caseId);
  return { clientId, userId, entityId, caseId, scope };
}

/** Deposits, an account, transfers one of which nobody knows about, and two withdrawals. */
async function trade({ db, system }: Entry, client: Applied) {
  const { clientId, entityId } = client;
  const eur = (amount: string) => money(parseAmount(amount, 'EUR'), 'EUR');
  const owner = { entityId, clientId };
  const deposit = await inScope(db, client.scope, (tx) =>
    requestDeposit(tx, { ...owner, amount: eur('12500.00'), rail: 'card' }, byStripe),
  );
  await system(async (tx) => {
    await awaitPayment(tx, deposit.id, {
      providerRef: 'cs_1',
      actionSealed: null,
    });
    const sourceId = await saveSource(tx, owner, {
      kind: 'card',
      provider: 'stripe',
      card: { fingerprint: 'fp1', last4: '4242', brand: 'Visa', expMonth: 5, expYear: 2031 },
    });
    for (const eventId of ['evt_1', 'evt_1']) {
      await storeProviderEvent(tx, {
        provider: 'stripe',
        eventId,
        type: 'payment.succeeded',
        operationId: deposit.id,
        occurredAt: new Date().toISOString(),
        body: '{}',
        normalised: { kind: 'payment.succeeded', amountMinor: '1250000', currency: 'EUR' },
      });
    }
    await creditDeposit(tx, deposit.id, { sourceId, providerRef: 'pi_1' });
  });
  await inScope(db, client.scope, (tx) =>
    requestDeposit(tx, { ...owner, amount: eur('300.00'), rail: 'card' }, byStripe),
  );
  const account = await system(async (tx) => {
    const made = await insertAccount(tx, {
      ...owner,
      serverId: 'mt5',
      group: 'cy\\standard-eur',
      accountType: 'standard',
      currency: 'EUR',
      leverage: 30,
      policyPins: [],
    });
    await moveAccount(tx, made.id, { from: ['requested'], to: 'active', login: '700123' });
    await advanceFeed(tx, 'mt5', {
      serverTime: Math.floor(Date.now() / 1000) - 20,
      offsetSeconds: 0,
      added: 0,
    });
    return made;
  });
  const move = { accountId: account.id, direction: 'to_account' } as const;
  const done = await inScope(db, client.scope, (tx) =>
    requestTransfer(tx, { ...move, amount: eur('4000.00') }),
  );
  await system((tx) => completeTransfer(tx, done.id, '900017'));
  const unknown = await inScope(db, client.scope, (tx) =>
    requestTransfer(tx, { ...move, amount: eur('250.00') }),
  );
  await system(async (tx) => {
    const workflowId = workflowIds.transfer(unknown.id);
    const plan = {
      workflowId,
      step: 'balance',
      kind: 'balance_operation',
      target: 'mt5',
      reference: '700123',
      ...owner,
      amountMinor: 25_000n,
      currency: 'EUR',
    } as const;
    const intent = await planIntent(tx, plan, (id) => `KS${id.slice(-10)}`);
    await markSending(tx, intent);
    await recordOutcome(tx, intent, { kind: 'unknown', reason: 'the answer was lost' });
    await markTransfer(tx, unknown.id, 'unknown');
    const task = await openTask(tx, {
      kind: 'operation_unknown',
      subject: unknown.id,
      workflowId,
      ...owner,
      title: 'A balance operation has an outcome that cannot be judged by rule',
      issue: [
        { code: 'OUTCOME_UNKNOWN', detail: 'Two deals of this amount and none carries our mark.' },
      ],
      content: {
        intent: intent.id,
        server: 'mt5',
        login: '700123',
        amount: '250.00',
        currency: 'EUR',
        candidates: ['900021', '900022'],
      },
      key: `operation_unknown/${intent.id}/first`,
    });
    await setProcess(tx, workflowId, {
      state: 'unknown',
      waitsFor: `task ${task.id}`,
      due: task.dueAt,
    });
  });
  const bank = await inScope(db, client.scope, (tx) =>
    addBankAccount(tx, owner, {
      holderName: 'Anna Keller',
      country: 'DE',
      iban: 'DE89370400440532013000',
      bic: null,
    }),
  );
  const ask = (amount: string) =>
    inScope(db, client.scope, (tx) =>
      requestWithdrawal(tx, {
        ...owner,
        userId: client.userId,
        amount: eur(amount),
        bankSourceId: bank.id,
      }),
    );
  const withdrawal = await ask('6200.00');
  await system(async (tx) => assessWithdrawal(tx, await readWithdrawal(tx, withdrawal.id), []));
  const second = await ask('75.00');
  await system(async (tx) => {
    await assessWithdrawal(tx, await readWithdrawal(tx, second.id), []);
    await moveWithdrawal(tx, second.id, {
      from: ['approved'],
      to: 'paying',
      event: 'withdrawal.paying',
    });
    await rows(tx, `update outbox set dispatched_at = now(), result = 'test' where id % 2 = 0`);
  });
  return {
    withdrawalId: withdrawal.id,
    transferId: unknown.id,
    accountId: account.id,
  };
}
