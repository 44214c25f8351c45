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

it('says when what is approved is paid', () => {
  const payAt = '2026-11-04T22:00:00.000Z';
  expect(payoutWords({ state: 'computed', payAt }).text).toMatch(/4 November at 22:00 UTC/);
  expect(payoutWords({ state: 'computed', payAt: null }).label).toBe('To be approved');
  expect(payoutWords({ state: 'paid', payAt }).label).toBe('Paid');
});
