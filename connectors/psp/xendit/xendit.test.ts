import { readQr } from '../../../domain/payments/emv/qr';
import { startStage, type Stage } from '../../../simulators/psp/stage';
import { type PaymentProvider } from '../port';
import { connectTo } from '../testing/settings';

let stage: Stage;
let provider: PaymentProvider;
beforeAll(async () => {
  stage = await startStage(() => 200);
  provider = connectTo('xendit')(stage, 20_000);
});
afterAll(() => stage.close());

const more = { description: 'Deposit', returnUrl: '' };
const payer = { name: 'A Payer', bankCode: 'BNI' };

it.each([
  ['IDR', 15_000_000n, 'ID'],
  ['THB', 150_050n, 'TH'],
  ['MYR', 9_990n, 'MY'],
])(
  'shows a code of %s that asks for this money, with our id in tag 62',
  async (currency, amountMinor, country) => {
    const operationId = `dep_${currency}`;
    const outcome = await provider.createPayment({ operationId, amountMinor, currency, ...more });
    if (outcome.kind !== 'done' || outcome.nextAction.kind !== 'qr') throw new Error(outcome.kind);
    expect(readQr(outcome.nextAction.payload)).toMatchObject({
      ...{ dynamic: true, currency, amountMinor, country },
      reference: operationId,
    });
  },
);

it('opens an account at the payer’s bank, until it is asked to end it', async () => {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const request = { operationId: 'dep_va', amountMinor: 5_000_000n, currency: 'IDR', ...more };
  const outcome = await provider.createPayment({
    ...request,
    rail: 'virtual_account',
    payer,
    expiresAt,
  });
  expect(outcome).toMatchObject({
    kind: 'done',
    nextAction: { kind: 'virtual_account', bankCode: 'BNI', accountName: 'A Payer', expiresAt },
  });
  const providerRef = outcome.kind === 'done' ? outcome.providerRef : '';
  expect(await provider.cancelPayment({ providerRef })).toMatchObject({ status: 'cancelled' });
  const late = await stage.control('/pay-in', { side: 'xendit', reference: 'dep_va' });
  expect(late).toMatchObject({ httpStatus: 400 });
});

it('says that it was paid when somebody was quicker than the cancellation', async () => {
  const request = { operationId: 'dep_quick', amountMinor: 9_990n, currency: 'MYR', ...more };
  const outcome = await provider.createPayment(request);
  await stage.control('/pay-in', { side: 'xendit', reference: 'dep_quick' });
  const providerRef = outcome.kind === 'done' ? outcome.providerRef : '';
  expect(await provider.cancelPayment({ providerRef })).toMatchObject({ status: 'succeeded' });
});

it.each([
  ['an account without the payer’s bank', { rail: 'virtual_account' as const }, 'payer_required'],
  ['a card', { rail: 'card' as const }, 'rail_unsupported'],
])('refuses %s before it sends', async (_what, change, code) => {
  const request = { operationId: 'dep_no', amountMinor: 5_000_000n, currency: 'IDR', ...more };
  expect(await provider.createPayment({ ...request, ...change })).toMatchObject({
    kind: 'refused',
    code,
  });
});

it('does not take its key for other money', async () => {
  const request = { operationId: 'dep_key', amountMinor: 9_990n, currency: 'MYR', ...more };
  await provider.createPayment(request);
  const other = await provider.createPayment({ ...request, amountMinor: 10_000n });
  expect(other).toEqual({ kind: 'unknown', reason: 'IDEMPOTENCY_ERROR' });
});
