import { formatAmount, InvalidAmount, parseAmount } from '../../money';
import { crc16 } from './crc';
import { InvalidQr, readObjects, valueOf, writeObjects, type DataObject } from './tlv';

/** A merchant-presented QR code (EMVCo QR Code Specification for Payment Systems, MPM 1.1). */
export interface MerchantQr {
  /** A dynamic one is for one payment; a static one hangs at the till. */
  readonly dynamic: boolean;
  /** Templates 26 to 51: who is paid, in the words of the scheme. */
  readonly accounts: readonly MerchantAccount[];
  readonly category?: string;
  readonly currency: string;
  /** Minor units; without it the payer types the amount. */
  readonly amountMinor?: bigint;
  readonly country: string;
  readonly merchantName?: string;
  readonly city?: string;
  /** Tag 62, bill number (01). */
  readonly billNumber?: string;
  /** Tag 62, reference label (05). */
  readonly reference?: string;
}

export interface MerchantAccount {
  readonly id: string;
  readonly fields: readonly DataObject[];
}

/** ISO 4217 numeric codes of the currencies whose schemes are known here. */
const numericCodes: Readonly<Record<string, string>> = {
  THB: '764',
  IDR: '360',
  MYR: '458',
  SGD: '702',
  PHP: '608',
  VND: '704',
  CNY: '156',
};

/** The text to be shown as a QR code. Throws RangeError for what does not fit into one. */
export function writeQr(qr: MerchantQr): string {
  const numeric = numericCodes[qr.currency];
  if (numeric === undefined) throw new RangeError(`no QR scheme pays in ${qr.currency}`);
  const extra: DataObject[] = [...optional('01', qr.billNumber), ...optional('05', qr.reference)];
  const body = writeObjects([
    { id: '00', value: '01' },
    { id: '01', value: qr.dynamic ? '12' : '11' },
    ...qr.accounts.map(({ id, fields }) => ({ id, value: writeObjects(fields) })),
    ...optional('52', qr.category),
    { id: '53', value: numeric },
    ...optional('54', qr.amountMinor === undefined ? undefined : amountText(qr)),
    { id: '58', value: qr.country },
    ...optional('59', qr.merchantName),
    ...optional('60', qr.city),
    ...(extra.length === 0 ? [] : [{ id: '62', value: writeObjects(extra) }]),
  ]);
  return sealed(body);
}

/** Whether the text ends with the checksum of itself. */
export function crcHolds(text: string): boolean {
  return /^6304[0-9A-F]{4}$/.test(text.slice(-8)) && text === sealed(text.slice(0, -8));
}

function sealed(body: string): string {
  return `${body}6304${crc16(`${body}6304`)}`;
}

/** Throws InvalidQr: a code that was misread, cut or altered is never paid by what is left of it. */
export function readQr(text: string): MerchantQr {
  if (!crcHolds(text)) throw new InvalidQr('bad_crc', 'the checksum does not hold');
  const objects = readObjects(text);
  const currency = currencyOf(needed(objects, '53'));
  const amount = valueOf(objects, '54');
  const extra = readObjects(valueOf(objects, '62') ?? '');
  return {
    dynamic: valueOf(objects, '01') === '12',
    accounts: objects
      .filter(isAccount)
      .map(({ id, value }) => ({ id, fields: readObjects(value) })),
    ...named('category', valueOf(objects, '52')),
    currency,
    ...(amount === undefined ? {} : { amountMinor: amountOf(amount, currency) }),
    country: needed(objects, '58'),
    ...named('merchantName', valueOf(objects, '59')),
    ...named('city', valueOf(objects, '60')),
    ...named('billNumber', valueOf(extra, '01')),
    ...named('reference', valueOf(extra, '05')),
  };
}

/** EMVCo: no thousands separators, a point for the fraction; 13 characters at most. */
function amountText({ amountMinor = 0n, currency }: MerchantQr): string {
  const text = formatAmount(amountMinor, currency);
  // A whole amount of a currency whose cents nobody uses is written without them, as the schemes do.
  const written = currency === 'IDR' ? text.replace(/\.00$/, '') : text;
  if (amountMinor <= 0n || written.length > 13) throw new RangeError('the amount does not fit');
  return written;
}

function amountOf(text: string, currency: string): bigint {
  try {
    const amount = parseAmount(text, currency);
    if (amount > 0n) return amount;
    throw new InvalidQr('malformed', 'the amount is not above zero');
  } catch (error) {
    if (error instanceof InvalidAmount) throw new InvalidQr('malformed', error.message);
    throw error;
  }
}

function currencyOf(numeric: string): string {
  const found = Object.entries(numericCodes).find(([, code]) => code === numeric);
  if (!found) throw new InvalidQr('malformed', `no currency is known by ${numeric}`);
  return found[0];
}

function isAccount({ id }: DataObject): boolean {
  return id >= '02' && id <= '51';
}

function needed(objects: readonly DataObject[], id: string): string {
  const value = valueOf(objects, id);
  if (value === undefined) throw new InvalidQr('missing_object', `object ${id} is missing`);
  return value;
}

function optional(id: string, value: string | undefined): DataObject[] {
  return value === undefined ? [] : [{ id, value }];
}

function named<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const entry: Partial<Record<K, string>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
