import { sleep } from '@temporalio/workflow';

/** The same workflow after a change that no running one survives. */
export async function counter(sum: number): Promise<number> {
  await sleep('1 second');
  return sum;
}
