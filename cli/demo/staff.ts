import { isComplete, keysOf } from '../../domain/record';
import type { DemoLogin } from '../stack/addresses';
import { text } from './http';
import { decide, taskAbout } from './money';
import { demoPassword, logIn, setPasswordByLetter } from './people';
import type { Report } from './report';
import type { Person, World } from './world';

/** Colleagues of the demonstration. The first two are made by the machine's owner; the others are invited and approved. */
export const colleagues = {
  admin: { name: 'Ada Admin', roles: ['admin', 'operations'] },
  approver: { name: 'Sol Approver', roles: ['senior_approver'] },
  compliance1: { name: 'Cora Compliance', roles: ['compliance'] },
  compliance2: { name: 'Cyril Compliance', roles: ['compliance'] },
  mlro: { name: 'Mila Reporting', roles: ['mlro'] },
  operations: { name: 'Otto Operations', roles: ['operations'] },
  finance1: { name: 'Fay Finance', roles: ['finance'] },
  finance2: { name: 'Finn Finance', roles: ['finance'] },
  dealing: { name: 'Dana Dealing', roles: ['dealing'] },
  partners: { name: 'Pia Partners', roles: ['partner_manager'] },
  support: { name: 'Sven Support', roles: ['support'] },
  sales: { name: 'Sara Sales', roles: ['sales'] },
  auditor: { name: 'Aldo Auditor', roles: ['auditor'] },
} as const;

export type Colleague = keyof typeof colleagues;
export type Staff = Readonly<Record<Colleague, Person>>;

export const entities = ['cy', 'off'] as const;

export function staffEmail(who: Colleague): string {
  return `${who}@staff.keelson.example`;
}

/** Logs every colleague in; whoever does not exist yet is invited, approved by another person, and sets a password by mail. */
export async function gatherStaff(world: World, report: Report): Promise<Staff> {
  const admin = await logIn(world, 'staff', staffEmail('admin'));
  const approver = await logIn(world, 'staff', staffEmail('approver'));
  const found: Partial<Record<Colleague, Person>> = { admin, approver };
  const names = keysOf(colleagues);
  const missing: Colleague[] = [];
  for (const who of names) {
    if (found[who]) continue;
    const person = await world.logIn('staff', staffEmail(who), demoPassword);
    if (person) found[who] = person;
    else missing.push(who);
  }
  await Promise.all(
    missing.map(async (who) => {
      const { name, roles } = colleagues[who];
      const invited = await admin.post('/api/v1/users', {
        email: staffEmail(who),
        name,
        roles: [...roles],
        entities: [...entities],
      });
      const task = await taskAbout(approver, 'user_approval', text(invited, 'userId'));
      await decide(approver, text(task, 'id'), 'approve', 'known colleague');
      await setPasswordByLetter(world, await world.mailbox.waitFor(staffEmail(who), 'invit'));
      found[who] = await logIn(world, 'staff', staffEmail(who));
    }),
  );
  if (missing.length > 0) {
    report.step(
      `${missing.length} colleagues were invited, approved by another person, and set a password by mail`,
      `roles: ${missing.map((who) => colleagues[who].roles.join('+')).join(', ')}`,
    );
  }
  return complete(found, names);
}

function complete(found: Partial<Record<Colleague, Person>>, names: readonly Colleague[]): Staff {
  if (isComplete(names, found)) return found;
  throw new Error(`${names.filter((who) => !found[who]).join(', ')} could not log in`);
}

export function demoLogins(): DemoLogin[] {
  return keysOf(colleagues).map((who) => ({
    role: colleagues[who].roles.join(', '),
    email: staffEmail(who),
    password: demoPassword,
  }));
}
