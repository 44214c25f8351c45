import { condition, setHandler } from '@temporalio/workflow';
import { changed } from '../workflows/signals';

/** A bare sleeping workflow: it listens to one signal and waits for a day a month ahead, and nothing else. */
export async function sleeper(): Promise<void> {
  let nudged = false;
  setHandler(changed, () => {
    nudged = true;
  });
  await condition(() => nudged, '30 days');
}
