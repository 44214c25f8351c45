import {
  type AgreementText,
  codeOfTitle,
  hashOfText,
  outstandingOf,
  readAgreementPlan,
  textIn,
  type VersionInTime,
  versionsInForce,
} from './agreement';

const now = Date.parse('2026-12-01T00:00:00Z');

function version(n: number, more: Partial<VersionInTime> = {}): VersionInTime {
  return {
    id: `${more.code ?? 'client_agreement'}/${n}`,
    code: 'client_agreement',
    version: n,
    reaccept: false,
    graceDays: 30,
    effectiveFrom: '2026-10-01T00:00:00Z',
    ...more,
  };
}

describe('what a client has to accept', () => {
  it('is nothing when the newest version in force is accepted', () => {
    const versions = [version(1), version(2, { reaccept: true })];
    expect(outstandingOf(versions, new Set(['client_agreement/2']), now)).toEqual([]);
  });

  it('is nothing when no newer version demands it', () => {
    const versions = [version(1), version(2)];
    expect(outstandingOf(versions, new Set(['client_agreement/1']), now)).toEqual([]);
  });

  it('is the newest version in force, though an older one demanded it', () => {
    const versions = [
      version(1),
      version(2, { reaccept: true, effectiveFrom: '2026-11-10T00:00:00Z' }),
      version(3, { effectiveFrom: '2026-11-20T00:00:00Z' }),
    ];
    const [found] = outstandingOf(versions, new Set(['client_agreement/1']), now);
    expect(found).toMatchObject({
      current: { version: 3 },
      dueAt: '2026-12-10T00:00:00.000Z',
      isOverdue: false,
    });
  });

  it('is overdue from the first demanding version on, and a later one gives no more time', () => {
    const versions = [
      version(1, { reaccept: true, effectiveFrom: '2026-10-01T00:00:00Z' }),
      version(2, { reaccept: true, effectiveFrom: '2026-11-30T00:00:00Z' }),
    ];
    const [found] = outstandingOf(versions, new Set(), now);
    expect(found).toMatchObject({ current: { version: 2 }, isOverdue: true });
  });

  it('is overdue at the very moment that the time is over', () => {
    const versions = [version(1, { reaccept: true, effectiveFrom: '2026-11-01T00:00:00Z' })];
    expect(outstandingOf(versions, new Set(), now)[0]?.isOverdue).toBe(true);
    expect(outstandingOf(versions, new Set(), now - 1)[0]?.isOverdue).toBe(false);
  });

  it('is nothing of a version that is not in force yet', () => {
    const versions = [version(1, { reaccept: true, effectiveFrom: '2026-12-01T00:00:01Z' })];
    expect(outstandingOf(versions, new Set(), now)).toEqual([]);
    expect(versionsInForce(versions, now)).toEqual([]);
  });

  it('is told for each agreement by itself', () => {
    const versions = [
      version(1, { reaccept: true }),
      version(1, { code: 'risk_disclosure', reaccept: true }),
    ];
    const found = outstandingOf(versions, new Set(['client_agreement/1']), now);
    expect(found.map(({ current }) => current.code)).toEqual(['risk_disclosure']);
  });
});

describe('the texts of a version', () => {
  const texts: readonly [AgreementText, AgreementText] = [
    { locale: 'en', title: 'A', body: 'x' },
    { locale: 'de', title: 'B', body: 'y' },
  ];

  it.each([
    ['de', 'B'],
    ['de-AT', 'B'],
    ['fr', 'A'],
  ])('for %s is %s', (locale, title) => {
    expect(textIn(texts, locale).title).toBe(title);
  });

  it('is the first one where there is none in English', () => {
    expect(textIn([{ locale: 'el' }, { locale: 'de' }], 'fr').locale).toBe('el');
  });

  it('has the hash of its three lines', () => {
    // printf 'en\nA\nx' | sha256sum
    expect(hashOfText(texts[0])).toBe(
      '23e1c79ecdfd65c264abea5bb49ffacdc49a298ced1c1f462b3c64a13666b48e',
    );
  });
});

describe('a new version', () => {
  const plan = {
    code: 'risk_disclosure',
    texts: [{ locale: 'en', title: 'Risk', text: 'You may lose.' }],
    reaccept: true,
    graceDays: 30,
  };

  it('is read', () => {
    expect(readAgreementPlan(plan)).toEqual({ ok: true, plan });
  });

  it.each([
    ['/code', { code: 'Risk' }],
    ['/texts', { texts: [] }],
    ['/texts/1/locale', { texts: [plan.texts[0], plan.texts[0]] }],
    ['/texts/0/locale', { texts: [{ locale: 'english', title: 'x', text: 'x' }] }],
    ['/texts/0/text', { texts: [{ locale: 'en', title: 'x', text: ' ' }] }],
    ['/graceDays', { graceDays: 366 }],
    ['/graceDays', { graceDays: -1 }],
    ['/effectiveFrom', { effectiveFrom: '2026-02-30' }],
    ['/reaccept', { reaccept: undefined }],
  ])('names %s that cannot be', (pointer, wrong) => {
    const read = readAgreementPlan({ ...plan, ...wrong });
    expect(read.ok ? [] : read.problems.map((each) => each.pointer)).toEqual([pointer]);
  });

  it.each([
    ['Client agreement', 'client_agreement'],
    ['2. Risk – disclosure!', 'risk_disclosure'],
    ['Όροι', 'agreement'],
  ])('of the title %s is %s', (title, code) => {
    expect(codeOfTitle(title, new Set())).toBe(code);
  });

  it('gets another code than one that is taken', () => {
    expect(codeOfTitle('Risk', new Set(['risk', 'risk_2']))).toBe('risk_3');
  });
});
