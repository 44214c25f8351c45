import { depositRefusal } from './deposit-refusal';

it('tells a client a reason that may be told', () => {
  expect(depositRefusal(['BELOW_MINIMUM'], true)).toMatch(/smallest deposit/);
});

it('reads the same for every reason that must not be told', () => {
  for (const hidden of ['RESTRICTED', 'RISK_HIGH', 'constructor']) {
    expect(depositRefusal([hidden], true)).toBe(depositRefusal([], true));
  }
});
