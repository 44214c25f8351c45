import { evaluate } from '../policy/evaluate';
import { compilePolicy } from '../policy/compile';
import { accountProvisioningPolicy } from '../policy/defaults/account-provisioning';
import { entityAssignmentPolicy } from '../policy/defaults/entity-assignment';
import { shippedLists } from '../policy/defaults/lists';
import { demoInstallation } from '../policy/defaults/shipped';
import { anyServer } from '../policy/kinds/account-provisioning';
import {
  assignmentWith,
  countryProblems,
  type EntityPlan,
  isOffshore,
  provisioningOf,
  readPlan,
} from './plan';

const plan: EntityPlan = {
  code: 'ae',
  legalName: 'Gulf Ltd',
  regulator: 'SCA',
  licence: '1',
  jurisdiction: 'AE',
  countries: ['AE', 'OM'],
  currencies: ['USD', 'AED'],
  brand: {
    name: 'Gulf',
    colour: '#112233',
    postalAddress: '1 Road, Dubai',
    supportEmail: 'help@ae.example',
    mailFrom: 'no-reply@ae.example',
  },
  bankAccounts: [
    {
      currency: 'USD',
      holder: 'Gulf Ltd',
      bank: 'Bank',
      iban: 'AE070331234567890123456',
      bic: 'SMPLAEAD',
    },
  ],
  groups: [
    {
      platform: 'mt5',
      server: 'mt5',
      accountType: 'standard',
      currency: 'USD',
      group: 'real\\ae-usd',
      leverage: 100,
    },
  ],
  legalTexts: [],
};

const pointersOf = (given: unknown) => {
  const read = readPlan(given);
  return read.ok ? [] : read.problems.map(({ pointer }) => pointer);
};

const assignment = entityAssignmentPolicy(demoInstallation).base;
const provisioning = accountProvisioningPolicy(demoInstallation).base;

function assigned(body: typeof assignment, residence: string) {
  const compiled = compilePolicy('entity.assignment', {
    ...{ base: body, overlays: [], lists: shippedLists },
  });
  return evaluate(compiled, { 'client.residence': residence }).outcome;
}

describe('a plan of a new entity', () => {
  it.each([
    ['a code with capitals', { code: 'AE' }, '/code'],
    ['the code of a page', { code: 'new' }, '/code'],
    ['no country', { countries: [] }, '/countries'],
    ['a country that is none', { countries: ['AE', 'XX'] }, '/countries/1'],
    ['a country twice', { countries: ['AE', 'AE'] }, '/countries/1'],
    ['a currency that is none', { currencies: ['USD', 'ABC'] }, '/currencies/1'],
    ['a colour in words', { brand: { ...plan.brand, colour: 'red' } }, '/brand/colour'],
    ['an address that is none', { brand: { ...plan.brand, mailFrom: 'x' } }, '/brand/mailFrom'],
    [
      'a wrong IBAN',
      { bankAccounts: [{ ...plan.bankAccounts[0], iban: 'AE080331234567890123456' }] },
      '/bankAccounts/0/iban',
    ],
    [
      'an account in a currency that it has not',
      { bankAccounts: [{ ...plan.bankAccounts[0], currency: 'EUR' }] },
      '/bankAccounts/0/currency',
    ],
    ['no group', { groups: [] }, '/groups'],
    ['a group twice', { groups: [...plan.groups, ...plan.groups] }, '/groups/1'],
    [
      'a group in a currency that it has not',
      { groups: [{ ...plan.groups[0], currency: 'EUR' }] },
      '/groups/0/currency',
    ],
    ['a field that nobody knows', { more: 1 }, ''],
  ])('names %s at its field', (_, change, pointer) => {
    expect(pointersOf(plan)).toEqual([]);
    expect(pointersOf({ ...plan, ...change })).toEqual([pointer]);
  });

  it('cannot serve those whom nobody serves, nor take protected residents offshore', () => {
    const known = { refused: new Set(['US']), protectedResidences: ['DE'] };
    const wide = { ...plan, countries: ['AE', 'US', 'DE'] };
    expect(countryProblems(wide, known).map(({ pointer }) => pointer)).toEqual([
      '/countries/1',
      '/countries/2',
    ]);
    expect(isOffshore({ jurisdiction: 'DE' })).toBe(false);
    const german = { ...wide, jurisdiction: 'DE' };
    expect(countryProblems(german, known).map(({ pointer }) => pointer)).toEqual(['/countries/1']);
  });

  it('takes its residents before the others’ rules, and after those that nobody serves', () => {
    const body = assignmentWith(plan, assignment);
    expect(assigned(assignment, 'AE')).toMatchObject({ decision: 'assign', entity: 'off' });
    expect(assigned(body, 'AE')).toMatchObject({ decision: 'assign', entity: 'ae' });
    expect(assigned(body, 'CY')).toMatchObject({ decision: 'assign', entity: 'cy' });
    expect(assigned(body, 'SC')).toMatchObject({ decision: 'assign', entity: 'off' });
    const greedy = assignmentWith({ ...plan, countries: ['US', 'GB'] }, assignment);
    expect(assigned(greedy, 'US')).toMatchObject({ decision: 'refuse' });
    expect(assigned(greedy, 'GB')).toMatchObject({ decision: 'review' });
    const licensed = assignmentWith({ ...plan, jurisdiction: 'GB', countries: ['GB'] }, assignment);
    expect(assigned(licensed, 'GB')).toMatchObject({ decision: 'assign', entity: 'ae' });
  });

  it('places its accounts in its own groups and offers what it has', () => {
    const compiled = compilePolicy('account.provisioning', {
      base: provisioning,
      overlays: [{ id: 'entity:ae', overlay: provisioningOf(plan, provisioning) }],
      lists: shippedLists,
    });
    expect(compiled.effective.parameters).toMatchObject({
      ...{ accountTypes: ['standard'], currencies: ['USD'], platforms: ['mt5'] },
    });
    const facts = {
      ...{ 'client.jurisdiction': 'AE', 'client.entity': 'ae', 'client.category': 'retail' },
      ...{ 'client.approved': true, 'client.accounts': 0, 'client.demoAccounts': 0 },
      ...{ 'account.type': 'standard', 'account.currency': 'USD', 'account.platform': 'mt5' },
      'account.server': anyServer,
    };
    expect(evaluate(compiled, facts).outcome).toMatchObject({
      ...{ decision: 'provision', group: 'real\\ae-usd', leverage: 100, demo: false },
    });
    expect(evaluate(compiled, { ...facts, 'account.currency': 'EUR' }).outcome).toMatchObject({
      decision: 'review',
    });
  });
});
