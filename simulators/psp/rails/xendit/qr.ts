import { major } from '../amounts';

/** The scheme of each currency: where it stands, and how it names a merchant. */
const schemes: Readonly<
  Record<string, { country: string; numeric: string; channel: string; accounts: string }>
> = {
  IDR: {
    country: 'ID',
    numeric: '360',
    channel: 'QRIS',
    accounts: `${object('26', object('00', 'COM.SIMULATOR.WWW') + object('01', '936009990000000018') + object('02', '000000000000001') + object('03', 'UBE'))}${object('51', object('00', 'ID.CO.QRIS.WWW') + object('02', 'ID1020000000001') + object('03', 'UBE'))}`,
  },
  THB: {
    country: 'TH',
    numeric: '764',
    channel: 'PROMPTPAY',
    accounts: object(
      '30',
      object('00', 'A000000677010112') + object('01', '010555555555501') + object('02', 'SIM'),
    ),
  },
  MYR: {
    country: 'MY',
    numeric: '458',
    channel: 'DUITNOW',
    accounts: object(
      '26',
      object('00', 'A0000006150001') + object('01', '890053') + object('02', '110200000001'),
    ),
  },
};

export function channelOf(currency: string): string | undefined {
  return schemes[currency]?.channel;
}

/** An EMVCo code for one payment, with the merchant's reference in tag 62. */
export function qrString(currency: string, amountMinor: string, reference: string): string {
  const scheme = schemes[currency];
  if (!scheme) throw new Error(`no scheme pays in ${currency}`);
  const body = [
    object('00', '01'),
    object('01', '12'),
    scheme.accounts,
    object('52', '6211'),
    object('53', scheme.numeric),
    object('54', major(amountMinor, currency)),
    object('58', scheme.country),
    object('59', 'SIMULATED BROKER'),
    object('60', 'CITY'),
    object('62', object('05', reference.slice(-25))),
    '6304',
  ].join('');
  return body + checksum(body);
}

function object(id: string, value: string): string {
  return `${id}${String(value.length).padStart(2, '0')}${value}`;
}

/** CRC-16/CCITT-FALSE by a table, of ASCII. */
function checksum(text: string): string {
  const table = Array.from({ length: 256 }, (_row, index) => {
    let value = index << 8;
    for (let bit = 0; bit < 8; bit += 1)
      value = value & 0x8000 ? (value << 1) ^ 0x1021 : value << 1;
    return value & 0xffff;
  });
  let crc = 0xffff;
  for (const byte of Buffer.from(text, 'ascii')) {
    crc = ((crc << 8) ^ (table[((crc >> 8) ^ byte) & 0xff] ?? 0)) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}
