import { type Psp } from '../psp';
import { type RailSide, type Settlement } from '../state';
import { settleGiveBack, settleSending } from './book';
import { custodian } from './custodian/side';
import { ewallet } from './ewallet/side';
import { fawry } from './fawry/side';
import { mpesa } from './mpesa/side';
import { type Side } from './side';
import { xendit } from './xendit/side';

/** Every provider that keeps its money in the shared book. */
export const sides: Readonly<Record<RailSide, Side>> = { ewallet, mpesa, xendit, fawry, custodian };

/** Ends what is under way in the shared book, if it is in there. */
export function settleRail(psp: Psp, settlement: Settlement): void {
  const sending = psp.state.get('sendings', settlement.id);
  const refund = psp.state.get('givebacks', settlement.id);
  if (sending) settleSending(psp, sides[sending.side].announce, sending, settlement);
  if (refund) settleGiveBack(psp, sides[refund.side].announce, refund, settlement);
}
