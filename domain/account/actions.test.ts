import { permissionsOf } from '../access/roles';
import { accountActions, permissionOfAction, whyNotNow, type ActionStanding } from './actions';

const standing: ActionStanding = { state: 'active', openKinds: [], liftable: 0, restrictions: 0 };

describe('what can be done about an account', () => {
  it('is everything but lifting when nothing is under way', () => {
    const possible = accountActions.filter((action) => whyNotNow(action, standing) === null);
    expect(possible).toEqual(accountActions.filter((action) => action !== 'lift'));
  });

  it.each([
    ['change_leverage', { openKinds: ['change_leverage'] }, /under way already/],
    ['change_type', { openKinds: ['change_leverage'] }, null],
    ['change_leverage', { openKinds: ['close'] }, /closing of the account is under way/],
    ['override', { openKinds: ['migrate'] }, /move to another platform is under way/],
    ['close', { state: 'closed' }, /has ended/],
    ['restrict', { state: 'archived' }, /has ended/],
    ['change_leverage', { state: 'provisioning' }, /no log-in yet/],
    ['change_leverage', { state: 'restricted' }, null],
    ['password_link', { state: 'suspended' }, /Nobody may log in/],
    ['password_link', { openKinds: ['close'] }, null],
    ['lift', { restrictions: 1, liftable: 0 }, /another person/],
    ['lift', { restrictions: 2, liftable: 1 }, null],
  ] as const)('%s with %j', (action, change, words) => {
    const why = whyNotNow(action, { ...standing, ...change });
    if (words === null) expect(why).toBeNull();
    else expect(why).toMatch(words);
  });

  it('lets support send a link and change nothing else', () => {
    const held = permissionsOf(['support']);
    const may = accountActions.filter((action) => held.has(permissionOfAction[action]));
    expect(may).toEqual(['password_link']);
  });
});
