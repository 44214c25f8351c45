import knex from 'knex';
import { newId } from '../../domain/ids';
import { rows } from '../../db/connection';
import { readDeposit, requestDeposit } from '../../db/deposits';
import { sql as paymentMends } from '../../db/migrations/021_payment_mends';
import { saveSource, sourcesOfClient, type CardDetails } from '../../db/payment-sources';
import { byStripe } from '../../tests/processes/payments';
import { startApi, type TestApi } from '../testing/api';

const card: CardDetails = {
  fingerprint: 'fp_1',
  last4: '4242',
  brand: 'visa',
  expMonth: 12,
  expYear: 2039,
};

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function cardOfDeposit() {
  const person = await api.client();
  const { source, deposit } = await api.system(async (tx) => {
    const asked = await requestDeposit(
      tx,
      {
        entityId: 'cy',
        clientId: person.clientId,
        amount: { amountMinor: 10_000n, currency: 'EUR' },
        rail: 'card',
      },
      byStripe,
    );
    // A deposit is an owner with an id of its own.
    const id = await saveSource(tx, asked, { kind: 'card', provider: 'stripe', card });
    await rows(tx, 'update deposit set source_id = :id where id = :deposit', {
      id,
      deposit: asked.id,
    });
    return { source: id, deposit: await readDeposit(tx, asked.id) };
  });
  return { person, source, deposit };
}

describe('the sources that a client paid from', () => {
  it('are shown to a client who paid by card', async () => {
    const { person, source } = await cardOfDeposit();
    const reply = await api.call('GET', '/api/v1/payment-sources', { as: person });
    expect(reply.status).toBe(200);
    expect(reply.json['data']).toMatchObject([{ id: source, kind: 'card' }]);
    expect(source).toMatch(/^src_/);
  });

  it('get ids of their own where they had those of deposits', async () => {
    const { person, source, deposit } = await cardOfDeposit();
    const owner = knex({ client: 'pg', connection: api.ownerUrl, pool: { min: 0, max: 1 } });
    try {
      await owner.raw(`
        alter table payment_source drop constraint payment_source_id_check;
        alter table deposit drop constraint deposit_source_id_fkey;
        update payment_source set id = '${deposit.id}' where id = '${source}';
        update deposit set source_id = '${deposit.id}' where id = '${deposit.id}';
        alter table deposit add foreign key (source_id) references payment_source;
        drop index deposit_provider_ref; drop index withdrawal_leg_deposit;`);
      await owner.raw(paymentMends);
      const [kept] = await api.system((tx) => sourcesOfClient(tx, person.clientId));
      expect(kept?.id).toBe(deposit.id.replace('dep_', 'src_'));
      expect((await api.system((tx) => readDeposit(tx, deposit.id))).sourceId).toBe(kept?.id);
      await expect(
        owner.raw(`update payment_source set id = 'dep_1' where id = '${kept?.id}'`),
      ).rejects.toThrow('payment_source_id_check');
    } finally {
      await owner.destroy();
    }
  });
});

describe('where a client wants money to go', () => {
  it('is refused, by the field, when money of that currency cannot go there', async () => {
    const person = await api.client();
    const post = (path: string, body: unknown) =>
      api.call('POST', path, { as: person, key: newId('command'), body });
    const address = await post('/api/v1/payout-addresses', {
      network: 'ethereum',
      address: '0x52908400098527886E0F7030069857D2E4169EE7',
    });
    const bank = await post('/api/v1/payment-sources', {
      ...{ holderName: 'Quirina Plantedname', country: 'DE' },
      ...{ iban: 'DE89370400440532013000', bic: 'COBADEFFXXX' },
    });
    expect([address.status, bank.status]).toEqual([201, 201]);
    const asked = [
      { amount: { amount: '1.00', currency: 'EUR' }, addressId: address.json['id'] },
      { amount: { amount: '1.000000', currency: 'USDC' }, bankAccountId: bank.json['id'] },
    ];
    for (const body of asked) {
      const { status, json } = await post('/api/v1/withdrawals', body);
      expect({ status, ...json }).toMatchObject({
        status: 422,
        code: 'other_way',
        errors: [
          { pointer: Object.keys(body)[1] === 'addressId' ? '/addressId' : '/bankAccountId' },
        ],
      });
    }
  });
});
