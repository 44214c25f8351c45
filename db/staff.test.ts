import { permissionsOf } from '../domain/access/roles';
import { newId } from '../domain/ids';
import type { StaffScope } from '../domain/access/scope';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { inScope } from './connection';
import { install } from './installation';
import { inviteStaff } from './staff';
import { decide } from './task-decisions';

function admin(...entities: string[]): StaffScope {
  const userId = newId('user');
  const roles = ['admin'] as const;
  return {
    kind: 'staff',
    actor: `user:${userId}`,
    userId,
    entities,
    roles,
    permissions: permissionsOf(roles),
    restricted: false,
  };
}

describe('access for a colleague', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000 });
  });

  afterAll(() => scratch.close());

  const invite = (entities: string[]) =>
    inScope(scratch.db, admin('cy', 'off'), (tx) =>
      inviteStaff(tx, {
        email: `${newId('user')}@staff.example`,
        name: 'New Colleague',
        roles: ['support'],
        entities,
      }),
    );

  async function approve(who: StaffScope, entities: string[]) {
    const { task } = await invite(entities);
    return inScope(scratch.db, who, (tx) =>
      decide(tx, {
        taskId: task.id,
        expectedVersion: task.version,
        contentHash: task.contentHash,
        decision: 'approve',
        reason: 'OK',
      }),
    );
  }

  it('is not given by one who does not work for every entity that is asked for', async () => {
    await expect(approve(admin('cy'), ['cy', 'off'])).rejects.toMatchObject({
      status: 403,
      code: 'forbidden',
    });
  });

  it('is given by a colleague of them all', async () => {
    await expect(approve(admin('cy', 'off'), ['cy', 'off'])).resolves.toMatchObject({
      state: 'decided',
    });
  });
});
