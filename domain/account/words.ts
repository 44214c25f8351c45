import { type AccountAsk, type AccountRequestKind, type AccountRequestState } from './request';
import type { Restraint } from './restraint';

/** What is asked, as a client and an officer read it: `a change of leverage to 1:100`. */
export function askInWords(ask: AccountAsk): string {
  switch (ask.kind) {
    case 'set_password':
      return 'a new platform password';
    case 'change_leverage':
      return `a change of leverage to 1:${ask.leverage}`;
    case 'change_type':
      return `a change of account type to ${typeInWords(ask.accountType)}`;
    case 'move_group':
      return `a move to the group ${ask.group}`;
    case 'migrate':
      return `a move to ${platformInWords(ask.platform)}${ask.server === undefined ? '' : ` (server ${ask.server})`}`;
    case 'close':
      return 'closing the account';
    case 'override':
      return [
        'settings past the policy:',
        ...(ask.leverage === undefined ? [] : [`leverage 1:${ask.leverage}`]),
        ...(ask.group === undefined ? [] : [`group ${ask.group}`]),
      ].join(' ');
  }
}

/** The kind of request without its details, as a mail may name it. */
export function kindInWords(kind: AccountRequestKind): string {
  const words: Readonly<Record<AccountRequestKind, string>> = {
    set_password: 'new platform password',
    change_leverage: 'change of leverage',
    change_type: 'change of account type',
    move_group: 'change of trading conditions',
    migrate: 'move to another platform',
    close: 'closing of the account',
    override: 'change of trading conditions',
  };
  return words[kind];
}

export function platformInWords(platform: string): string {
  const words: Readonly<Record<string, string>> = {
    mt5: 'MetaTrader 5',
    mt4: 'MetaTrader 4',
    ctrader: 'cTrader',
  };
  return words[platform] ?? platform;
}

export function typeInWords(accountType: string): string {
  return accountType.replaceAll('_', '-');
}

const forClients: Readonly<Record<string, string>> = {
  KYC_NOT_APPROVED: 'We have to verify you first. Complete your application.',
  LEVERAGE_ABOVE_CAP: 'This leverage is above what the rules allow you.',
  LEVERAGE_ABOVE_LADDER: 'With the equity of this account we give less leverage.',
  LEVERAGE_NOT_WHOLE: 'Leverage is a whole number.',
  SAME_LEVERAGE: 'The account has this leverage already.',
  MARGIN_TOO_LOW: 'Your open positions would not have enough margin at this leverage.',
  OPEN_POSITIONS: 'Positions are open on the account.',
  SAME_TYPE: 'The account has this type already.',
  DEMO_ACCOUNT: 'Demo and live accounts cannot be turned into each other.',
  EQUITY_TOO_SMALL: 'There is too little equity on the account for this type.',
  NO_GROUP_FITS: 'We do not offer this combination.',
  SERVER_NOT_INSTALLED: 'We do not offer this combination at the moment.',
  LEVEL_LIMIT: 'You have as many accounts as your level of verification allows.',
  TOO_MANY_ACCOUNTS: 'You have as many accounts as we open online.',
  OTHER_SERVER: 'This type is on another platform: ask to move the account instead.',
  GROUP_STAYS: 'This platform cannot change the conditions of an open account.',
  OTHER_CURRENCY: 'The currency of an account cannot be changed.',
  SAME_PLATFORM: 'The account is on this platform already.',
  NEGATIVE_BALANCE: 'The balance is below zero.',
  CREDIT_ON_ACCOUNT: 'There is credit on the account that has to be settled first.',
  NEW_ACCOUNT_REFUSED: 'The new platform did not open an account.',
  SERVER_NOT_OFFERED: 'We do not offer this account on the server that was asked for.',
  NOT_FLAT_IN_TIME: 'Positions stayed open for too long. The account trades on as before.',
  ACCOUNT_ENDED: 'The account has ended meanwhile.',
  DECLINED: 'We have looked at it and declined.',
};

/** The reason codes that a client may read. */
export function reasonsForClient(reasons: readonly string[]): string[] {
  return reasons.filter((reason) => Object.hasOwn(forClients, reason));
}

/** Why an account is not opened, as the client reads it: neutral where the reason is ours alone. */
export function accountRefusal(reasons: readonly string[]): string {
  const [told] = reasonsForClient(reasons);
  return (
    (told !== undefined && forClients[told]) ||
    'We cannot open this account online. Please contact support.'
  );
}

/** How far a request has come, in a sentence for its holder. A review reads the same whatever its reason. */
export function answerForClient({
  ask,
  state,
  reasons,
  look,
  restraint = null,
  notBefore = null,
}: {
  readonly ask: AccountAsk;
  readonly state: AccountRequestState;
  readonly reasons: readonly string[];
  readonly look: { readonly openPositions: number } | null;
  readonly restraint?: Restraint | null;
  readonly notBefore?: string | null;
}): string {
  switch (state) {
    case 'requested':
      return 'We are looking at it. This takes a few seconds.';
    case 'in_review':
      return 'A colleague looks at your request. You need not do anything.';
    case 'working':
      if (notBefore !== null && ask.kind === 'change_leverage')
        return `The leverage becomes 1:${ask.leverage} on ${notBefore.slice(0, 10)}. See that your open positions have enough margin then.`;
      return look !== null && look.openPositions > 0
        ? `Close your open positions first: ${look.openPositions} ${look.openPositions === 1 ? 'is' : 'are'} open. ${restraint === null || restraint.by === 'watch' ? '' : 'New ones cannot be opened here. '}The rest goes by itself.`
        : 'It is being done.';
    case 'done':
      return doneInWords[ask.kind];
    case 'refused':
      return reasonForClient(reasons);
  }
}

const doneInWords: Readonly<Record<AccountRequestKind, string>> = {
  set_password: 'The new password works on the platform.',
  change_leverage: 'The account has the new leverage.',
  change_type: 'The account has the new type.',
  move_group: 'The account has new trading conditions.',
  migrate: 'The new account is open, and the balance has moved there.',
  close: 'The account is closed. Its balance is in your wallet.',
  override: 'The account has new trading conditions.',
};

/**
 * The first reason that a client may read. Whatever is not listed, and every review, reads the same, so that a
 * hidden reason is not betrayed.
 */
export function reasonForClient(reasons: readonly string[]): string {
  const known = reasons.find((reason) => Object.hasOwn(forClients, reason));
  return (known && forClients[known]) ?? 'This is not possible at the moment.';
}
