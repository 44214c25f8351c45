import { house, type LedgerAccount } from './account';
import { move, reversed, type Leg, type Posting } from './posting';

/** A movement by hand: one colleague asks for it, and what policy says decides how many others approve. */
export const correctionKinds = ['correction', 'fee', 'reversal'] as const;
export type CorrectionKind = (typeof correctionKinds)[number];

export const correctionDirections = ['credit', 'debit'] as const;
export type CorrectionDirection = (typeof correctionDirections)[number];

/** Why, as one is looked for later; the words beside it say the rest. */
export const correctionReasons = [
  'POSTED_TWICE',
  'WRONG_AMOUNT',
  'WRONG_ACCOUNT',
  'PROVIDER_DIFFERENCE',
  'GOODWILL',
  'CHARGED_BY_MISTAKE',
  'WITHDRAWAL_FEE',
  'INACTIVITY_FEE',
  'CHARGEBACK_COST',
  'RETURNED_PAYMENT',
  'OTHER',
] as const;
export type CorrectionReason = (typeof correctionReasons)[number];

/**
 * Kinds of transactions that can be taken back by hand. The others have a payment, a deal or a settlement that would
 * say something else than the ledger then: those are taken back where they were made.
 */
const reversible: ReadonlySet<string> = new Set(['correction', 'fee', 'exchange']);

export function isReversible(transactionKind: string): boolean {
  return reversible.has(transactionKind);
}

/** Why an account takes no movement of the kind, or null when it does. */
export function accountRefusal(kind: CorrectionKind, code: string): string | null {
  if (code === 'trading') return 'A trading account follows its server: correct it there.';
  if (code === 'unallocated' || code === 'receivable')
    return 'It says what receipts and chargebacks say: settle those.';
  if (code === 'bonus_credit' || code === 'bonus_granted')
    return 'A bonus is no money: take it back on its page.';
  if (code === 'correction') return 'That is the other side of every correction.';
  if (kind === 'fee' && code !== 'wallet') return 'A fee is taken from a wallet.';
  return null;
}

/** The house's side of a correction or a fee. */
export function counterAccount(
  kind: Exclude<CorrectionKind, 'reversal'>,
  account: LedgerAccount,
): LedgerAccount {
  return house(kind === 'fee' ? 'fees' : 'correction', account);
}

interface ByHand {
  readonly id: string;
  readonly effectiveAt: string | null;
  readonly reasonCode: CorrectionReason;
}

/** Of a correction or a fee: `credit` gives to the account, `debit` takes from it. */
export function correctionPosting(
  request: ByHand & {
    readonly kind: Exclude<CorrectionKind, 'reversal'>;
    readonly account: LedgerAccount;
    readonly direction: CorrectionDirection;
    readonly amountMinor: bigint;
  },
): Posting {
  const { kind, account, direction, amountMinor } = request;
  const refusal = accountRefusal(kind, account.code);
  if (refusal !== null) throw new Error(refusal);
  const counter = counterAccount(kind, account);
  return {
    ...common(request),
    kind,
    entityId: account.entityId,
    clientId: account.clientId,
    legs:
      direction === 'credit'
        ? move(counter, account, amountMinor)
        : move(account, counter, amountMinor),
  };
}

/** What undoes a transaction, linked to it: the ledger takes one such for each. */
export function reversalPosting(
  request: ByHand & {
    readonly entityId: string;
    readonly clientId: string | null;
    readonly reversesId: string;
    readonly legs: readonly Leg[];
  },
): Posting {
  const { entityId, clientId, reversesId, legs } = request;
  return {
    ...common(request),
    kind: 'reversal',
    entityId,
    clientId,
    reversesId,
    legs: reversed(legs),
  };
}

function common({ id, effectiveAt, reasonCode }: ByHand) {
  return {
    key: `correction/${id}`,
    cause: id,
    ...(effectiveAt === null ? {} : { effectiveAt }),
    meta: { reason: reasonCode },
  };
}
