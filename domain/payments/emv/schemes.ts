import type { MerchantAccount } from './qr';

/** How each country's scheme names the payee inside an EMVCo code. */

/** Thailand, PromptPay credit transfer (template 29): to a phone or a tax id. */
export function promptPay(
  payee: { readonly phone: string } | { readonly taxId: string },
): MerchantAccount {
  const account =
    'phone' in payee
      ? // 13 digits: the number with its country code, without the national zero.
        { id: '01', value: nationalNumber(payee.phone).padStart(13, '0') }
      : { id: '02', value: payee.taxId };
  return { id: '29', fields: [{ id: '00', value: 'A000000677010111' }, account] };
}

function nationalNumber(phone: string): string {
  const digits = phone.replaceAll(/\D/g, '');
  return digits.startsWith('0') ? `66${digits.slice(1)}` : digits;
}

/** Thailand, PromptPay bill payment (template 30): the only one of the two that carries our reference. */
export function promptPayBill(bill: {
  /** 13 digits of tax id and two of the biller's own. */
  readonly billerId: string;
  readonly reference1: string;
  readonly reference2?: string;
}): MerchantAccount {
  return {
    id: '30',
    fields: [
      { id: '00', value: 'A000000677010112' },
      { id: '01', value: bill.billerId },
      { id: '02', value: bill.reference1 },
      ...(bill.reference2 === undefined ? [] : [{ id: '03', value: bill.reference2 }]),
    ],
  };
}

/** Indonesia, QRIS: the acquirer's template 26 and the national one, 51. */
export function qris(merchant: {
  /** Reverse domain of the acquirer, `COM.BANK.WWW`. */
  readonly acquirer: string;
  /** Merchant PAN: 9360, the acquirer's number, the merchant's, a check digit. */
  readonly pan: string;
  readonly merchantId: string;
  /** National merchant id. */
  readonly nmid: string;
  /** UMI, UKE, UME or UBE: micro to large. */
  readonly criteria: string;
}): MerchantAccount[] {
  return [
    {
      id: '26',
      fields: [
        { id: '00', value: merchant.acquirer },
        { id: '01', value: merchant.pan },
        { id: '02', value: merchant.merchantId },
        { id: '03', value: merchant.criteria },
      ],
    },
    {
      id: '51',
      fields: [
        { id: '00', value: 'ID.CO.QRIS.WWW' },
        { id: '02', value: merchant.nmid },
        { id: '03', value: merchant.criteria },
      ],
    },
  ];
}

/** Malaysia, DuitNow (template 26). */
export function duitNow(merchant: {
  readonly acquirerId: string;
  readonly merchantId: string;
}): MerchantAccount {
  return {
    id: '26',
    fields: [
      { id: '00', value: 'A0000006150001' },
      { id: '01', value: merchant.acquirerId },
      { id: '02', value: merchant.merchantId },
    ],
  };
}
