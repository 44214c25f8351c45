import { chooseRestraint } from './restraint';

const groups = [
  { name: 'real\\off-usd-std', currency: 'USD' },
  { name: 'real\\close-usd', currency: 'USD' },
  { name: 'real\\close-eur', currency: 'EUR' },
];
const named = ['close-usd', 'real\\close-usd', 'real\\close-eur'];

describe('how an account that moves is kept from opening positions', () => {
  it('is by a right of its log-in where there is one', () => {
    const wish = { named, groups, currency: 'USD' };
    expect(chooseRestraint({ closeOnly: 'login' }, wish)).toEqual({ by: 'login' });
  });

  it('is by the first group for closing that the server has in its currency', () => {
    expect(chooseRestraint({ closeOnly: 'group' }, { named, groups, currency: 'EUR' })).toEqual({
      by: 'group',
      group: 'real\\close-eur',
    });
  });

  it('is by nothing where policy names no such group, or the server has none in its currency', () => {
    const watch = { by: 'watch' };
    expect(chooseRestraint({ closeOnly: 'group' }, { named: [], groups, currency: 'USD' })).toEqual(
      watch,
    );
    expect(chooseRestraint({ closeOnly: 'group' }, { named, groups, currency: 'GBP' })).toEqual(
      watch,
    );
  });
});
