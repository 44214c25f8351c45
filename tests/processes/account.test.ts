import { inScope, rows } from '../../db/connection';
import { requestAccount } from '../../db/account-opening';
import { requestPassword } from '../../db/account-requests';
import { readAccount } from '../../db/accounts';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { queueMail } from '../../db/mails';
import { readProcess } from '../../db/processes';
import { workflowIds } from '../../temporal-config/workflow-ids';
import {
  colleague,
  decide,
  openAccount,
  openTaskOf,
  seedClient,
  type TestClient,
  walletOf,
} from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('a trading account', () => {
  let stage: Stage;
  let client: TestClient;

  beforeAll(async () => {
    stage = await openStage({ loginRange: '500001-500003' });
    client = await seedClient(stage, { name: 'Quirina Plantedname' });
  }, 120_000);

  afterEach(() => stage.mt5.clearFaults());

  afterAll(() => stage.close());

  const intentsOf = (id: string) =>
    stage.system((tx) => intentsOfWorkflow(tx, workflowIds.account(id)));

  it('gets server, group and leverage by policy, and its holder a link by mail', async () => {
    const account = await openAccount(stage, client);
    expect(account).toMatchObject({
      serverId: 'mt5',
      group: 'real\\off-usd-std',
      leverage: 500,
      login: '500001',
    });
    const platform = stage.deps.platformFor('mt5');
    expect(await platform.readAccount(account.login)).toMatchObject({
      group: 'real\\off-usd-std',
      leverage: 500,
      balance: { amountMinor: 0n },
    });
    const [mail] = await until('the letter', async () => {
      const found = await stage.mail.to(client.email);
      return found.length > 0 && found;
    });
    const letter = await stage.mail.read(mail?.id ?? '');
    expect(letter.text).toContain('500001');
    expect(letter.links.filter((link) => link.includes('/links/'))).toHaveLength(1);
  });

  it('gets tighter leverage from the CySEC entity for a retail client', async () => {
    const retail = await seedClient(stage, { entityId: 'cy', currency: 'EUR' });
    const account = await openAccount(stage, retail);
    expect(account).toMatchObject({ group: 'real\\cy-eur-std', leverage: 30 });
  });

  it('is refused by policy to a client who is not approved', async () => {
    const unknown = await seedClient(stage);
    await stage.system((tx) =>
      tx.sql.raw('update client set approved_at = null where id = ?', [unknown.id]),
    );
    await expect(
      inScope(stage.db, unknown.scope, (tx) =>
        requestAccount(tx, { clientId: unknown.id, accountType: 'standard', currency: 'USD' }),
      ),
    ).rejects.toMatchObject({
      status: 422,
      code: 'account_refused',
      detail: 'We have to verify you first. Complete your application.',
    });
  });

  it('is found again when the reply to its creation was lost', async () => {
    await stage.mt5.fault('lose_reply_after_apply', { command: 'user/add' });
    const account = await openAccount(stage, client);
    expect(account.login).toBe('500003');
    expect(await intentsOf(account.id)).toMatchObject([
      { attempt: 1, state: 'done', externalId: '500003' },
    ]);
  });

  it('waits for a person when the range of log-ins is used up, and goes on when it is extended', async () => {
    const asked = await inScope(stage.db, client.scope, (tx) =>
      requestAccount(tx, { clientId: client.id, accountType: 'standard', currency: 'USD' }),
    );
    const task = await openTaskOf(stage, asked.id, 'account_provisioning');
    expect(task.issue).toMatchObject([{ code: 'LOGIN_RANGE_EXHAUSTED' }]);
    const process = await stage.system((tx) => readProcess(tx, workflowIds.account(asked.id)));
    expect(process?.waitsFor).toBe(`task ${task.id}`);
    await stage.mt5.control('POST', '/login-range', { group: null, from: 600_001, to: 600_100 });
    await decide(stage, colleague('operations'), task, 'retry');
    const active = await until('the account', async () => {
      const account = await stage.system((tx) => readAccount(tx, asked.id));
      return account.state === 'active' && account;
    });
    expect(active.login).toBe('600001');
    expect(await intentsOf(asked.id)).toMatchObject([
      { step: 'create', state: 'refused' },
      { step: 'create-2', state: 'done' },
    ]);
  });

  it('sets the password that its holder chose, and keeps none of it', async () => {
    const account = await openAccount(stage, client);
    const password = 'Planted-pass-7';
    stage.plant(password);
    await inScope(stage.db, client.scope, (tx) =>
      requestPassword(tx, { accountId: account.id, password }),
    );
    const done = await until('the request to be done', async () => {
      const { rows } = await stage.system((tx) =>
        tx.sql.raw<{ rows: { state: string; secret_ct: string | null }[] }>(
          'select state, secret_ct from account_request where account_id = ?',
          [account.id],
        ),
      );
      return rows[0]?.state === 'done' && rows[0];
    });
    expect(done.secret_ct).toBeNull();
  });

  it('is closed when a person gives it up', async () => {
    await stage.mt5.fault('refuse', { command: 'user/add', retcode: 8 });
    const asked = await inScope(stage.db, client.scope, (tx) =>
      requestAccount(tx, { clientId: client.id, accountType: 'standard', currency: 'USD' }),
    );
    const task = await openTaskOf(stage, asked.id, 'account_provisioning');
    await decide(stage, colleague('operations'), task, 'refuse');
    await until('the account to be closed', async () => {
      const account = await stage.system((tx) => readAccount(tx, asked.id));
      return account.state === 'closed';
    });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 0n, heldMinor: 0n });
  });

  describe('a letter', () => {
    const write = (reference: string) =>
      stage.system((tx) =>
        queueMail(tx, {
          key: reference,
          kind: 'deposit_received',
          entityId: client.entityId,
          clientId: client.id,
          data: { amount: '1.00', currency: 'USD', reference, method: 'card' },
        }),
      );
    const lettersAbout = async (reference: string) => {
      const letters = [];
      for (const mail of await stage.mail.to(client.email)) {
        if ((await stage.mail.read(mail.id)).text.includes(reference)) letters.push(mail);
      }
      return letters;
    };
    const stateOf = (key: string, state: string) =>
      until(`the letter ${key} to be ${state}`, async () => {
        const [row] = await stage.system((tx) =>
          rows<{ state: string; finished_at: string | null }>(
            tx,
            `select m.state, p.finished_at from mail m join process p on p.subject = m.id where m.key = :key`,
            { key },
          ),
        );
        return row?.state === state && row.finished_at !== null;
      });

    it('goes out once however often it is queued', async () => {
      await write('letter-1');
      await write('letter-1');
      await stateOf('letter-1', 'sent');
      expect(await lettersAbout('letter-1')).toHaveLength(1);
    });

    it('waits for a mail server that says to try again later', async () => {
      await stage.mail.fault('temp_fail', { match: client.email, times: 2 });
      await write('letter-2');
      await stateOf('letter-2', 'sent');
      expect(await lettersAbout('letter-2')).toHaveLength(1);
    });

    it('goes again under the same Message-ID when nobody knows whether it went', async () => {
      await stage.mail.fault('lose_reply_after_accept', { match: client.email });
      await write('letter-3');
      await stateOf('letter-3', 'sent');
      const letters = await lettersAbout('letter-3');
      expect(letters.length).toBeGreaterThan(1);
      expect(new Set(letters.map(({ messageId }) => messageId)).size).toBe(1);
    });

    it('is given up when the mail server refuses it', async () => {
      await stage.mail.fault('refuse', { match: client.email });
      await write('letter-4');
      await stateOf('letter-4', 'failed');
      expect(await lettersAbout('letter-4')).toEqual([]);
    });
  });

  it('leaves books that agree with the server, and nothing that waits for nothing', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
