import { setHandler } from '@temporalio/workflow';
import { changed, decided, providerEvent } from './signals';

/** Whether a committed row may have changed since it was last read. */
export interface Nudge {
  readonly set: () => boolean;
  readonly clear: () => void;
}

/** Listens to every signal that can wake a process. Call it before the first await. */
export function listenForNudges(): Nudge {
  let nudged = false;
  const wake = () => {
    nudged = true;
  };
  setHandler(decided, wake);
  setHandler(providerEvent, wake);
  setHandler(changed, wake);
  return {
    set: () => nudged,
    clear: () => {
      nudged = false;
    },
  };
}
