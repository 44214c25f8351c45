import { findBankReferences, newBankReference, showBankReference } from './bank-reference';

const reference = newBankReference(() => 5);

describe('the reference of a bank transfer', () => {
  it('is a creditor reference of ISO 11649', () => {
    expect(reference).toBe('RF60K777777777');
  });

  it.each([
    ['as it is', 'RF60K777777777'],
    ['in groups', showBankReference('RF60K777777777')],
    ['in small letters', 'rf60k777777777'],
    ['between words', 'Deposit RF60-K777-7777-77 thanks'],
    ['run into the words before it', 'FORRF60K777777777NOW'],
    ['after letters that look like its beginning', 'RF RF60K777777777'],
  ])('is found %s', (_how, text) => {
    expect(findBankReferences([text])).toEqual([reference]);
  });

  it.each([
    ['with one wrong character', 'RF60K777777778'],
    ['with two that changed places', 'RF06K777777777'],
    ['that is cut', 'RF60K77777777'],
    ['of somebody else, RF18 5390 0754 7034', 'RF18539007547034'],
    ['in no text', ''],
  ])('is not found %s', (_how, text) => {
    expect(findBankReferences([text])).toEqual([]);
  });

  it('is named once, wherever it stands, and beside another', () => {
    const other = newBankReference((below) => below - 1);
    expect(findBankReferences([`${reference} ${reference}`, reference])).toEqual([reference]);
    expect(findBankReferences([`${reference}, ${other}`])).toEqual([reference, other]);
  });
});
