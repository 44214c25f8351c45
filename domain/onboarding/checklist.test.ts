import { type DocumentRequirement } from '../policy/kinds/kyc-documents';
import { checklistOf, slotFor, type ListedDocument } from './checklist';

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
});
