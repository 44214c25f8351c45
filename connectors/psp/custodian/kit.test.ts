import { startStage } from '../../../simulators/psp/stage';
import { describeProvider } from '../testing/kit';
import { connectTo } from '../testing/settings';

const destination = {
  kind: 'crypto_address',
  chain: 'ethereum',
  address: '0x52908400098527886E0F7030069857D2E4169EE7',
  beneficiary: { name: 'Payee', vasp: null },
} as const;

const counter = describeProvider({
  name: 'custodian',
  operations: ['payout'],
  start: startStage,
  connect: connectTo('custodian'),
  payout: { amountMinor: 1_234_567_890n, currency: 'USDT', destination },
  tells: ['payout'],
  chargebacks: false,
});

const order = { operationId: 'int_x', amountMinor: 5_000_000n, currency: 'USDC', remittance: '' };

it.each([
  ['an address of another chain', { chain: 'tron' }, 'invalid_address'],
  ['an address that is none', { address: '0x12' }, 'invalid_address'],
  [
    'a payee without a name, for the travel rule',
    { beneficiary: { name: '', vasp: null } },
    'travel_rule_incomplete',
  ],
])('is refused %s', async (_what, change, code) => {
  const outcome = await counter.provider.payout({
    ...order,
    destination: { ...destination, ...change },
  });
  expect(outcome).toMatchObject({ kind: 'refused', code, notSent: false });
});

it('names nobody in its messages', () => {
  const all = counter.stage.receiver.received.map(({ raw }) => raw.toString('utf8')).join('\n');
  expect(all).toContain('USDT');
  expect(all).not.toContain(destination.address);
  expect(all).not.toContain('Payee');
});
