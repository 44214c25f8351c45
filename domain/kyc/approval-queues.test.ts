import { kycApprovalPolicy } from '../policy/defaults/kyc-approval';
import { checkPolicy } from '../policy/check';
import { shippedLists } from '../policy/defaults/lists';
import { routeApproval, type ApprovalQueue, type AskingRow } from './approval-queues';

const board: ApprovalQueue = { code: 'board', name: 'Board', permission: 'pep.approve' };
const desk: ApprovalQueue = { code: 'gulf_desk', name: 'Gulf desk', permission: 'kyc.decide' };

const row = (reason: string, then: AskingRow['then']): AskingRow => ({
  reason,
  title: reason,
  then,
});
const route = (rows: AskingRow[], more = false) =>
  routeApproval([board, desk], rows, { dueHours: 24, more });

describe('the way of an approval', () => {
  it('leads to the queue that the row names, in its time', () => {
    const { senior, review } = route([
      row('RISK_HIGH', { queue: 'gulf_desk', dueHours: 6 }),
      row('DOC_EXPIRED', { queue: 'compliance', dueHours: 4 }),
    ]);
    expect([senior, review]).toEqual([null, { queue: desk, dueHours: 4 }]);
  });

  it('leads a politically exposed person to senior management first, then to another officer', () => {
    const rows = [row('PEP_POSSIBLE', { queue: 'board', dueHours: 2, fourEyes: true })];
    const { senior, review } = route(rows);
    expect(senior).toMatchObject({ queue: board, dueHours: 2, reasons: ['PEP_POSSIBLE'] });
    expect(review).toMatchObject({ queue: { code: 'compliance' }, dueHours: 2 });
  });

  it('ends with senior management where the row wants no second officer and nothing else speaks', () => {
    const rows = [row('PEP_POSSIBLE', { queue: 'board' })];
    expect(route(rows).review).toBeNull();
    expect(route(rows, true).review).toMatchObject({ queue: { code: 'compliance' } });
    expect(route([...rows, row('POA_TOO_OLD', {})]).review).not.toBeNull();
  });

  it('never leads round senior management, whatever an old version says', () => {
    expect(route([row('PEP_POSSIBLE', { queue: 'gulf_desk' })]).senior).toMatchObject({
      queue: { code: 'senior_approver' },
    });
    expect(route([row('PEP_POSSIBLE', { queue: 'gone' })]).senior).toMatchObject({
      queue: { code: 'senior_approver' },
    });
  });

  it('leads any other row to senior management that names a queue of theirs', () => {
    const { senior, review } = route([row('RISK_HIGH', { queue: 'board', fourEyes: true })]);
    expect(senior).toMatchObject({ queue: board, reasons: ['RISK_HIGH'] });
    expect(review).toMatchObject({ queue: { code: 'compliance' } });
  });

  it('leads to compliance when no row names a queue', () => {
    expect(route([]).review).toEqual({
      queue: expect.objectContaining({ code: 'compliance' }),
      dueHours: 24,
    });
  });
});

describe('the check of a policy that routes approvals', () => {
  const { base } = kycApprovalPolicy;
  const withPep = (then: object, queues: readonly object[] = []) =>
    checkPolicy(
      'kyc.approval',
      {
        ...base,
        parameters: { ...base.parameters, queues },
        rules: base.rules.map((rule) => (rule.id === 'pep' ? { ...rule, then } : rule)),
      },
      shippedLists,
    )
      .filter(({ severity }) => severity === 'error')
      .map(({ code, pointer }) => [code, pointer]);
  const at = base.rules.findIndex(({ id }) => id === 'pep');
  const review = { decision: 'review', fourEyes: true };

  it.each([
    ['a queue of the policy', { ...review, queue: 'board' }, [board], []],
    ['a queue that nobody knows', { ...review, queue: 'board' }, [], ['unknown_queue', 'queue']],
    ['officers alone', { ...review, queue: 'compliance' }, [], ['law', 'queue']],
    ['an own queue of officers', { ...review, queue: 'gulf_desk' }, [desk], ['law', 'queue']],
    ['nobody', { decision: 'approve' }, [], ['law', 'decision']],
  ])('knows whether politically exposed persons go to %s', (_what, then, queues, wrong) => {
    const [code, field] = wrong;
    expect(withPep(then, queues)).toEqual(
      code === undefined ? [] : [[code, `/rules/${at}/then/${field}`]],
    );
  });

  it('refuses a queue that every house has already', () => {
    const own = { code: 'mlro', name: 'Ours', permission: 'kyc.decide' };
    expect(withPep({ ...review, queue: 'senior_approver' }, [own])).toEqual([
      ['schema', '/parameters/queues/0/code'],
    ]);
  });
});
