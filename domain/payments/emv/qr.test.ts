import fc from 'fast-check';
import { crc16 } from './crc';
import { crcHolds, readQr, writeQr, type MerchantQr } from './qr';
import { duitNow, promptPay, promptPayBill, qris } from './schemes';
import { InvalidQr, readObjects, writeObjects } from './tlv';

/** The catalogue's check value of CRC-16/CCITT-FALSE. */
it('has the checksum of 123456789', () => {
  expect(crc16('123456789')).toBe('29B1');
});

/** EMVCo's own example (MPM 1.1, annex B): with a second language, so lengths count characters. */
const emvcoExample =
  '00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A';

it('reads EMVCo’s example', () => {
  expect(readQr(emvcoExample)).toMatchObject({
    dynamic: true,
    currency: 'CNY',
    amountMinor: 2372n,
    country: 'CN',
    merchantName: 'BEST TRANSPORT',
    city: 'BEIJING',
  });
});

const bare = { dynamic: false, currency: 'THB', country: 'TH' };

/**
 * Published by the authors of promptpay-qr. Theirs puts the country before the currency; the order of objects is
 * free, so what is compared is what they say.
 */
it.each<[string, MerchantQr, string]>([
  [
    'a phone',
    { ...bare, accounts: [promptPay({ phone: '080-123-4567' })] },
    '00020101021129370016A000000677010111011300668012345675802TH530376463046197',
  ],
  [
    'a phone with its country',
    { ...bare, accounts: [promptPay({ phone: '+66-89-123-4567' })] },
    '00020101021129370016A000000677010111011300668912345675802TH5303764630429C1',
  ],
  [
    'a tax id',
    { ...bare, accounts: [promptPay({ taxId: '0123456789012' })] },
    '00020101021129370016A000000677010111021301234567890125802TH530376463040CBD',
  ],
  [
    'an amount',
    { ...bare, dynamic: true, accounts: [promptPay({ phone: '000-000-0000' })], amountMinor: 422n },
    '00020101021229370016A000000677010111011300660000000005802TH530376454044.226304E469',
  ],
])('writes PromptPay for %s as it is published', (_what, qr, published) => {
  expect(readQr(published)).toEqual(qr);
  expect(objectsOf(writeQr(qr))).toEqual(objectsOf(published));
});

/** Everything but the checksum, in the order of ids. */
function objectsOf(text: string) {
  return readObjects(text)
    .filter(({ id }) => id !== '63')
    .sort((a, b) => a.id.localeCompare(b.id));
}

it('reads a published DuitNow code, and writes its payee alike', () => {
  const published =
    '00020201021126440014A0000006150001010689005302121102928373325204000053034585802MY5910JAMESONLAM6002MY6213060988866479363043A1C';
  const [account] = readQr(published).accounts;
  expect(account).toEqual(duitNow({ acquirerId: '890053', merchantId: '110292837332' }));
});

it('writes QRIS with its two templates, the amount without cents and our reference', () => {
  const text = writeQr({
    dynamic: true,
    accounts: qris({
      acquirer: 'COM.BANK.WWW',
      pan: '936000010000000012',
      merchantId: '000000000000001',
      nmid: 'ID1020000000001',
      criteria: 'UBE',
    }),
    category: '6211',
    currency: 'IDR',
    amountMinor: 15_000_000n,
    country: 'ID',
    merchantName: 'Keelson',
    city: 'JAKARTA',
    reference: 'dep_1',
  });
  expect(text).toContain('5406150000');
  expect(text).toContain('51440014ID.CO.QRIS.WWW0215ID10200000000010303UBE');
  expect(readQr(text)).toMatchObject({ amountMinor: 15_000_000n, reference: 'dep_1' });
});

it('carries our reference in a PromptPay bill', () => {
  const account = promptPayBill({ billerId: '010555555555501', reference1: 'DEP1' });
  const qr: MerchantQr = { ...bare, dynamic: true, accounts: [account], amountMinor: 1n };
  expect(readQr(writeQr(qr)).accounts).toEqual([account]);
});

it.each([
  ['cut short', emvcoExample.slice(0, -1), 'bad_crc'],
  ['altered', emvcoExample.replace('23.72', '99.72'), 'bad_crc'],
  ['in small letters', emvcoExample.slice(0, -4) + 'a13a', 'bad_crc'],
  ['without a country', seal('00020153037645405100.0'), 'missing_object'],
  ['with a length past its end', seal('0099'), 'malformed'],
  ['with an object that comes twice', seal('000201000201'), 'malformed'],
  ['with an amount that is none', seal('00020153037645403-105802TH'), 'malformed'],
  ['in a currency nobody knows', seal('00020153039995802TH'), 'malformed'],
])('is refused when it is %s', (_how, text, code) => {
  expect(() => readQr(text)).toThrow(InvalidQr);
  expect(() => readQr(text)).toThrow(expect.objectContaining({ code }));
});

function seal(body: string): string {
  return `${body}6304${crc16(`${body}6304`)}`;
}

it('says no when a reference or an amount does not fit', () => {
  const qr = { ...bare, dynamic: true, accounts: [] };
  expect(() => writeQr({ ...qr, reference: 'x'.repeat(100) })).toThrow(RangeError);
  expect(() => writeQr({ ...qr, amountMinor: 10n ** 13n })).toThrow(RangeError);
  expect(() => writeQr({ ...qr, amountMinor: 0n })).toThrow(RangeError);
  expect(() => writeQr({ ...qr, currency: 'EUR' })).toThrow(RangeError);
});

const digit = fc.constantFrom(...'0123456789');
const word = fc.string({ minLength: 1, maxLength: 25, unit: 'grapheme-ascii' });

it('reads back whatever it writes', () => {
  fc.assert(
    fc.property(
      fc.record({
        dynamic: fc.boolean(),
        amountMinor: fc.bigInt(1n, 10n ** 12n - 1n),
        currency: fc.constantFrom('THB', 'MYR', 'SGD', 'PHP', 'VND', 'CNY'),
        merchantName: word,
        reference: word,
        billNumber: word,
        biller: fc.string({ unit: digit, minLength: 15, maxLength: 15 }),
      }),
      ({ biller, ...facts }) => {
        const qr: MerchantQr = {
          ...facts,
          country: 'TH',
          accounts: [promptPayBill({ billerId: biller, reference1: 'R1', reference2: 'R2' })],
        };
        const text = writeQr(qr);
        expect(crcHolds(text)).toBe(true);
        expect(readQr(text)).toEqual(qr);
      },
    ),
  );
});

it('never takes a code with one character changed', () => {
  const text = writeQr({ ...bare, accounts: [promptPay({ phone: '0801234567' })] });
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0123456789ABCDEF'), (at, mark) => {
      fc.pre(text[at] !== mark);
      expect(crcHolds(text.slice(0, at) + mark + text.slice(at + 1))).toBe(false);
    }),
  );
});

it('counts characters, not bytes', () => {
  const objects = [{ id: '01', value: '最佳运输' }];
  expect(writeObjects(objects)).toBe('0104最佳运输');
  expect(readObjects('0104最佳运输')).toEqual(objects);
});
