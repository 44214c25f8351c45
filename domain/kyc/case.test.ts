import { Problem } from '../problem';
import { compilePolicy } from '../policy/compile';
import { checkPolicy } from '../policy/check';
import { kycApprovalPolicy } from '../policy/defaults/kyc-approval';
import { kycDocumentsPolicy } from '../policy/defaults/kyc-documents';
import { shippedLists } from '../policy/defaults/lists';
import { evaluate } from '../policy/evaluate';
import { type DocumentRequirement } from '../policy/kinds/kyc-documents';
import { type CaseState, caseFacts, profileFacts } from './case-facts';
import { advanceKycCase, clientStateOfCase, kycCaseCommandsOf, kycCaseStates } from './case-state';
import { advanceClient, clientEvents, clientStates, isFinal, isVerified } from './client-state';
import {
  checkDocument,
  type CheckedDocument,
  type DeclaredPerson,
  type DocumentRules,
  latinNameOf,
  type SubmittedDocument,
} from './document-checks';
import {
  type DocumentKindDefinition,
  knownKinds,
  nameOfKind,
  shippedDocumentKinds,
} from './document';
import { writeMrz } from './mrz-writer';
import { clientReasons, reasonCodes } from './reason-codes';

const today = '2026-03-01';
const requirements: DocumentRequirement[] = [
  { slot: 'identity', accepted: ['passport', 'id_card'], count: 1 },
  { slot: 'address', accepted: ['utility_bill'], count: 1, ageMonthsMax: 6 },
];
const rules: DocumentRules = {
  ...{ requirements, kinds: shippedDocumentKinds },
  ...{ expiringWithinDays: 30, minimumAgeYears: 18 },
};
const declared: DeclaredPerson = {
  givenNames: 'Eleni',
  familyName: 'Georgiou',
  dateOfBirth: '1990-06-15',
};
const fields = {
  format: 'TD3',
  documentCode: 'P',
  issuer: 'CYP',
  nationality: 'CYP',
  surname: 'Georgiou',
  givenNames: 'Eleni',
  documentNumber: 'K00123456',
  dateOfBirth: '1990-06-15',
  expiresOn: '2031-02-28',
  sex: 'F',
} as const;
const passport: SubmittedDocument = {
  id: 'doc_1',
  kind: 'passport',
  status: 'new',
  mrzText: writeMrz(fields),
};
const bill: SubmittedDocument = {
  id: 'doc_2',
  kind: 'utility_bill',
  status: 'new',
  issuedOn: '2026-01-20',
};

function notPassed(document: SubmittedDocument, as: DocumentRules = rules): string[] {
  return checkDocument(document, declared, as, today).checks.flatMap(({ code, result }) =>
    result === 'passed' ? [] : [`${code} ${result}`],
  );
}

const zone = (change: Partial<Parameters<typeof writeMrz>[0]>): SubmittedDocument => ({
  ...passport,
  mrzText: writeMrz({ ...fields, ...change }),
});

describe('checkDocument', () => {
  it('finds nothing wrong with a good passport and a recent bill', () => {
    expect(notPassed(passport)).toEqual([]);
    expect(notPassed(bill)).toEqual([]);
    const checked = checkDocument(passport, declared, rules, today);
    expect(checked).toMatchObject({ slot: 'identity', ageYears: 35, expiresInDays: 1825 });
    expect(checked.mrz === null ? '' : latinNameOf(checked.mrz)).toBe('ELENI GEORGIOU');
  });

  it.each([
    ['an expired passport', zone({ expiresOn: '2026-02-28' }), ['DOC_EXPIRED failed']],
    [
      'one that expires today is valid, but soon gone',
      zone({ expiresOn: '2026-03-01' }),
      ['DOC_EXPIRING failed'],
    ],
    ['one that expires in 29 days', zone({ expiresOn: '2026-03-30' }), ['DOC_EXPIRING failed']],
    ['one that expires in 30 days', zone({ expiresOn: '2026-03-31' }), []],
    ['another surname', zone({ surname: 'Papas' }), ['NAME_MISMATCH failed']],
    ['another birthday', zone({ dateOfBirth: '1990-06-16' }), ['DOB_MISMATCH failed']],
    ['a child', zone({ dateOfBirth: '2010-06-15' }), ['DOB_MISMATCH failed', 'UNDERAGE failed']],
    ['an issuer that does not exist', zone({ issuer: 'UTO' }), ['DOC_COUNTRY_NOT_ACCEPTED failed']],
    ['a card sent as a passport', zone({ documentCode: 'ID' }), ['DOC_TYPE_NOT_ACCEPTED failed']],
    ['the same picture', { ...passport, sameImage: true }, ['SAME_IMAGE_RESUBMITTED failed']],
    [
      'a kind that is not asked for',
      {
        ...passport,
        kind: 'residence_permit' as const,
        mrzText: writeMrz({ ...fields, documentCode: 'IR', format: 'TD1' }),
      },
      ['DOC_TYPE_NOT_ACCEPTED failed'],
    ],
    ['an old bill', { ...bill, issuedOn: '2025-08-31' }, ['POA_TOO_OLD failed']],
    ['a bill of exactly six months', { ...bill, issuedOn: '2025-09-01' }, []],
    ['a bill from the future', { ...bill, issuedOn: '2026-03-02' }, ['POA_TOO_OLD unknown']],
    ['a bill without a date', { ...bill, issuedOn: null }, ['POA_TOO_OLD unknown']],
  ])('%s', (_what, document, expected) => {
    expect(notPassed(document)).toEqual(expected);
  });

  it('names the wrong digit, not the value', () => {
    const document = {
      ...passport,
      mrzText: writeMrz(fields).replace(
        /900615(\d)/,
        (_all, digit) => `900615${(Number(digit) + 1) % 10}`,
      ),
    };
    const wrong = checkDocument(document, declared, rules, today).checks.find(
      ({ code }) => code === 'MRZ_CHECK_DIGIT',
    );
    expect(wrong).toEqual({
      code: 'MRZ_CHECK_DIGIT',
      result: 'failed',
      detail: 'wrong: date of birth, composite',
    });
  });

  it('leaves to a person what no zone says', () => {
    expect(notPassed({ ...passport, mrzText: null })).toEqual([
      'MRZ_CHECK_DIGIT unknown',
      'DOC_EXPIRED unknown',
      'NAME_MISMATCH unknown',
      'DOB_MISMATCH unknown',
      'DOC_COUNTRY_NOT_ACCEPTED unknown',
    ]);
  });

  it('refuses issuers the entity blocks', () => {
    expect(notPassed(passport, { ...rules, blockedIssuers: ['CY'] })).toEqual([
      'DOC_COUNTRY_NOT_ACCEPTED failed',
    ]);
  });
});

function caseWith(...documents: SubmittedDocument[]): CaseState {
  return {
    profile: {
      type: 'individual',
      residence: 'CY',
      nationality: 'CY',
      category: 'retail',
      pep: false,
      occupationRisk: 'low',
      fundsSource: 'salary',
      expectedDeposit: '5000.00',
      channel: 'direct',
    },
    requirements,
    documents: documents.map((document): CheckedDocument =>
      checkDocument(document, declared, rules, today),
    ),
    screening: { verdict: 'clear', ageHours: 0 },
    risk: { decision: 'scored', score: 0, level: 'low' },
    sourcesDeclared: true,
    duplicate: false,
    checks: [],
  };
}

describe('lines that were read from the picture', () => {
  const print = { zone: writeMrz(fields), isNumberMended: false };
  const { mrzText: _typed, ...silent } = passport;

  it('stand for those that nobody typed in', () => {
    expect(notPassed({ ...silent, print })).toEqual(notPassed(passport));
    expect(notPassed({ ...silent, print: { ...print, isNumberMended: true } })).toContain(
      'MRZ_CHECK_DIGIT unknown',
    );
  });

  it.each([
    ['another number', { documentNumber: 'K00123457' }],
    ['another day of birth', { dateOfBirth: '1990-06-16' }],
    ['another expiry', { expiresOn: '2031-03-01' }],
  ])('do not pass with %s than was typed in', (_what, changed) => {
    const other = { zone: writeMrz({ ...fields, ...changed }), isNumberMended: false };
    expect(notPassed({ ...passport, print: other })).toContain('MRZ_CHECK_DIGIT failed');
    expect(notPassed({ ...passport, print })).toEqual(notPassed(passport));
  });

  it('are wanted by a policy that says so', () => {
    const unread = { zone: null, isNumberMended: false };
    const strict = { ...rules, zoneMustBeRead: true };
    expect(notPassed({ ...passport, print: unread })).toEqual(notPassed(passport));
    expect(notPassed({ ...passport, print: unread }, strict)).toContain('MRZ_CHECK_DIGIT unknown');
    expect(notPassed({ ...passport, print }, strict)).toEqual(notPassed(passport));
  });
});

describe('caseFacts', () => {
  const policy = compilePolicy('kyc.approval', {
    base: kycApprovalPolicy.base,
    overlays: [],
    lists: {},
  });
  const decide = (state: CaseState) => evaluate(policy, caseFacts(state)).outcome;

  it('let a clean case be approved', () => {
    expect(decide(caseWith(passport, bill))).toMatchObject({ decision: 'approve' });
  });

  it('bring an expired passport to a person with the exact issue, and clear it once a new one came', () => {
    const expired = zone({ expiresOn: '2026-02-28' });
    expect(decide(caseWith(expired, bill))).toMatchObject({
      decision: 'review',
      reasons: ['DOC_EXPIRED'],
    });
    const rejected: SubmittedDocument = { ...expired, status: 'rejected' };
    expect(decide(caseWith(rejected, bill)).decision).toBe('request');
    expect(decide(caseWith(rejected, { ...passport, id: 'doc_3' }, bill)).decision).toBe('approve');
  });

  it('count a document that an officer approved as passed', () => {
    const facts = caseFacts(caseWith({ ...zone({ surname: 'Papas' }), status: 'approved' }, bill));
    expect(facts).toMatchObject({
      'documents.failures': [],
      'identity.checksPassed': true,
      'documents.undecided': 0,
    });
  });

  it('keep unknown what was not checked', () => {
    const facts = caseFacts(caseWith({ ...passport, mrzText: null }, bill));
    expect(facts).toMatchObject({
      'identity.checksPassed': null,
      'documents.failures': ['DATA_MISSING'],
      'documents.undecided': 1,
    });
    expect(decide({ ...caseWith(passport, bill), screening: null })).toMatchObject({
      decision: 'review',
    });
  });

  it('do not take a risk level for known when its score is not', () => {
    const state = caseWith(passport, bill);
    expect(
      caseFacts({ ...state, risk: { decision: 'review', score: 0, level: 'low' } }),
    ).toMatchObject({ 'risk.level': null, 'risk.score': null });
  });

  it('leave the address proven where none is asked', () => {
    const state = caseWith(passport);
    const identityOnly = requirements.filter(({ slot }) => slot === 'identity');
    expect(caseFacts({ ...state, requirements: identityOnly })).toMatchObject({
      'address.verified': true,
      'documents.complete': true,
    });
    expect(caseFacts(state)).toMatchObject({
      'address.verified': null,
      'documents.complete': false,
    });
  });

  it('say nothing of who the client is', () => {
    const text = JSON.stringify([
      caseFacts(caseWith(passport, bill)),
      profileFacts(caseWith().profile, 'clear'),
    ]);
    expect(text).not.toMatch(/Eleni|Georgiou|1990|K00123456/i);
  });
});

describe('a KYC case', () => {
  it('ends with a decision and takes nothing after it', () => {
    expect(kycCaseStates.filter((state) => kycCaseCommandsOf(state).length === 0)).toEqual([
      'approved',
      'rejected',
    ]);
    expect(() => advanceKycCase('approved', 'reject')).toThrow(Problem);
  });

  it('goes to the client and back', () => {
    let state = advanceKycCase('collecting', 'submit');
    state = advanceKycCase(state, 'refer');
    state = advanceKycCase(state, 'request_information');
    expect(clientStateOfCase(state)).toBe('information_requested');
    state = advanceKycCase(state, 'resubmit');
    expect(advanceKycCase(state, 'approve')).toBe('approved');
  });
});

describe('a client', () => {
  it('becomes active by way of approval and a first deposit', () => {
    const events = [
      'application_started',
      'application_submitted',
      'approved',
      'first_deposit',
      'traded',
    ] as const;
    expect(events.reduce(advanceClient, 'registered' as const satisfies string)).toBe('active');
  });

  it('is verified only from approval on, and ends for ever', () => {
    expect(clientStates.filter(isVerified)).toEqual(['approved', 'funded', 'active', 'inactive']);
    expect(clientStates.filter(isFinal)).toEqual(['closed', 'terminated']);
  });

  it('is never approved without a submitted application', () => {
    for (const state of ['registered', 'application_incomplete', 'rejected', 'closed'] as const)
      expect(() => advanceClient(state, 'approved')).toThrow('client_state');
  });

  it('stays unverified when money arrives first', () => {
    expect(advanceClient('submitted', 'first_deposit')).toBe('submitted');
    expect(advanceClient('active', 'first_deposit')).toBe('active');
  });

  it('knows every event from somewhere', () => {
    for (const event of clientEvents)
      expect(
        clientStates.some((state) => {
          try {
            advanceClient(state, event);
            return true;
          } catch {
            return false;
          }
        }),
      ).toBe(true);
  });
});

describe('reasons for the client', () => {
  it('are read in the house’s words, in the client’s language or else in English', () => {
    const texts = [
      { code: 'DOC_EXPIRED', locale: 'en', text: 'Out of date.' },
      { code: 'DOC_EXPIRED', locale: 'el', text: 'Έχει λήξει.' },
      { code: 'SANCTIONS_POSSIBLE', locale: 'en', text: 'On a list.' },
    ];
    const read = (locale: string, ...codes: string[]) =>
      clientReasons(codes, { texts, locale }).map(({ text }) => text);
    expect(read('el', 'DOC_EXPIRED')).toEqual(['Έχει λήξει.']);
    expect(read('de', 'DOC_EXPIRED')).toEqual(['Out of date.']);
    expect(read('el', 'POA_TOO_OLD')).toEqual([reasonCodes.POA_TOO_OLD.text.en]);
    // Whatever words there are for it, an internal reason never reaches a client.
    expect(read('en', 'SANCTIONS_POSSIBLE')).toEqual([]);
    const { base } = kycDocumentsPolicy;
    const body = { ...base, parameters: { ...base.parameters, reasonTexts: texts } };
    expect(checkPolicy('kyc.documents', body, shippedLists)).toMatchObject([
      { code: 'schema', pointer: '/parameters/reasonTexts/2/code' },
    ]);
  });

  it('leave out every internal one without a trace', () => {
    const all = Object.keys(reasonCodes);
    const told = clientReasons(all).map(({ code }) => code);
    expect(told).toContain('DOC_EXPIRED');
    for (const code of [
      'SANCTIONS_POSSIBLE',
      'PEP_POSSIBLE',
      'ADVERSE_MEDIA',
      'SUSPECTED_TAMPERING',
    ])
      expect(told).not.toContain(code);
    expect(clientReasons(['SANCTIONS_POSSIBLE', 'nonsense'])).toEqual([]);
  });

  it('say what can be tried again', () => {
    expect(clientReasons(['UNDERAGE', 'DOC_EXPIRED']).map(({ retryable }) => retryable)).toEqual([
      false,
      true,
    ]);
  });
});

describe('a kind of document that an officer has added', () => {
  const emirates: DocumentKindDefinition = {
    ...{ code: 'emirates_id', name: 'Emirates ID', identity: true, mrz: false, expires: true },
    ...{ sides: 2, countries: ['AE'] },
  };
  const gulf: DocumentRules = {
    ...rules,
    kinds: knownKinds([emirates]),
    requirements: [{ slot: 'identity', accepted: ['emirates_id'], count: 1 }],
  };
  const sent = (more: Partial<SubmittedDocument>) =>
    checkDocument(
      { id: 'doc', kind: 'emirates_id', status: 'new', issuingCountry: 'AE', ...more },
      declared,
      gulf,
      today,
    );
  const resultOf = (document: CheckedDocument, code: string) =>
    document.checks.find((check) => check.code === code)?.result;

  it('is checked by its flags: expiry and issuer, and no lines that it has not', () => {
    const good = sent({ expiresOn: '2030-01-01' });
    expect(good.slot).toBe('identity');
    expect(resultOf(good, 'DOC_EXPIRED')).toBe('passed');
    expect(resultOf(good, 'DOC_COUNTRY_NOT_ACCEPTED')).toBe('passed');
    expect(resultOf(good, 'MRZ_CHECK_DIGIT')).toBeUndefined();
    expect(resultOf(good, 'NAME_MISMATCH')).toBe('unknown');
    expect(resultOf(sent({ expiresOn: '2020-01-01' }), 'DOC_EXPIRED')).toBe('failed');
    expect(resultOf(sent({ issuingCountry: 'OM' }), 'DOC_COUNTRY_NOT_ACCEPTED')).toBe('failed');
  });

  it('takes the place of one that ships under the same code, and is shown by its name', () => {
    const bill: DocumentKindDefinition = {
      ...{ code: 'utility_bill', name: 'Bill', identity: false, mrz: false, expires: false },
      ...{ sides: 1, ageDaysMax: 90 },
    };
    const kinds = knownKinds([bill]);
    expect(kinds.filter(({ code }) => code === 'utility_bill')).toEqual([bill]);
    expect(nameOfKind(kinds, 'utility_bill')).toBe('Bill');
    expect(nameOfKind([], 'gone_long_ago')).toBe('Gone long ago');
    const strict: DocumentRules = {
      ...{ ...rules, kinds },
      requirements: [{ slot: 'address', accepted: ['utility_bill'], count: 1 }],
    };
    const ageOf = (issuedOn: string | null) =>
      resultOf(
        checkDocument(
          { id: 'doc', kind: 'utility_bill', status: 'new', issuedOn },
          declared,
          strict,
          today,
        ),
        'POA_TOO_OLD',
      );
    expect([ageOf('2025-12-01'), ageOf('2025-11-30'), ageOf(null), ageOf('2027-01-01')]).toEqual([
      ...['passed', 'failed', 'unknown', 'unknown'],
    ]);
  });
});
