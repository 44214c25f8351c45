import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { taskKinds, taskRules } from '../task/task';
import { seesTask, taskKindsSeenBy } from '../task/visible';
import { eventsSeenBy, processFamilies, seesFamily } from './event-access';
import { permissions, permissionsOf, roles, type Role } from './roles';

const seenBy = (role: Role) => eventsSeenBy(permissionsOf([role]));

/** First words of the types of all events that the product's sources write. */
function familiesWritten(): string[] {
  const families = new Set<string>();
  for (const folder of ['activities', 'api', 'cli', 'db']) {
    const root = path.resolve(__dirname, '../..', folder);
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
      const text = readFileSync(path.join(root, file), 'utf8');
      if (!text.includes('EventType') && !text.includes('appendEvents')) continue;
      const written =
        /\b(?:type|event)\b ?[:=] ?[^;,\n]*?['`]([a-z_]+)\.|\w*Event\([^'`;]*['`]([a-z_]+)\./g;
      for (const [, typed, called] of text.matchAll(written)) families.add(typed ?? called ?? '');
    }
  }
  return [...families].sort();
}

describe('who reads an event', () => {
  it('is nobody, for a family that is not known', () => {
    const everything = eventsSeenBy(new Set(permissions));
    expect(seesFamily(everything, 'windfall')).toBe(false);
  });

  it('is somebody, for every event that the product writes', () => {
    const written = familiesWritten();
    expect(written.length).toBeGreaterThan(20);
    expect(written).toEqual(expect.arrayContaining(['client', 'deposit', 'task', 'intent']));
    const everything = eventsSeenBy(new Set(permissions));
    const unread = written.filter(
      (family) =>
        !processFamilies.some((each) => each === family) && !seesFamily(everything, family),
    );
    expect(unread).toEqual([]);
  });

  it('is sales for what the client’s own page tells, and for nothing about money, accounts or tasks', () => {
    expect(seenBy('sales')).toMatchObject({
      families: ['client', 'onboarding', 'restriction', 'mail'],
      types: [],
      taskKinds: [],
    });
  });

  it('is whoever may open the page of what the event is about', () => {
    const roleSees = (family: string) => roles.filter((role) => seesFamily(seenBy(role), family));
    expect(roleSees('screening')).toEqual(['compliance', 'mlro', 'senior_approver']);
    for (const family of ['deposit', 'withdrawal', 'transfer']) {
      expect(roleSees(family)).toEqual(
        roles.filter((role) => permissionsOf([role]).has('payment.read')),
      );
    }
    expect(roleSees('deposit')).not.toContain('dealing');
    expect(seenBy('dealing').types).toEqual([
      'feed.gap_found',
      'feed.gap_closed',
      'feed.deals_gone',
    ]);
    expect(roleSees('user')).toEqual(
      roles.filter((role) => permissionsOf([role]).has('client.personal')),
    );
  });
});

describe('who sees a task', () => {
  it('is who decides it, always', () => {
    for (const kind of taskKinds) {
      const { permission } = taskRules[kind];
      expect([kind, seesTask(new Set([permission]), { kind, permission })]).toEqual([kind, true]);
    }
  });

  it('is nobody but the judges, for a screening match: not even an auditor', () => {
    const see = roles.filter((role) =>
      taskKindsSeenBy(permissionsOf([role])).includes('screening_match'),
    );
    expect(see).toEqual(['compliance', 'mlro', 'senior_approver']);
  });

  it('is not everybody who may open the inbox', () => {
    expect(taskKindsSeenBy(permissionsOf(['sales']))).toEqual([]);
    expect(taskKindsSeenBy(permissionsOf(['admin']))).toEqual([
      'user_approval',
      'entity_approval',
      'agreement_approval',
    ]);
  });
});
