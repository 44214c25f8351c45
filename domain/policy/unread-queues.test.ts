import { parameterSchemas, thenSchemas } from './body.schema';
import { shippedPolicies } from './defaults/all';
import { readFields } from './edit/field-form';
import { type Field, fieldsOf } from './edit/fields';
import { policyKinds, type PolicyKind } from './kinds/registry';
import { unreadQueueProblems, withoutUnreadQueues } from './unread-queues';

const kinds = Object.keys(policyKinds) as PolicyKind[];

/** A partner plan has a page of its own. */
const byForm = kinds.filter((kind) => kind !== 'partner.plan');

function json(fields: readonly Field[], path = ''): string[] {
  return fields.flatMap((field) => {
    const at = `${path}/${field.name}`;
    if (field.type === 'group' || field.type === 'rows') return json(field.fields, at);
    return field.type === 'json' ? [at] : [];
  });
}

describe('every kind of policy', () => {
  it.each(byForm)('%s has a field for each part of its outcome and its parameters', (kind) => {
    expect(fieldsOf(thenSchemas[kind]).length).toBeGreaterThan(0);
    expect(json(fieldsOf(thenSchemas[kind]))).toEqual([]);
    expect(json(fieldsOf(parameterSchemas[kind]))).toEqual([]);
  });

  it('has numbers in a row as numbers, and what is none stays as it was typed', () => {
    const fields = fieldsOf(parameterSchemas['compliance.calendar']);
    const typed = (noticeDays: string) =>
      readFields(fields, 'p', { 'p.reviewLeadDays': '30', 'p.noticeDays': noticeDays });
    expect(typed('60, 30,7')).toMatchObject({ noticeDays: [60, 30, 7] });
    expect(typed('60, soon')).toMatchObject({ noticeDays: [60, 'soon'] });
  });

  it.each(byForm)('%s asks for a queue only where one is read', (kind) => {
    const names = fieldsOf(thenSchemas[kind]).map(({ name }) => name);
    expect(names.includes('queue')).toBe(kind === 'kyc.approval');
  });
});

describe('a queue that nothing reads', () => {
  const rule = (then: object) => ({ id: 'one', title: 'x', when: { all: [] }, then });
  const routed = { decision: 'review', queue: 'finance', dueHours: 4 };

  it('is refused at its place, in a base and in an overlay, and taken of approvals', () => {
    const base = { rules: [rule(routed), rule({ decision: 'approve' })] };
    expect(unreadQueueProblems('withdrawal', 'base', base)).toMatchObject([
      { pointer: '/rules/0/then/queue', code: 'unread_queue', severity: 'error', rule: 'one' },
    ]);
    const overlay = { changes: [{ target: 'rule', mode: 'add', with: rule(routed) }] };
    expect(unreadQueueProblems('screening', 'entity', overlay)).toMatchObject([
      { pointer: '/changes/0/with/then/queue', code: 'unread_queue' },
    ]);
    expect(unreadQueueProblems('kyc.approval', 'base', base)).toEqual([]);
  });

  it('is left out of what a new draft begins with, and nothing else is', () => {
    const body = { title: 'x', rules: [rule(routed)], queue: 'stays' };
    expect(withoutUnreadQueues('withdrawal', body)).toEqual({
      ...{ title: 'x', queue: 'stays' },
      rules: [rule({ decision: 'review', dueHours: 4 })],
    });
    expect(withoutUnreadQueues('kyc.approval', body)).toEqual(body);
  });

  it('ships nowhere', () => {
    for (const { kind, layer, body } of shippedPolicies())
      expect(unreadQueueProblems(kind, layer, body)).toEqual([]);
  });
});
