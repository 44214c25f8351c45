import { condition, continueAsNew, defineSignal, setHandler } from '@temporalio/workflow';

export const addSignal = defineSignal<[number]>('add');

/** Adds up three signals a run and continues as new once: two runs for the replay test. */
export async function counter(sum: number, isLast: boolean): Promise<number> {
  let taken = 0;
  setHandler(addSignal, (amount) => {
    sum += amount;
    taken += 1;
  });
  await condition(() => taken >= 3);
  if (isLast) return sum;
  return await continueAsNew<typeof counter>(sum, true);
}
