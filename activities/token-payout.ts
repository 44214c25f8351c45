import type { PayoutDestination } from '../connectors/psp/port';
import type { Tx } from '../db/connection';
import { readTokenAddress } from '../db/token-addresses';
import { clientParty, recordTravelRule } from '../db/travel-rule';

/** Tokens that leave for an address: a leg of a withdrawal, or a payment that goes back. */
export interface TokenPayout {
  readonly paymentId: string;
  readonly leg: number;
  readonly entityId: string;
  readonly clientId: string;
  readonly sourceId: string;
  readonly currency: string;
  readonly amountMinor: bigint;
}

/** The address with the name that travels with the transfer: the client's own, unless somebody else's was given. */
export async function tokenDestination(
  tx: Tx,
  { entityId, clientId, sourceId }: Pick<TokenPayout, 'entityId' | 'clientId' | 'sourceId'>,
): Promise<PayoutDestination> {
  const { network, address, vasp, holderName } = await readTokenAddress(tx, { clientId, sourceId });
  const { name } = await clientParty(tx, { entityId, clientId });
  return {
    ...{ kind: 'crypto_address', chain: network, address },
    beneficiary: { name: holderName ?? name ?? '', vasp },
  };
}

/** Records who sends and who gets it, in the transaction that lets it leave. */
export async function recordLeaving(tx: Tx, payout: TokenPayout): Promise<void> {
  const { paymentId, leg, clientId, sourceId, currency, amountMinor } = payout;
  const { network, address, vasp, holderName } = await readTokenAddress(tx, { clientId, sourceId });
  const originator = await clientParty(tx, payout);
  await recordTravelRule(tx, payout, {
    ...{ paymentId, leg, direction: 'out', network, currency, amountMinor, originator },
    beneficiary: { name: holderName ?? originator.name, account: address, vasp },
  });
}
