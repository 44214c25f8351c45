import { formatAmount, type Money } from '../../../domain/money';
import type { ShownAction } from '../../../domain/payments/next-action.schema';
import type { SeenSoFar } from '../../../domain/payments/seen';
import type { Deposit } from '../../../db/deposits';
import { showAction, type ActionShown } from './next-action';
import { depositWords, type Words } from './words';

/** The state of a deposit as its payer sees it, and what is left for them to do. */
export interface WhatToPay {
  readonly status: Words;
  readonly action: ActionShown | undefined;
  /** What the payer has still to send. */
  readonly toPay: Money;
  readonly confirming?: { readonly done: number; readonly needed: number };
  readonly warning?: string;
}

const elseCame =
  'Something else than was asked for has come to this address. It is not credited. A colleague looks into it; please write to us.';

/**
 * What is on its way by a chain needs no payer any more: the address is put away, so that nobody pays it twice. Where
 * a part is missing, it is asked for.
 */
export function whatToPay(
  deposit: Deposit,
  action: ShownAction | null,
  seen: SeenSoFar | null,
): WhatToPay {
  const { amountMinor, currency } = deposit;
  const asked = { status: depositWords(deposit), action: showAction(action), toPay: deposit };
  if (seen === null || action?.kind !== 'crypto_address') return asked;
  const warning = seen.somethingElse ? { warning: elseCame } : {};
  if (seen.amountMinor === 0n) return { ...asked, ...warning };
  const words = (minor: bigint) => `${formatAmount(minor, currency)} ${currency}`;
  if (seen.amountMinor < amountMinor) {
    const toPay = { amountMinor: amountMinor - seen.amountMinor, currency };
    const shown = showAction(action);
    return {
      ...{ ...warning, toPay },
      status: {
        ...{ tone: 'wait', label: 'A part has arrived' },
        text: `${words(seen.amountMinor)} of ${words(amountMinor)} is there.`,
      },
      action: shown && {
        ...shown,
        text: `${words(seen.amountMinor)} of ${words(amountMinor)} is there. Send the missing ${words(toPay.amountMinor)} to the same address soon; else a colleague sees to it that what came goes back.`,
      },
    };
  }
  const needed = action.confirmations ?? seen.confirmations;
  const done = Math.min(seen.confirmations, needed);
  const isMore = seen.amountMinor > amountMinor;
  return {
    ...{ ...warning, toPay: deposit, action: undefined, confirming: { done, needed } },
    status: {
      ...{ tone: 'busy', label: 'Confirming' },
      text: [
        `We see ${words(seen.amountMinor)} on the network: ${done} of ${needed} confirmations. You need not do anything.`,
        ...(isMore ? ['It is more than you asked for, so a colleague looks at it.'] : []),
      ].join(' '),
    },
  };
}
