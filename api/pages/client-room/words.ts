import { shownState, type ShownState } from '../../../domain/account/shown-state';
import { answerForClient } from '../../../domain/account/words';
import type { LegKind } from '../../../domain/payments/return-to-source';
import type { AccountRequest } from '../../../db/account-requests';
import type { TradingAccount } from '../../../db/accounts';
import type { Bonus } from '../../../db/bonuses';
import type { Deposit } from '../../../db/deposits';
import type { Transfer } from '../../../db/transfers';
import type { Withdrawal } from '../../../db/withdrawals';
import type { WithdrawalLeg } from '../../../db/withdrawal-legs';

/** A state as its owner reads it. The tone is a colour, and never says anything by itself. */
export interface Words {
  readonly label: string;
  readonly tone: 'good' | 'busy' | 'wait' | 'bad' | 'quiet';
  readonly text: string;
}

type Phrases<S extends string> = Readonly<Record<S, Words>>;

function words(tone: Words['tone'], label: string, text: string): Words {
  return { tone, label, text };
}

/** Plain words of a code; what is not listed reads neutrally, since some reasons must not be told. */
function reasonOf(
  reasons: Readonly<Record<string, string>>,
  code: string | null,
  otherwise: string,
): string {
  return code !== null && Object.hasOwn(reasons, code) ? (reasons[code] ?? otherwise) : otherwise;
}

const deposits: Phrases<Deposit['state']> = {
  requested: words(
    'busy',
    'Opening',
    'We are asking the payment provider. This takes a few seconds.',
  ),
  awaiting_payment: words('wait', 'Waiting for payment', 'It waits for you to pay.'),
  credited: words('good', 'In your wallet', 'The money is in your wallet.'),
  failed: words('bad', 'Not paid', 'The payment did not go through. Nothing was credited.'),
  held: words('wait', 'In review', 'Your payment has arrived and is in a routine review.'),
  returned: words('quiet', 'Sent back', 'The payment was sent back to where it came from.'),
};

const depositFailures: Readonly<Record<string, string>> = {
  card_declined: 'Your bank declined the card. Ask your bank, or try another card.',
  insufficient_funds: 'There was not enough money on the card.',
  expired_card: 'The card has expired.',
  authentication_required: 'Your bank wanted you to confirm the payment, and that did not happen.',
  amount_out_of_range: 'The amount is more or less than the payment provider takes at once.',
  EXPIRED: 'It was not paid in time. Do not pay it any more; ask for a new deposit.',
  expired: 'It was not paid in time. Do not pay it any more; ask for a new deposit.',
  mpesa_1032: 'The payment was cancelled on the phone.',
  mpesa_1037: 'The phone could not be reached, or nobody answered in time.',
  mpesa_1: 'There was not enough money on the phone.',
  mpesa_2001: 'The PIN was wrong.',
  payer_required: 'The payment provider did not take the phone or bank that was given.',
  amount_not_whole: 'M-Pesa moves whole shillings: choose an amount without cents.',
  RETURNED: 'The payment was sent back to where it came from.',
};

/** What a payer sees for themselves may be told; of any other reason they read that it is a routine review. */
const depositHolds: Readonly<Record<string, string>> = {
  AMOUNT_MISMATCH:
    'Another amount than you asked for has arrived. It is not in your wallet: a colleague sees to it that it goes back, and writes to you.',
  PAID_LATE:
    'Your payment came after the time for it was over. A colleague looks at it and decides whether it is credited.',
};

const depositReasons: Readonly<Partial<Record<Deposit['state'], typeof depositFailures>>> = {
  failed: depositFailures,
  held: depositHolds,
};

export function depositWords(deposit: Deposit): Words {
  const phrase = deposits[deposit.state];
  const reasons = depositReasons[deposit.state];
  if (reasons === undefined) return phrase;
  return { ...phrase, text: reasonOf(reasons, deposit.failure, phrase.text) };
}

const withdrawals: Phrases<Withdrawal['state']> = {
  requested: words('busy', 'Requested', 'The money is set aside in your wallet while we check.'),
  in_review: words(
    'wait',
    'In review',
    'A colleague looks at your request. The money is set aside in your wallet.',
  ),
  approved: words('busy', 'Approved', 'Approved. The payment is being prepared.'),
  paying: words('busy', 'Being paid', 'The money is on its way. It cannot be cancelled any more.'),
  paid: words('good', 'Paid', 'All of the money has been paid out.'),
  partly_paid: words(
    'wait',
    'Partly paid',
    'Part of the money was paid out. The rest is back in your wallet.',
  ),
  rejected: words('bad', 'Not paid', 'We could not pay this. The money is back in your wallet.'),
  cancelled: words('quiet', 'Cancelled', 'You cancelled it. The money is back in your wallet.'),
  failed: words('bad', 'Not paid', 'The payment failed. The money is back in your wallet.'),
};

const withdrawalRefusals: Readonly<Record<string, string>> = {
  BANK_ACCOUNT_NEEDED:
    'Part of the money cannot go back to a card. Choose a bank account in your own name and ask again. The money is back in your wallet.',
  ADDRESS_NEEDED:
    'Tokens go to an address of your own. Choose one and ask again. The money is back in your wallet.',
  NOT_OWN_NAME:
    'Money can only go to an account in your own name. The money is back in your wallet.',
  KYC_NOT_IN_ORDER:
    'Your documents must be brought up to date first. The money is back in your wallet.',
  NO_PROVIDER:
    'We cannot pay to that bank account or address. Choose another one or ask us. The money is back in your wallet.',
};

export function withdrawalWords(withdrawal: Withdrawal): Words {
  const phrase = withdrawals[withdrawal.state];
  if (withdrawal.state !== 'rejected' && withdrawal.state !== 'failed') return phrase;
  return { ...phrase, text: reasonOf(withdrawalRefusals, withdrawal.refusal, phrase.text) };
}

const bonuses: Phrases<Bonus['state']> = {
  proposed: words('wait', 'In review', 'A colleague looks at it.'),
  waiting: words('busy', 'Waiting', 'It is given when the money is on the account.'),
  granting: words('busy', 'On its way', 'The credit is being put on the account.'),
  active: words(
    'good',
    'On the account',
    'Credit to trade with. It is taken back before money leaves the account.',
  ),
  removed: words('quiet', 'Ended', 'The credit has been taken back.'),
  refused: words('quiet', 'Not given', 'The bonus could not be given.'),
  rejected: words('quiet', 'Not given', 'The bonus could not be given.'),
};

const bonusRefusals: Readonly<Record<string, string>> = {
  MONEY_LEFT: 'It was not given, since money has left the account or was asked to.',
  TRANSFER_REFUSED: 'It was not given, since the money did not come to the account.',
  CREDIT_NOT_SUPPORTED: 'It was not given, since the platform of this account knows no credit.',
};

export function bonusWords(bonus: Bonus): Words {
  const phrase = bonuses[bonus.state];
  if (bonus.state !== 'refused') return phrase;
  return { ...phrase, text: reasonOf(bonusRefusals, bonus.refusal, phrase.text) };
}

/** States in which the owner can still take a withdrawal back (`cancelWithdrawal`). */
export function canCancel(withdrawal: Withdrawal): boolean {
  return ['requested', 'in_review', 'approved'].includes(withdrawal.state);
}

/** An exchange is posted as it is asked for. */
export const exchangeWords = words('good', 'Done', 'The money is in your wallet.');

const legs: Phrases<WithdrawalLeg['state']> = {
  planned: words('wait', 'Planned', 'Comes next.'),
  sending: words('busy', 'Being sent', 'On its way to the provider.'),
  accepted: words('busy', 'On its way', 'The provider has it.'),
  paid: words('good', 'Paid', ''),
  refused: words('bad', 'Not paid', 'Back in your wallet.'),
  unknown: words('busy', 'Being checked', 'The provider is being asked. It is not sent twice.'),
};

/** Where a part goes, and how. */
export const legTitles: Readonly<Record<LegKind, { readonly to: string; readonly how: string }>> = {
  card_refund: { to: 'Card', how: 'Back to the card' },
  bank_payout: { to: 'Bank', how: 'By bank transfer' },
  source_refund: { to: 'Wallet', how: 'Back to what you paid with' },
  source_payout: { to: 'Phone', how: 'To the phone you paid with' },
  crypto_payout: { to: 'Address', how: 'To your address' },
};

export function legWords(leg: WithdrawalLeg): Words {
  return legs[leg.state];
}

const transfers: Phrases<Transfer['state']> = {
  requested: words('busy', 'Requested', 'We are telling the trading server.'),
  sending: words('busy', 'Being sent', 'We are telling the trading server.'),
  unknown: words(
    'wait',
    'Being checked',
    'Being checked with the trading server: its answer was lost. We look up whether the money has moved; it is not moved twice.',
  ),
  in_review: words(
    'wait',
    'Being checked',
    'Being checked with the trading server. This takes longer than usual: a colleague asks the trading server. The money is not moved twice.',
  ),
  done: words('good', 'Done', 'The money has arrived.'),
  refused: words('bad', 'Not done', 'The trading server refused it. No money was moved.'),
};

const transferRefusals: Readonly<Record<string, string>> = {
  NOT_ENOUGH_MONEY:
    'There is not enough free money in the trading account: open positions need part of it as margin. No money was moved.',
  OTHER_CURRENCY: 'The account is in another currency. No money was moved.',
  MAXIMUM_AMOUNT: 'The amount is above what the server takes at once. No money was moved.',
  SERVER_UNAVAILABLE:
    'The trading server could not be reached. No money was moved. Try again later.',
};

export function transferWords(transfer: Transfer): Words {
  const phrase = transfers[transfer.state];
  if (transfer.state !== 'refused') return phrase;
  return { ...phrase, text: reasonOf(transferRefusals, transfer.refusal, phrase.text) };
}

const accounts: Phrases<ShownState> = {
  requested: words('busy', 'Opening', 'We are opening your account. This takes a few seconds.'),
  provisioning: words('busy', 'Opening', 'Your account is being made on the trading server.'),
  waiting: words(
    'wait',
    'Opening',
    'Opening takes longer than usual. A colleague is on it; you need not do anything.',
  ),
  active: words('good', 'Active', ''),
  restricted: words(
    'wait',
    'In review',
    'You can log in and look, but not trade. This is a routine review.',
  ),
  suspended: words(
    'bad',
    'Suspended',
    'Logging in is not possible at the moment. This is a routine review.',
  ),
  dormant: words(
    'quiet',
    'Dormant',
    'Not used for a long time. It wakes by itself when you trade or move money.',
  ),
  closing: words('wait', 'Ending', 'The account is being closed or moved.'),
  closed: words('quiet', 'Closed', 'The account is closed.'),
  archived: words('quiet', 'Closed', 'The account is closed.'),
};

export function accountWords(account: TradingAccount): Words {
  return accounts[shownState(account)];
}

const requests: Readonly<Record<AccountRequest['state'], Pick<Words, 'label' | 'tone'>>> = {
  requested: { tone: 'busy', label: 'Asked' },
  in_review: { tone: 'wait', label: 'In review' },
  working: { tone: 'busy', label: 'Being done' },
  done: { tone: 'good', label: 'Done' },
  refused: { tone: 'bad', label: 'Not done' },
};

/** How far a request about an account has come; it waits for its holder while positions are open. */
export function accountRequestWords(request: AccountRequest): Words {
  const waits = request.state === 'working' && (request.look?.openPositions ?? 0) > 0;
  const phrase = waits
    ? ({ tone: 'wait', label: 'Waits for you' } as const)
    : requests[request.state];
  return { ...phrase, text: answerForClient(request) };
}
