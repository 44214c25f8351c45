/** A message about a payment whose provider is read and tells nothing by itself, as it is kept. */
export interface ToldOfPayment {
  readonly eventId: string;
  readonly type: string;
  /** RFC 3339. */
  readonly occurredAt: string;
  readonly normalised: { readonly [key: string]: unknown };
}

/** What has come to a payment's address and is not credited yet. */
export interface SeenSoFar {
  /** All of it that stands on the chain, in minor units of the payment's currency. */
  readonly amountMinor: bigint;
  /** Blocks that hold the youngest of it: its own, and those built on it as far as the chain was read. */
  readonly confirmations: number;
  /** RFC 3339: the time of its block. */
  readonly lastAt: string | null;
  /** Something else than was asked for came, too; it is credited to nobody. */
  readonly somethingElse: boolean;
}

interface Standing {
  readonly amountMinor: bigint;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly at: string;
}

/**
 * Reads the messages in the order in which they were told. A transfer that a reorganisation took away counts no more,
 * unless it was seen again in another block. `position`: the last block that was read; null while none was.
 */
export function seenSoFar(
  messages: readonly ToldOfPayment[],
  position: number | null,
): SeenSoFar | null {
  const standing = new Map<string, Standing>();
  let somethingElse = false;
  for (const { type, eventId, normalised, occurredAt } of messages) {
    if (type === 'payment_stray') somethingElse = true;
    const id = String(normalised['providerRef']);
    if (type === 'payment_seen') {
      const transfer: unknown = normalised['transfer'];
      if (typeof transfer !== 'object' || transfer === null) continue;
      standing.set(id, {
        amountMinor: BigInt(String(normalised['amountMinor'])),
        blockNumber: Number(Reflect.get(transfer, 'blockNumber')),
        blockHash: String(Reflect.get(transfer, 'blockHash')),
        at: occurredAt,
      });
    }
    if (type === 'payment_dropped') {
      const { blockHash } = standing.get(id) ?? {};
      if (blockHash !== undefined && eventId.endsWith(`/${blockHash}`)) standing.delete(id);
    }
  }
  const all = [...standing.values()];
  if (all.length === 0 && !somethingElse) return null;
  const youngest = Math.max(0, ...all.map(({ blockNumber }) => blockNumber));
  return {
    amountMinor: all.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
    // It stands in a block, so that it has one even where the reader has not noted that block yet.
    confirmations: all.length === 0 ? 0 : Math.max(1, (position ?? youngest) - youngest + 1),
    lastAt:
      all
        .map(({ at }) => at)
        .sort()
        .at(-1) ?? null,
    somethingElse,
  };
}
