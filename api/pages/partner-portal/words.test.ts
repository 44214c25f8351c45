import { clientWords, monthName } from './words';

it('gives no partner a hint why a client is not active', () => {
  const labels = (states: string[]) => new Set(states.map((state) => clientWords(state).label));
  expect(labels(['rejected', 'suspended', 'terminated', 'closed', 'inactive']).size).toBe(1);
  const open = ['registered', 'application_incomplete', 'submitted', 'in_review'];
  expect(labels([...open, 'information_requested']).size).toBe(1);
});

it('names a month', () => {
  expect(monthName('2026-10')).toBe('October 2026');
});
