import fc from 'fast-check';
import { documentKinds, documentStatuses } from '../kyc/document';
import { type DocumentRequirement } from '../policy/kinds/kyc-documents';
import { checklistOf, kycLevelOf, slotFor, slots, type ListedDocument } from './checklist';

const identity: DocumentRequirement = {
  slot: 'identity',
  accepted: ['passport', 'id_card'],
  count: 1,
};
const address: DocumentRequirement = {
  slot: 'address',
  accepted: ['utility_bill', 'bank_statement'],
  count: 1,
};
const funds: DocumentRequirement = { slot: 'funds', accepted: ['bank_statement'], count: 1 };
const passport: ListedDocument = { slot: 'identity', kind: 'passport', state: 'new' };

describe('the checklist', () => {
  it('counts a rejected or replaced document as missing', () => {
    for (const state of ['rejected', 'archived'] as const) {
      expect(checklistOf([identity], [{ ...passport, state }])[0]).toMatchObject({ done: false });
    }
    expect(checklistOf([identity], [passport])[0]).toMatchObject({ done: true, present: 1 });
  });

  it('takes no kind that the slot does not accept', () => {
    const bill: ListedDocument = { slot: 'identity', kind: 'utility_bill', state: 'approved' };
    expect(checklistOf([identity], [bill])[0]).toMatchObject({ present: 0 });
  });

  it('puts a document where it is still needed, or where it is said to belong', () => {
    const items = checklistOf([identity, address, funds], []);
    expect(slotFor(items, 'bank_statement')).toBe('address');
    expect(slotFor(items, 'bank_statement', 'funds')).toBe('funds');
    expect(slotFor(items, 'passport', 'funds')).toBeUndefined();
    const bill: ListedDocument = { slot: 'address', kind: 'utility_bill', state: 'new' };
    expect(slotFor(checklistOf([identity, address, funds], [bill]), 'bank_statement')).toBe(
      'funds',
    );
    expect(slotFor(items, 'selfie')).toBeUndefined();
  });

  it('gives a higher level only for more that is proven', () => {
    const bill: ListedDocument = { slot: 'address', kind: 'utility_bill', state: 'approved' };
    const statement: ListedDocument = { slot: 'funds', kind: 'bank_statement', state: 'approved' };
    const level = (documents: readonly ListedDocument[]) =>
      kycLevelOf(checklistOf([identity, address, funds], documents));
    expect(level([bill, statement])).toBe(0);
    expect(level([passport])).toBe(1);
    expect(level([passport, bill])).toBe(2);
    expect(level([passport, bill, statement])).toBe(3);
  });

  it('never loses a level by one more good document', () => {
    const document = fc.record({
      slot: fc.constantFrom(...slots),
      kind: fc.constantFrom(...documentKinds),
      state: fc.constantFrom(...documentStatuses),
    });
    fc.assert(
      fc.property(fc.array(document, { maxLength: 8 }), document, (documents, more) => {
        const level = (all: readonly ListedDocument[]) =>
          kycLevelOf(checklistOf([identity, address, funds], all));
        expect(level([...documents, more])).toBeGreaterThanOrEqual(level(documents));
      }),
    );
  });
});
