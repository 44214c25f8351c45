import { follow, watchMsMax } from './live';

const view = { view: 'client/deposit', title: 'Deposit' };
const moving = (msAgo: number, isMoving = true) => ({
  path: '/client/deposits/dep_1',
  mark: 'awaiting_payment',
  since: new Date(Date.now() - msAgo).toISOString(),
  isMoving,
});

it('asks again while the thing moves, and says so only when something changed', () => {
  const first = follow(view, moving(0), undefined);
  expect(first.status).toBeUndefined();
  expect(first.data?.['live']).toEqual({ href: '/client/deposits/dep_1?seen=awaiting_payment' });
  expect(follow(view, moving(0), 'awaiting_payment').status).toBe(204);
  expect(follow(view, moving(0), 'requested').status).toBeUndefined();
});

it('stops asking when it has moved no more for long, or has come to its end', () => {
  const late = follow(view, moving(watchMsMax + 1), 'awaiting_payment');
  expect(late.status).toBe(286);
  expect(late.data?.['live']).toEqual({ href: undefined });
  const ended = follow(view, moving(0, false), 'requested');
  expect(ended.data?.['live']).toEqual({ href: undefined });
});
