import fc from 'fast-check';
import { newId } from '../../../domain/ids';
import { exampleOrder } from '../testing/order';
import { bankText, isBankReference } from './characters';
import { controlSum } from './control-sum';
import type { Batch, CreditTransferOrder, Transfer } from './credit-transfer';
import { bankReferenceOf, idOfBankReference } from './reference';
import { writePain001 } from './write-pain001';

function batchAt(index: number): Batch {
  const batch = exampleOrder.batches[index];
  if (!batch) throw new Error('the example has two batches');
  return batch;
}

const [sepa, across] = [batchAt(0), batchAt(1)];
const [transfer] = sepa.transfers;
if (!transfer) throw new Error('the example has a transfer');

function order(batch: Partial<Batch>, of = sepa): CreditTransferOrder {
  return { ...exampleOrder, batches: [{ ...of, ...batch }] };
}

const paying = (change: Partial<Transfer>) => order({ transfers: [{ ...transfer, ...change }] });
const to = (change: Partial<Transfer['creditor']>) =>
  paying({ creditor: { ...transfer.creditor, ...change } });

/** What stands in the element of each place where it comes. */
const texts = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<${name}[^>]*>([^<]*)</${name}>`, 'g'))].map((match) => match[1]);

describe('a pain.001', () => {
  const xml = writePain001(exampleOrder);

  it('has amounts in their own minor units, counts, and control sums over all currencies', () => {
    expect(texts(xml, 'InstdAmt')).toEqual(['1234.56', '5000', '1.001']);
    expect(xml).toContain('<InstdAmt Ccy="JPY">5000</InstdAmt>');
    expect(texts(xml, 'NbOfTxs')).toEqual(['3', '1', '2']);
    expect(texts(xml, 'CtrlSum')).toEqual(['6235.561', '1234.56', '5001.001']);
  });

  it('has our references, and texts in the characters that banks take', () => {
    expect(texts(xml, 'EndToEndId')).toEqual(texts(xml, 'InstrId'));
    expect(texts(xml, 'EndToEndId')[0]).toBe('int01900000000070008000000000000003');
    expect(texts(xml, 'Ustrd')).toEqual(["Withdrawal 7 + 'thanks'", 'Withdrawal 9']);
    expect(texts(xml, 'Nm')).toEqual([
      'Keelson Markets (Cyprus) Ltd + Co',
      'Keelson Markets (Cyprus) Ltd',
      'Malgorzata Zolc-Muller',
      'Keelson Markets (Cyprus) Ltd',
      expect.stringMatching(/^[A-Za-z ]+$/),
      'Example Trading W.L.L.',
    ]);
  });

  it('says who pays the bank: SEPA its own way, across borders as told', () => {
    expect(texts(xml, 'ChrgBr')).toEqual(['SLEV', 'DEBT']);
    expect(texts(xml, 'BICFI')).toEqual(['BCYPCY2N', 'BOTKJPJT', 'CBKUKWKWXXX']);
    expect(xml).toContain('<Id>NOTPROVIDED</Id>');
  });

  it('is written in the older version, too', () => {
    const older = writePain001(exampleOrder, '001.001.03');
    expect(older).toContain('urn:iso:std:iso:20022:tech:xsd:pain.001.001.03');
    expect(older).toContain('<ReqdExctnDt>2026-03-03</ReqdExctnDt>');
    expect(texts(older, 'BIC')).toEqual(texts(xml, 'BICFI'));
    expect(older).not.toContain('LEI');
  });
});

describe('an order that a bank would refuse', () => {
  const iban = (text: string) => ({ kind: 'iban' as const, iban: text });

  it.each<[string, CreditTransferOrder]>([
    ['messageId: is not 1 to 35', { ...exampleOrder, messageId: 'int_1' }],
    [
      'initiatingParty.lei: is no LEI',
      { ...exampleOrder, initiatingParty: { name: 'K', lei: '1' } },
    ],
    ['batches: are none', { ...exampleOrder, batches: [] }],
    [
      'batches[0].paymentInformationId: comes twice',
      order({ paymentInformationId: exampleOrder.messageId }),
    ],
    ['batches[0].executionDay: is not a day', order({ executionDay: '2026-02-31x' })],
    ['batches[0].charges: SEPA shares them', order({ charges: 'debtor' })],
    ['batches[0].transfers: are none', order({ transfers: [] })],
    ['batches[0].debtor.account: SEPA pays from an IBAN', order({ debtor: across.debtor })],
    ['batches[0].transfers[1].endToEndId: comes twice', order({ transfers: [transfer, transfer] })],
    ['batches[0].transfers[0].endToEndId: is not 1 to 35', paying({ endToEndId: '/A' })],
    ['batches[0].transfers[0].amountMinor: is more or less', paying({ amountMinor: 0n })],
    ['batches[0].transfers[0].amountMinor: is more or less', paying({ amountMinor: 10n ** 11n })],
    ['batches[0].transfers[0].currency: SEPA pays euro', paying({ currency: 'USD' })],
    ['batches[0].transfers[0].currency: is no currency', paying({ currency: 'BTC' })],
    ['batches[0].transfers[0].creditor.name: has no letter', to({ name: ' // ' })],
    ['batches[0].transfers[0].creditor.country: is no country', to({ country: 'XX' })],
    ['batches[0].transfers[0].creditor.bic: has not the form', to({ bic: 'DEUT' })],
    [
      'batches[0].transfers[0].creditor.account: is no IBAN',
      to({ account: iban('DE89370400440532013001') }),
    ],
    [
      'batches[0].transfers[0].creditor.account: is no IBAN of SEPA',
      to({ account: iban('KW81CBKU0000000000001234560101') }),
    ],
    [
      'batches[0].transfers[0].creditor.bic: is needed outside SEPA',
      order({ transfers: [transfer] }, across),
    ],
  ])('is not written: %s', (message, bad) => {
    expect(() => writePain001(bad)).toThrow(message);
  });

  it('is named without what it says of a person', () => {
    expect(() => writePain001(to({ account: iban('DE00SECRET') }))).not.toThrow('SECRET');
  });
});

it('adds amounts of any currencies exactly', () => {
  const amount = fc.record({
    amountMinor: fc.bigInt({ min: 1n, max: 10n ** 15n }),
    currency: fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF'),
  });
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1 }), (amounts) => {
      const sum = controlSum(amounts.map((each) => ({ ...transfer, ...each })));
      const [whole = '', fraction = ''] = sum.split('.');
      const scale = { JPY: 10_000n, EUR: 100n, KWD: 10n, CLF: 1n };
      const expected = amounts.reduce(
        (total, { amountMinor, currency }) => total + amountMinor * scale[currency],
        0n,
      );
      expect(BigInt(whole + fraction.padEnd(4, '0'))).toBe(expected);
    }),
  );
});

it('puts any text into characters and a length that banks take', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const shown = bankText(text, 70);
      expect(
        shown === '' || (shown.length <= 70 && isBankReference(shown.slice(0, 35).trim())),
      ).toBe(true);
    }),
  );
});

it('takes an id of ours to the bank and back, also in capitals', () => {
  const id = newId('intent');
  const reference = bankReferenceOf(id) ?? '';
  expect(isBankReference(reference)).toBe(true);
  expect([idOfBankReference(reference), idOfBankReference(reference.toUpperCase())]).toEqual([
    id,
    id,
  ]);
  expect(bankReferenceOf('RF18 5390 0754 7034')).toBeUndefined();
  expect(idOfBankReference('NOTPROVIDED')).toBeUndefined();
});
