import type { GivenAddress } from '../../../domain/payments/address-book';
import { type Payment, type Refused, type Unknown } from '../port';
import { type ChainSettings, type TokenSettings } from './client';
import { judge, minorOfUnits, sumOf, unitsOf, type Paying, type Verdict } from './judge';
import { timesOf, transfersIn, type Block, type NodeAnswer, type Transfer } from './node';

/** The token that was asked for. A contract that is not configured any more is unknown money. */
export function tokenOf({ tokens }: ChainSettings, currency: string): TokenSettings | undefined {
  return tokens.find((token) => token.currency === currency);
}

/** Reads the blocks for transfers of the token to the address, with the times of their blocks. */
export async function payingIn(
  settings: ChainSettings,
  { address, contract, from, to }: { address: string; contract: string; from: number; to: number },
): Promise<NodeAnswer<readonly Paying[]>> {
  const range = { from, to, contracts: [contract], recipients: [address] };
  const found = await transfersIn(settings, range);
  return found.kind === 'read' ? withTimes(settings, found.value) : found;
}

export async function withTimes(
  settings: ChainSettings,
  transfers: readonly Transfer[],
): Promise<NodeAnswer<readonly Paying[]>> {
  const times = await timesOf(
    settings,
    transfers.map(({ blockNumber }) => blockNumber),
  );
  if (times.kind !== 'read') return times;
  return {
    kind: 'read',
    value: transfers.map((transfer) => ({
      ...transfer,
      blockTime: times.value.get(transfer.blockNumber) ?? 0,
    })),
  };
}

export function verdictOf(
  settings: ChainSettings,
  given: GivenAddress,
  { token, head, paying }: { token: TokenSettings; head: Block; paying: readonly Paying[] },
): Verdict {
  const { confirmations, topUpSeconds } = settings;
  return judge(paying, {
    ...{ askedUnits: unitsOf(given.amountMinor, token), closedBlock: given.closedBlock },
    ...{ confirmations, topUpSeconds, head },
  });
}

/**
 * The payment as it stands: what was asked for until it is paid, then what was paid. Nothing is said of who paid: the
 * address that sent it is an exchange's, often, which thousands of people pay from and none can be paid back to.
 */
export function paymentOf(
  settings: ChainSettings,
  given: GivenAddress,
  { status, counted }: Pick<Verdict, 'status' | 'counted'>,
  { token, expiresAt }: { readonly token: TokenSettings; readonly expiresAt: Date | undefined },
): Payment {
  const { address, currency } = given;
  const last = counted.at(-1);
  if (status === 'succeeded' && last) {
    return {
      ...{ providerRef: last.id, amountMinor: minorOfUnits(sumOf(counted), token), currency },
      ...{ status, nextAction: { kind: 'none' } as const },
    };
  }
  return {
    ...{ providerRef: address, amountMinor: given.amountMinor, currency, status },
    nextAction: {
      ...{ kind: 'crypto_address', chain: settings.chain, token: currency, address },
      ...{ confirmations: settings.confirmations, expiresAt: expiresAt ?? null },
    },
  };
}

export function lookUpFailed(reply: Refused | Unknown): Unknown {
  return { kind: 'unknown', reason: `look-up failed: ${reply.reason}` };
}
