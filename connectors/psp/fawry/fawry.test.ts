import { startStage, type Stage } from '../../../simulators/psp/stage';
import { type PaymentProvider } from '../port';
import { connectTo } from '../testing/settings';
import { signatureOf } from './client';

let stage: Stage;
let provider: PaymentProvider;
beforeAll(async () => {
  stage = await startStage(() => 200);
  provider = connectTo('fawry')(stage, 20_000);
});
afterAll(() => stage.close());

const request = {
  operationId: 'dep_1',
  amountMinor: 150_050n,
  currency: 'EGP',
  description: 'Deposit',
  returnUrl: '',
  payer: { phone: '+20 101 234 5678' },
  expiresAt: new Date(Date.now() + 3_600_000),
};

it('signs the fields one after the other, and the key last', () => {
  // echo -n 'abkey' | sha256sum
  expect(signatureOf(['a', 'b'], 'key')).toBe(
    '51a7328fd43ffde694029c1357560eb2bd9b7d2743576cca1863fe64b057b08b',
  );
});

it('gives a number until a time, and takes it back', async () => {
  const outcome = await provider.createPayment(request);
  if (outcome.kind !== 'done') throw new Error(outcome.kind);
  expect(outcome.nextAction).toEqual({
    kind: 'reference',
    number: outcome.providerRef,
    expiresAt: request.expiresAt,
  });
  const { providerRef } = outcome;
  expect(await provider.cancelPayment({ providerRef })).toMatchObject({ status: 'cancelled' });
  const { operationId } = request;
  expect(await provider.cancelPayment({ providerRef, operationId })).toMatchObject({
    kind: 'found',
    status: 'cancelled',
    amountMinor: request.amountMinor,
  });
});

it('knows a number that has expired', async () => {
  const operationId = 'dep_2';
  await provider.createPayment({
    ...request,
    operationId,
    expiresAt: new Date(Date.now() - 1_000),
  });
  expect(await provider.lookUpPayment({ operationId, notBefore: new Date() })).toMatchObject({
    kind: 'found',
    status: 'cancelled',
    nextAction: { kind: 'none' },
  });
});

it('takes a repeated request for the payment it knows, and another amount for none', async () => {
  const again = { ...request, operationId: 'dep_3' };
  const first = await provider.createPayment(again);
  const second = await provider.createPayment(again);
  expect(second).toMatchObject({ kind: 'done' });
  expect(second).toMatchObject({ providerRef: first.kind === 'done' ? first.providerRef : '' });
  expect(await provider.createPayment({ ...again, amountMinor: 500n })).toEqual({
    kind: 'unknown',
    reason: 'amount_differs',
  });
});

it.each([{}, { phone: '+201' }, { phone: '+254712345678' }])(
  'refuses a payer %j',
  async (payer) => {
    const outcome = await provider.createPayment({ ...request, operationId: 'dep_4', payer });
    expect(outcome).toMatchObject({ kind: 'refused', code: 'payer_required', notSent: false });
  },
);
