import { attribute } from './receipt';

const owner = { entityId: 'cy', clientId: 'cl_1', currency: 'EUR' };
const receipt = {
  entityId: 'cy',
  currency: 'EUR',
  isReturn: false,
  written: ['RF1'],
  known: [owner],
};

describe('whose money has arrived', () => {
  it('is said by a reference of one wallet of the entity and currency', () => {
    expect(attribute(receipt)).toEqual({ owner });
  });

  it.each([
    ['NO_REFERENCE', { written: [], known: [] }],
    ['UNKNOWN_REFERENCE', { known: [] }],
    ['SEVERAL_REFERENCES', { known: [owner, { ...owner, clientId: 'cl_2' }] }],
    ['OTHER_ENTITY', { entityId: 'off' }],
    ['OTHER_CURRENCY', { currency: 'USD' }],
    ['RETURNED_PAYOUT', { isReturn: true }],
  ])('is not known: %s', (code, change) => {
    expect(attribute({ ...receipt, ...change })).toEqual({ code });
  });
});
