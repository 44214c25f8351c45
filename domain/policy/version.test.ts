import fc from 'fast-check';
import { Problem } from '../problem';
import {
  advancePolicyVersion,
  draftPolicyVersion,
  type PolicyCommand,
  type PolicyVersion,
  versionInForce,
} from './version';

const now = '2026-01-10T00:00:00Z';
const draft = draftPolicyVersion({
  id: 'pol_1',
  kind: 'withdrawal',
  scope: { layer: 'base', layerKey: '' },
  version: 1,
  author: 'ann',
});

function publishBy(by: string, expectedRevision = 1): PolicyCommand {
  return {
    type: 'publish',
    by,
    expectedRevision,
    now,
    effectiveFrom: now,
    reach: 'new',
    errorCount: 0,
  };
}

function submitBy(version: PolicyVersion, by: string): PolicyVersion {
  return advancePolicyVersion(version, {
    type: 'submit',
    by,
    expectedRevision: version.revision,
    errorCount: 0,
  });
}

function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'accepted';
}

describe('publication of a policy', () => {
  it('is done by a second person', () => {
    const published = advancePolicyVersion(submitBy(draft, 'ann'), publishBy('bob'));
    expect(published).toMatchObject({ state: 'published', publishedBy: 'bob', effectiveFrom: now });
  });

  it.each([
    ['the author', 'ann'],
    ['an editor', 'cat'],
    ['whoever submitted it', 'dan'],
  ])('is refused to %s with 409', (_who, by) => {
    const edited = advancePolicyVersion(draft, { type: 'edit', by: 'cat', expectedRevision: 1 });
    const submitted = submitBy(edited, 'dan');
    expect(refusalOf(() => advancePolicyVersion(submitted, publishBy(by, 2)))).toBe(
      '409 four_eyes',
    );
  });

  it('is refused after an edit, which voids the submission', () => {
    const submitted = submitBy(draft, 'ann');
    const edited = advancePolicyVersion(submitted, {
      type: 'edit',
      by: 'cat',
      expectedRevision: 1,
    });
    expect(edited).toMatchObject({ state: 'draft', submittedBy: null, revision: 2 });
    expect(refusalOf(() => advancePolicyVersion(edited, publishBy('bob', 2)))).toBe(
      '409 policy_state',
    );
  });

  it('refuses a stale edit, a broken body, a past date and a blank reason', () => {
    expect(
      refusalOf(() =>
        advancePolicyVersion(draft, { type: 'edit', by: 'ann', expectedRevision: 0 }),
      ),
    ).toBe('409 stale_edit');
    expect(
      refusalOf(() =>
        advancePolicyVersion(draft, {
          type: 'submit',
          by: 'ann',
          expectedRevision: 1,
          errorCount: 2,
        }),
      ),
    ).toBe('422 policy_has_errors');
    const submitted = submitBy(draft, 'ann');
    expect(
      refusalOf(() =>
        advancePolicyVersion(submitted, {
          ...publishBy('bob'),
          type: 'publish',
          by: 'bob',
          expectedRevision: 1,
          now,
          effectiveFrom: '2026-01-09T23:59:59Z',
          reach: 'new',
          errorCount: 0,
        }),
      ),
    ).toBe('422 effective_in_past');
    expect(
      refusalOf(() =>
        advancePolicyVersion(submitted, { type: 'sendBack', by: 'bob', reason: ' ' }),
      ),
    ).toBe('422 reason_required');
  });

  it('never lets anyone who took part publish, whatever came before', () => {
    const people = ['ann', 'bob', 'cat'] as const;
    const step = fc.tuple(
      fc.constantFrom('edit', 'submit', 'sendBack', 'withdraw', 'publish'),
      fc.constantFrom(...people),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let version = draft;
        for (const [type, by] of steps) {
          const commands: Record<string, PolicyCommand> = {
            edit: { type: 'edit', by, expectedRevision: version.revision },
            submit: { type: 'submit', by, expectedRevision: version.revision, errorCount: 0 },
            sendBack: { type: 'sendBack', by, reason: 'mend it' },
            withdraw: { type: 'withdraw', by },
            publish: publishBy(by, version.revision),
          };
          const command = commands[type];
          if (command === undefined) continue;
          try {
            version = advancePolicyVersion(version, command);
          } catch (error) {
            if (!(error instanceof Problem)) throw error;
          }
        }
        if (version.state === 'published') {
          expect(version.editedBy).not.toContain(version.publishedBy);
          expect(version.submittedBy).not.toBe(version.publishedBy);
          expect(version.submittedBy).not.toBeNull();
        }
      }),
    );
  });
});

describe('versionInForce', () => {
  const published = (version: number, effectiveFrom: string) => ({
    state: 'published' as const,
    version,
    effectiveFrom,
  });

  it('is the latest that has begun, of equals the higher version', () => {
    const versions = [
      published(1, '2026-01-01T00:00:00Z'),
      published(2, '2026-02-01T00:00:00Z'),
      published(3, '2026-02-01T00:00:00Z'),
      published(4, '2026-03-01T00:00:00Z'),
      { state: 'draft' as const, version: 5, effectiveFrom: null },
    ];
    expect(versionInForce(versions, '2026-02-15T00:00:00Z')?.version).toBe(3);
    expect(versionInForce(versions, '2026-01-01T00:00:00Z')?.version).toBe(1);
    expect(versionInForce(versions, '2025-12-31T23:59:59Z')).toBeNull();
  });
});
