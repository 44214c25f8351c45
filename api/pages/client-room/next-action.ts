import type { ShownAction } from '../../../domain/payments/next-action.schema';
import { networkInWords } from '../../../domain/payments/token-address';
import { qrPicture, type QrPicture } from './qr-picture';

/** What the payer has to do, ready for the page. */
export interface ActionShown {
  readonly kind: ShownAction['kind'];
  readonly text: string;
  readonly url?: string;
  readonly qr?: QrPicture;
  readonly facts: readonly {
    readonly label: string;
    readonly value: string;
    /** There is a button that copies it: nobody types it. */
    readonly copies?: boolean;
  }[];
  /** RFC 3339: it can be done until then. */
  readonly until?: string | undefined;
}

/** What the page of a deposit says to do; undefined when there is nothing to do. */
export function showAction(action: ShownAction | null): ActionShown | undefined {
  if (action === null) return undefined;
  const { kind } = action;
  switch (action.kind) {
    case 'redirect':
      return { kind, text: 'Go on to the payment page and pay.', url: action.url, facts: [] };
    case 'qr':
      return {
        ...{ kind, qr: qrPicture(action.payload), facts: [], until: untilOf(action) },
        text: 'Scan this code with the app of your bank or wallet, and confirm the payment there.',
      };
    case 'reference':
      return {
        ...{ kind, until: untilOf(action) },
        text: 'Give this number at a shop, a machine or in the app, and pay there.',
        facts: [{ label: 'Number', value: action.number }],
      };
    case 'virtual_account':
      return {
        ...{ kind, until: untilOf(action) },
        text: 'Transfer exactly this amount to the account. It was opened for this payment alone.',
        facts: [
          { label: 'Bank', value: action.bankCode },
          { label: 'Account number', value: action.accountNumber },
          { label: 'Account name', value: action.accountName },
        ],
      };
    case 'phone_prompt':
      return {
        ...{ kind, facts: [], until: untilOf(action) },
        text: 'Confirm on your phone: a message asks for your PIN.',
      };
    case 'crypto_address':
      return {
        ...{ kind, qr: qrPicture(action.address), until: untilOf(action) },
        text: `Send exactly this amount of ${action.token} to the address, on this network and no other. What is sent in another token or on another network may be lost.`,
        facts: [
          { label: 'Network', value: networkInWords(action.chain) },
          { label: 'Token', value: action.token },
          { label: 'Address', value: action.address, copies: true },
          ...(action.confirmations === null
            ? []
            : [{ label: 'Counts after', value: `${action.confirmations} confirmations` }]),
        ],
      };
    case 'none':
      return {
        ...{ kind, facts: [] },
        text: 'We wait for the provider. You need not do anything here.',
      };
  }
}

function untilOf({ expiresAt }: { readonly expiresAt: string | null }): string | undefined {
  return expiresAt ?? undefined;
}
