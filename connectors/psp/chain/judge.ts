import { exponentOf } from '../../../domain/money';
import { type TokenSettings } from './client';
import { inOrder, type Transfer } from './node';

/** A transfer of the token that was asked for, to the payment's address, with the time of its block. */
export type Paying = Pick<Transfer, 'id' | 'units' | 'blockNumber' | 'blockHash' | 'logIndex'> & {
  readonly blockTime: number;
};

/** What transfers are judged by: nothing in it depends on when one looks, but for the chain's own head. */
export interface Terms {
  /** As the contract counts. */
  readonly askedUnits: bigint;
  readonly confirmations: number;
  readonly topUpSeconds: number;
  readonly head: { readonly number: number; readonly timestamp: number };
  /** The last block of which a transfer counts for the payment; null while it is open. */
  readonly closedBlock: number | null;
}

export interface Verdict {
  /** The payment: transfers up to the amount, as long as each follows in time on the one before. */
  readonly counted: readonly Paying[];
  /** `succeeded`: nothing is added to it any more, and all of it is confirmed, whatever it comes to. */
  readonly status: 'open' | 'processing' | 'succeeded' | 'cancelled';
  /** Confirmed, and no part of the payment: it came after it was whole, or after its end. */
  readonly extra: readonly Paying[];
  /** Some transfer is not confirmed yet. */
  readonly isPending: boolean;
}

/**
 * What the transfers to an address come to. A payer may send an amount in parts (a small one first, to be safe); what
 * comes after the amount is reached, or too late, is no part of it and is told apart. The same chain gives the same
 * verdict, whoever asks and how often.
 */
export function judge(transfers: readonly Paying[], terms: Terms): Verdict {
  const { askedUnits, confirmations, topUpSeconds, head, closedBlock } = terms;
  const isConfirmed = ({ blockNumber }: Paying) => head.number - blockNumber + 1 >= confirmations;
  const counted: Paying[] = [];
  const after: Paying[] = [];
  for (const transfer of [...transfers].sort(inOrder)) {
    const last = counted.at(-1);
    const isLate =
      (closedBlock !== null && transfer.blockNumber > closedBlock) ||
      (last !== undefined && transfer.blockTime - last.blockTime >= topUpSeconds);
    const isMore = after.length > 0 || sumOf(counted) >= askedUnits;
    if (isLate || isMore) after.push(transfer);
    else counted.push(transfer);
  }
  const last = counted.at(-1);
  const isWhole =
    last !== undefined &&
    (sumOf(counted) >= askedUnits ||
      after.length > 0 ||
      closedBlock !== null ||
      head.timestamp - last.blockTime >= topUpSeconds);
  const isPaid = isWhole && counted.every(isConfirmed);
  return {
    counted,
    status: isPaid
      ? 'succeeded'
      : last !== undefined
        ? 'processing'
        : closedBlock !== null
          ? 'cancelled'
          : 'open',
    extra: after.filter(isConfirmed),
    isPending: transfers.some((transfer) => !isConfirmed(transfer)),
  };
}

export function sumOf(transfers: readonly Paying[]): bigint {
  return transfers.reduce((sum, { units }) => sum + units, 0n);
}

/** Minor units of the books as units of the contract. */
export function unitsOf(amountMinor: bigint, { currency, decimals }: TokenSettings): bigint {
  return amountMinor * 10n ** BigInt(decimals - exponentOf(currency));
}

/** Units of the contract as minor units of the books; what is finer than those is cut off. */
export function minorOfUnits(units: bigint, { currency, decimals }: TokenSettings): bigint {
  return units / 10n ** BigInt(decimals - exponentOf(currency));
}
