import { sharedOf, sharedTold } from './shared-data';

describe('what a task tells of what clients share', () => {
  const facts = {
    ...{ 'sharedIp.partner': true, 'sharedIp.clients': 4 },
    ...{ 'sharedName.partner': false, 'sharedName.clients': 1 },
    ...{ 'sharedAddress.partner': true, 'sharedAddress.clients': 0 },
  };

  it('is with whom, and with how many', () => {
    expect(sharedTold(facts, 'SHARED_IP')).toBe(
      'shared with the partner and 4 other clients of the partner',
    );
    expect(sharedTold(facts, 'SHARED_NAME')).toBe('shared with 1 other client of the partner');
    expect(sharedTold(facts, 'SHARED_ADDRESS')).toBe('shared with the partner');
  });

  it('is nothing of any other reason', () => {
    expect(sharedTold(facts, 'WASH_LOTS')).toBeUndefined();
    expect(sharedOf(facts, ['WASH_LOTS', 'SHARED_NAME'])).toEqual({
      name: { partner: false, clients: 1 },
    });
  });
});
