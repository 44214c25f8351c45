import { setTimeout as delay } from 'node:timers/promises';
import type { ServerHand } from '../processes/simulators';
import type { CreationFault, Weather } from './cells';
import type { Dice } from './dice';
import { settleWindowMs } from './misfortunes';

/** What befalls a whole server while `work` goes on; `calm` runs before it is over, for what only shows under it. */
export async function underWeather(
  hand: ServerHand,
  { weather, dice }: { readonly weather: Weather; readonly dice: Dice },
  { work, calm }: { readonly work: () => Promise<void>; readonly calm: () => Promise<void> },
): Promise<void> {
  switch (weather) {
    case 'clock offset':
      return clockOffset(hand, dice, async () => {
        await work();
        await calm();
      });
    case 'duplicate delivery': {
      const id = await hand.fault('deliver_twice');
      await work();
      await calm();
      return hand.lift(id);
    }
    case 'maintenance':
      await Promise.all([work(), maintenance(hand, dice)]);
      return;
    case 'connections dropped':
      await Promise.all([work(), dropConnections(hand, dice)]);
  }
}

/** Zones that are hours apart, clocks that are merely wrong, and now and then a change in the middle. */
async function clockOffset(hand: ServerHand, dice: Dice, work: () => Promise<void>): Promise<void> {
  const draw = () => dice.oneOf([3_600, -3_600, 7_200, -7_200, dice.between(-9_000, 9_000)]);
  const first = await hand.fault('clock_offset', { seconds: draw() });
  const changing = dice.chance(0.5)
    ? delay(dice.between(300, 2_000)).then(() => hand.fault('clock_offset', { seconds: draw() }))
    : undefined;
  await work();
  const second = await changing;
  await hand.lift(first);
  if (second !== undefined) await hand.lift(second);
}

async function maintenance(hand: ServerHand, dice: Dice): Promise<void> {
  await delay(dice.between(0, 900));
  const id = await hand.fault('maintenance');
  await delay(dice.between(200, 3 * settleWindowMs));
  await hand.lift(id);
}

async function dropConnections(hand: ServerHand, dice: Dice): Promise<void> {
  for (let times = dice.between(2, 4); times > 0; times -= 1) {
    await delay(dice.between(50, 500));
    await hand.fault('drop_connection', { times: dice.between(0, 2) });
  }
}

/** A range without a free log-in, or passwords that are all too weak, until what it answers is called. */
export async function refuseCreations(
  hand: ServerHand,
  { fault, group }: { readonly fault: CreationFault; readonly group: string },
): Promise<() => Promise<void>> {
  if (fault === 'weak password') {
    const id = await hand.fault('weak_password');
    return () => hand.lift(id);
  }
  const [account] = await hand.accounts();
  if (!account) throw new Error('a range is only full where there is a log-in');
  await hand.control('POST', '/login-range', { group, from: account.login, to: account.login });
  return async () => {
    await hand.control('POST', '/login-range', { group, from: 9_000_001, to: 9_000_999 });
  };
}
