import type { WayToPay } from '../../../domain/payments/ways-to-pay';
import { railInWords } from '../../../domain/payments/rail-words';
import type { DepositRail } from '../../../domain/payments/rails';
import { formatAmount } from '../../../domain/money';

interface RailNotes {
  readonly cost: string;
  readonly arrival: string;
  readonly note: string;
}

/** What a way costs and how long it takes, as the house's clients read it. */
const notes: Readonly<Record<DepositRail, RailNotes>> = {
  card: {
    cost: 'Free',
    arrival: 'Usually within a minute',
    note: 'Visa and Mastercard in your own name.',
  },
  'e-wallet': {
    cost: 'Free',
    arrival: 'Usually within a minute',
    note: 'A wallet in your own name.',
  },
  mobile_money: {
    cost: 'What your operator charges',
    arrival: 'Usually within a minute',
    note: 'You confirm it on your phone with your PIN.',
  },
  qr: {
    cost: 'Free',
    arrival: 'Usually within a minute',
    note: 'You scan a code with the app of your bank or wallet.',
  },
  virtual_account: {
    cost: 'What your bank charges',
    arrival: 'Within minutes of your transfer',
    note: 'You transfer to an account that is opened for this payment.',
  },
  reference_number: {
    cost: 'Free',
    arrival: 'Within minutes of your payment',
    note: 'You get a number and pay with it at a shop, a machine or in an app.',
  },
  crypto: {
    cost: 'What the network charges',
    arrival: 'After the confirmations of the network',
    note: 'You send tokens to an address.',
  },
};

/** A way of paying as the cashier offers it. */
export interface ShownWay extends RailNotes {
  readonly rail: DepositRail;
  readonly label: string;
  readonly limits: string;
  /** What is asked of the payer, by the names of the fields. */
  readonly asks: string;
  readonly isChosen: boolean;
}

export interface ShownWays {
  readonly ways: readonly ShownWay[];
  /** The fields that some way of the currency needs. */
  readonly phone: { readonly label: string; readonly hint: string } | undefined;
  readonly banks: readonly { readonly value: string; readonly label: string }[] | undefined;
}

/** The ways of one currency; the chosen one, else the first, is marked. */
export function showWays(ways: readonly WayToPay[], chosen: unknown): ShownWays {
  const known = ways.some(({ rail }) => rail === chosen);
  const phone = ways.find(({ needs }) => needs.phonePrefix !== undefined);
  const prefix = phone?.needs.phonePrefix ?? '';
  const banks = ways.find(({ needs }) => needs.bankCodes !== undefined)?.needs.bankCodes;
  return {
    ways: ways.map(({ rail, currency, minMinor, maxMinor, needs }, position) => ({
      ...notes[rail],
      rail,
      label: railInWords(rail, currency),
      limits: `${formatAmount(minMinor, currency)} to ${formatAmount(maxMinor, currency)} ${currency}`,
      asks: [
        ...(needs.phonePrefix === undefined ? [] : ['phone']),
        ...(needs.bankCodes === undefined ? [] : ['bank']),
      ].join(' '),
      isChosen: known ? rail === chosen : position === 0,
    })),
    phone: phone && {
      label: `Phone for ${railInWords(phone.rail, phone.currency)}`,
      hint: `It begins with ${prefix}.`,
    },
    banks: banks?.map((value) => ({ value, label: value })),
  };
}
