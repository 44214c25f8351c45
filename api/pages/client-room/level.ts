import { wantsInWords } from '../../../domain/kyc/level-wants';
import type { AppliedLimit } from '../../../domain/policy/kinds/kyc-limits';
import { readLevel } from '../../../db/client-levels';
import { showLimits } from '../../../db/client-limits';
import type { Tx } from '../../../db/connection';

/** What the client may do by their level, and how to go on; `about` leaves limits of other things out. */
export async function levelData(
  tx: Tx,
  clientId: string,
  about?: readonly AppliedLimit['limit'][],
) {
  const view = await readLevel(tx, clientId);
  const limits = (await showLimits(tx, clientId)).filter(
    ({ limit }) => about === undefined || about.includes(limit),
  );
  const proof = view.next?.wants.find((want) => want.kind === 'document');
  const isApplying = view.next?.wants.some((want) => want.kind === 'application') === true;
  return {
    level: view.level,
    name: view.name,
    limits: limits.map(({ words, used, left }) => ({ words, used, left })),
    goOn: wantsInWords(view.next),
    href: isApplying
      ? '/client/onboarding'
      : proof?.kind === 'document'
        ? `/client/documents/${proof.slot}`
        : undefined,
  };
}
