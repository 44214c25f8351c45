import type { Rail } from './rails';

const words: Readonly<Record<Rail, string>> = {
  card: 'Card',
  bank: 'Bank transfer',
  'e-wallet': 'E-wallet',
  mobile_money: 'Mobile money',
  qr: 'QR code',
  virtual_account: 'Virtual account',
  reference_number: 'Reference number',
  crypto: 'Crypto',
};

/** Where a currency has one scheme of a rail, people know it by its name. */
const schemes: Readonly<Record<string, string>> = {
  'mobile_money/KES': 'M-Pesa',
  'qr/IDR': 'QRIS',
  'qr/THB': 'PromptPay',
  'qr/MYR': 'DuitNow',
  'reference_number/EGP': 'Fawry',
};

/** A way of paying as people call it. */
export function railInWords(rail: Rail, currency: string): string {
  return schemes[`${rail}/${currency}`] ?? words[rail];
}
