import { clientWords, payoutWords, periodName } from './words';

it('gives no partner a hint why a client is not active', () => {
  const labels = (states: string[]) => new Set(states.map((state) => clientWords(state).label));
  expect(labels(['rejected', 'suspended', 'terminated', 'closed', 'inactive']).size).toBe(1);
  const open = ['registered', 'application_incomplete', 'submitted', 'in_review'];
  expect(labels([...open, 'information_requested']).size).toBe(1);
});

it('names months, weeks and days', () => {
  expect(periodName('2026-10')).toBe('October 2026');
  expect(periodName('2026-W41')).toBe('Week 41 (5 October 2026)');
  expect(periodName('2026-10-05')).toBe('5 October 2026');
});

const none = { payAt: null, failure: null };

it('says that a suspended partner is not paid, and gives no other reason away', () => {
  const words = (failure: string) => payoutWords({ ...none, state: 'withheld', failure }).text;
  expect(words('PARTNER_SUSPENDED')).toMatch(/suspended/);
  expect(words('insufficient_funds')).not.toMatch(/suspended|insufficient/);
});

it('says when what is approved is paid', () => {
  const payAt = '2026-11-04T22:00:00.000Z';
  expect(payoutWords({ ...none, state: 'computed', payAt }).text).toMatch(
    /4 November at 22:00 UTC/,
  );
  expect(payoutWords({ ...none, state: 'computed' }).label).toBe('To be approved');
  expect(payoutWords({ ...none, state: 'paid', payAt }).label).toBe('Paid');
});
