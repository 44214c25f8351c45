import { PolicyInvalid } from '../body';
import { checkPolicy, parseLayers, reviewLayers, type StoredLayer } from '../check';
import { type CompiledPolicy, compilePolicy } from '../compile';
import { evaluate } from '../evaluate';
import { type Facts } from '../fact';
import { policyKinds, type PolicyKind } from '../kinds/registry';
import { accountRights } from '../../trading/account';
import { comparisonsOf } from '../trace';
import { isReasonCode } from '../../kyc/reason-codes';
import { shippedPolicies } from './all';
import { shippedLists } from './lists';
import {
  australiaJurisdiction,
  cysecJurisdiction,
  demoInstallation,
  offshoreJurisdiction,
  southAfricaJurisdiction,
  ukJurisdiction,
} from './shipped';

const all = shippedPolicies();

function policyOf<K extends PolicyKind>(kind: K, entity: 'cy' | 'off'): CompiledPolicy<K> {
  const jurisdiction = entity === 'cy' ? cysecJurisdiction : offshoreJurisdiction;
  const mine = (layer: StoredLayer): boolean =>
    layer.layer === 'base' || layer.layerKey === entity || layer.layerKey === jurisdiction;
  const stored: StoredLayer[] = all.filter((layer) => layer.kind === kind).filter(mine);
  return compilePolicy(kind, parseLayers(kind, stored, shippedLists));
}

const kinds = Object.keys(policyKinds).filter((kind) => kind !== 'partner.plan');

describe('the shipped policies', () => {
  it.each(kinds)('%s has nothing wrong, base and overlays', (name) => {
    const kind = name as PolicyKind;
    const base = all.find((layer) => layer.kind === kind && layer.layer === 'base');
    expect(checkPolicy(kind, base?.body, shippedLists)).toEqual([]);
    for (const entity of ['cy', 'off'] as const) expect(() => policyOf(kind, entity)).not.toThrow();
  });

  it('cite a source and give a reason for every rule', () => {
    for (const kind of kinds)
      for (const entity of ['cy', 'off'] as const)
        for (const { rule } of policyOf(kind as PolicyKind, entity).rules) {
          expect(rule.source).not.toBe('');
          if (kind === 'kyc.approval') expect(isReasonCode(rule.reason)).toBe(true);
        }
  });

  it('do not let an overlay switch a mandatory rule off', () => {
    const stored: StoredLayer[] = [
      ...all.filter((layer) => layer.kind === 'kyc.approval' && layer.layer === 'base'),
      {
        layer: 'entity',
        layerKey: 'off',
        body: {
          title: 'x',
          changes: [{ target: 'rule', mode: 'off', id: 'sanctions.strong', reason: 'speed' }],
        },
      },
    ];
    expect(() => parseLayers('kyc.approval', stored, shippedLists)).toThrow(PolicyInvalid);
  });
});

describe('the supervisors that ship', () => {
  const at = <K extends PolicyKind>(kind: K, jurisdiction: string): CompiledPolicy<K> => {
    const stored = all.filter(
      (each) => each.kind === kind && (each.layer === 'base' || each.layerKey === jurisdiction),
    );
    return compilePolicy(kind, parseLayers(kind, stored, shippedLists));
  };
  const supervisors = [
    ['CySEC', cysecJurisdiction, { regime: 'cysec', slots: ['identity', 'address'], months: 6 }],
    ['the FCA', ukJurisdiction, { regime: 'fca', slots: ['identity', 'address'], months: 3 }],
    ['ASIC', australiaJurisdiction, { regime: 'asic', slots: ['identity', 'address'], months: 6 }],
    ['the FSCA', southAfricaJurisdiction, { regime: 'fsca', slots: ['identity'], months: null }],
    ['the FSA', offshoreJurisdiction, { regime: 'offshore', slots: ['identity'], months: null }],
  ] as const;

  it.each(supervisors)(
    '%s: every kind holds together, and every row cites a source',
    (_, place) => {
      for (const name of kinds) {
        const kind = name as PolicyKind;
        const stored = all.filter(
          (each) => each.kind === kind && (each.layer === 'base' || each.layerKey === place),
        );
        const problems = reviewLayers(kind, parseLayers(kind, stored, shippedLists));
        expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
        for (const { rule } of at(kind, place).rules) expect(rule.source).not.toBe('');
      }
    },
  );

  it.each(supervisors)('%s: its own documents and leverage', (_, place, wanted) => {
    const { requirements } = at('kyc.documents', place).effective.parameters;
    expect(requirements.map(({ slot }) => slot)).toEqual(wanted.slots);
    const address = requirements.find(({ slot }) => slot === 'address');
    expect(address?.ageMonthsMax ?? null).toBe(wanted.months);
    expect(at('account.leverage', place).effective.parameters.regime).toBe(wanted.regime);
  });

  it.each([
    ['the FCA', ukJurisdiction, /^UK MLR 2017/],
    ['ASIC', australiaJurisdiction, /^AU AML\/CTF Act/],
    ['the FSCA', southAfricaJurisdiction, /^ZA FIC Act/],
  ])('%s: what differs from the base rests on its own law', (_, place, law) => {
    for (const kind of ['kyc.approval', 'kyc.documents', 'kyc.risk'] as const) {
      const own = at(kind, place).effective.rules.filter(({ layer }) => layer !== 'base');
      expect(own.length).toBeGreaterThan(0);
      for (const { source } of own) expect(source).toMatch(law);
    }
  });

  it('asks for a proven address where the law does, and nowhere else', () => {
    const clean: Facts = {
      ...{ 'documents.complete': true, 'documents.failures': [], 'identity.checksPassed': true },
      ...{ 'address.verified': false, 'address.ageDays': null, 'client.ageYears': 34 },
      ...{ 'client.pep': false, 'client.duplicate': false, 'screening.verdict': 'clear' },
      ...{ 'screening.ageHours': 0, 'risk.level': 'low' },
    };
    const decided = supervisors.map(([, place]) => [
      place,
      evaluate(at('kyc.approval', place), clean).outcome.decision,
    ]);
    expect(Object.fromEntries(decided)).toEqual({
      ...{ CY: 'review', GB: 'review', AU: 'review', ZA: 'approve', SC: 'approve' },
    });
  });
});

describe('dormancy', () => {
  const feeOf = (jurisdiction: string) => {
    const stored = all.filter(
      ({ kind, layer, layerKey }) =>
        kind === 'account.dormancy' && (layer === 'base' || layerKey === jurisdiction),
    );
    const compiled = compilePolicy(
      'account.dormancy',
      parseLayers('account.dormancy', stored, shippedLists),
    );
    return compiled.effective.parameters.feeAmount;
  };

  it('costs nothing in the United Kingdom, and ten a month elsewhere', () => {
    expect(feeOf(ukJurisdiction)).toBe('0.00');
    expect(feeOf(cysecJurisdiction)).toBe('10.00');
  });

  it.each(['client.legalHold', 'client.complaint'])('leaves alone who is under %s', (hold) => {
    const asleep = {
      'account.state': 'dormant',
      'account.inactiveDays': 900,
      'account.activeSinceDormant': false,
      'account.noticed': true,
      'account.noticeDays': 700,
      'account.dormantDays': 600,
      'account.feeDays': 600,
      'account.openPositions': 0,
      'account.hasMoney': true,
      'client.pendingWithdrawal': false,
      'client.restricted': false,
      'client.legalHold': false,
      'client.complaint': false,
    };
    const decide = (facts: Facts) =>
      evaluate(policyOf('account.dormancy', 'cy'), facts).outcome.decision;
    const awake = { ...asleep, 'account.state': 'active', 'account.noticed': false };
    expect(decide(asleep)).toBe('unclaimed');
    expect(decide({ ...asleep, 'account.dormantDays': 40 })).toBe('fee');
    expect(decide(awake)).toBe('notice');
    for (const facts of [asleep, { ...asleep, 'account.dormantDays': 40 }, awake])
      expect(decide({ ...facts, [hold]: true })).toBe('none');
  });
});

describe('KYC approval', () => {
  const clean: Facts = {
    'documents.complete': true,
    'documents.failures': [],
    'identity.checksPassed': true,
    'identity.expiresInDays': 900,
    'address.verified': true,
    'client.ageYears': 34,
    'client.pep': false,
    'client.duplicate': false,
    'screening.verdict': 'clear',
    'screening.ageHours': 0,
    'risk.level': 'low',
  };
  const decide = (entity: 'cy' | 'off', facts: Facts) =>
    evaluate(policyOf('kyc.approval', entity), facts).outcome;

  it('approves a clean case by itself at both entities', () => {
    expect(decide('cy', clean).decision).toBe('approve');
    expect(decide('off', clean).decision).toBe('approve');
  });

  it('asks for a proven address at the CySEC entity only', () => {
    const unproven = { ...clean, 'address.verified': false };
    expect(decide('cy', unproven).decision).toBe('review');
    expect(decide('off', unproven).decision).toBe('approve');
  });

  it.each([
    [
      'DOC_EXPIRED',
      { 'documents.failures': ['DOC_EXPIRED'], 'identity.checksPassed': false },
      false,
    ],
    ['SANCTIONS_POSSIBLE', { 'screening.verdict': 'possible' }, true],
    ['SANCTIONS_POSSIBLE', { 'screening.verdict': 'unreadable' }, true],
    ['PEP_POSSIBLE', { 'client.pep': true }, true],
    ['RISK_HIGH', { 'risk.level': 'high' }, true],
    ['UNDERAGE', { 'client.ageYears': 17 }, false],
    ['DUPLICATE_IDENTITY', { 'client.duplicate': true }, false],
    ['SCREENING_STALE', { 'screening.ageHours': 1000 }, false],
  ])('hands %s to a person and names it first', (reason, change, fourEyes) => {
    for (const entity of ['cy', 'off'] as const) {
      const outcome = decide(entity, { ...clean, ...change });
      expect(outcome).toMatchObject({ decision: 'review', fourEyes });
      expect(outcome.reasons[0]).toBe(reason);
    }
  });

  it('escalates a strong match to the MLRO', () => {
    expect(decide('off', { ...clean, 'screening.verdict': 'strong' })).toMatchObject({
      decision: 'escalate',
      queue: 'mlro',
      fourEyes: true,
    });
  });

  it('asks the client for a document that is missing', () => {
    expect(decide('cy', { ...clean, 'documents.complete': false }).decision).toBe('request');
  });
});

describe('documents', () => {
  it('are two at the CySEC entity, an address not older than six months among them, and one offshore', () => {
    const facts = { 'client.expectedDeposit': '1000.00' };
    const cysec = evaluate(policyOf('kyc.documents', 'cy'), facts).outcome;
    const offshore = evaluate(policyOf('kyc.documents', 'off'), facts).outcome;
    expect(cysec.requirements.map(({ slot, ageMonthsMax }) => [slot, ageMonthsMax])).toEqual([
      ['identity', undefined],
      ['address', 6],
    ]);
    expect(offshore.requirements.map(({ slot }) => slot)).toEqual(['identity']);
    expect(offshore.requirements[0]?.accepted).toContain('driving_licence');
  });

  it('show the source of funds from 50,000 at the CySEC entity and from 250,000 offshore', () => {
    const slots = (entity: 'cy' | 'off', amount: string) =>
      evaluate(policyOf('kyc.documents', entity), {
        'client.expectedDeposit': amount,
      }).outcome.requirements.map(({ slot }) => slot);
    expect(slots('cy', '50000.00')).toContain('funds');
    expect(slots('off', '50000.00')).not.toContain('funds');
    expect(slots('off', '250000.00')).toContain('funds');
  });
});

describe('provisioning', () => {
  const request = (entity: 'cy' | 'off', facts: Facts = {}) =>
    evaluate(policyOf('account.provisioning', entity), {
      'client.entity': entity,
      'client.approved': true,
      'client.accounts': 0,
      'client.category': 'retail',
      'account.type': 'standard',
      'account.currency': 'USD',
      'account.platform': 'mt5',
      ...facts,
    }).outcome;

  it('gives leverage 30 to a retail client of the CySEC entity and 500 offshore', () => {
    expect(request('cy')).toEqual({
      decision: 'provision',
      platform: 'mt5',
      server: demoInstallation.servers.mt5,
      group: 'real\\cy-usd-std',
      leverage: 30,
      rights: accountRights,
      swapFree: false,
      demo: false,
      reasons: ['GROUP_BY_POLICY'],
    });
    expect(request('off')).toMatchObject({ group: 'real\\off-usd-std', leverage: 500 });
  });

  it('refuses who is not approved and reviews what no group fits', () => {
    expect(request('cy', { 'client.approved': false })).toMatchObject({ decision: 'refuse' });
    expect(request('cy', { 'account.currency': 'GBP' })).toEqual({
      decision: 'review',
      reasons: ['NO_GROUP_FITS'],
    });
    expect(request('cy', { 'account.type': 'pro' })).toMatchObject({ decision: 'review' });
    expect(request('cy', { 'client.category': null })).toEqual({
      decision: 'review',
      reasons: ['DATA_MISSING'],
    });
  });
});

describe('withdrawals', () => {
  const small: Facts = {
    'withdrawal.amount': '1000.00',
    'withdrawal.total24h': '1000.00',
    'withdrawal.total30d': '1000.00',
    'withdrawal.count24h': 1,
    'withdrawal.otherSources': false,
    'withdrawal.toUnprovenAddress': '0.00',
    'instrument.ownName': true,
    'instrument.expired': false,
    'client.approved': true,
    'client.kycExpired': false,
    'client.withdrawRestricted': false,
    'client.openChargebacks': 0,
    'client.openAlerts': 0,
    'security.hoursSinceChange': 500,
    'screening.verdict': 'clear',
  };
  const decide = (facts: Facts, entity: 'cy' | 'off' = 'cy') =>
    evaluate(policyOf('withdrawal', entity), { ...small, ...facts }).outcome;

  it('pays a small one by itself, to the cent of the limit', () => {
    expect(decide({}).decision).toBe('approve');
    expect(decide({ 'withdrawal.amount': '1000.01' })).toMatchObject({
      decision: 'review',
      fourEyes: false,
    });
    expect(decide({ 'withdrawal.amount': '1000.01' }, 'off').decision).toBe('approve');
  });

  it('needs two people above the rolling limits', () => {
    expect(decide({ 'withdrawal.total24h': '10000.01' })).toMatchObject({
      decision: 'review',
      fourEyes: true,
      reasons: ['ABOVE_ROLLING_LIMIT'],
    });
    expect(decide({ 'withdrawal.total24h': '10000.01' }, 'off').decision).toBe('approve');
  });

  it.each([
    ['a change within 72 hours', { 'security.hoursSinceChange': 71 }],
    ['an open chargeback', { 'client.openChargebacks': 1 }],
    ['an open alert', { 'client.openAlerts': 1 }],
    ['an expired instrument', { 'instrument.expired': true }],
    ['tokens to a wallet that is not proven', { 'withdrawal.toUnprovenAddress': '1000.01' }],
    ['tokens of unknown worth to such a wallet', { 'withdrawal.toUnprovenAddress': null }],
    ['tokens to an address of which nobody knows whose it is', { 'instrument.ownName': null }],
    ['an exchange of what a card has paid in', { 'withdrawal.otherSources': true }],
    ['expired KYC', { 'client.kycExpired': true }],
    ["somebody else's instrument", { 'instrument.ownName': false }],
    ['a restriction', { 'client.withdrawRestricted': true }],
    ['a sanctions match', { 'screening.verdict': 'possible' }],
    ['an unknown security history', { 'security.hoursSinceChange': null }],
  ])('never pays by itself after %s', (_what, facts) => {
    expect(decide(facts).decision).toBe('review');
  });
});

describe('deposits', () => {
  const request: Facts = {
    'deposit.stage': 'request',
    'deposit.amount': '100.00',
    'deposit.cumulative': '100.00',
    'client.verified': false,
    'client.daysUnverified': 1,
    'client.depositRestricted': false,
    'risk.level': 'low',
  };
  const decide = (facts: Facts, entity: 'cy' | 'off' = 'cy') =>
    evaluate(policyOf('deposit', entity), { ...request, ...facts }).outcome.decision;

  it('are allowed to an unverified low-risk client up to 2,000 and for 15 days', () => {
    expect(decide({})).toBe('accept');
    expect(decide({ 'deposit.cumulative': '2000.00' })).toBe('accept');
    expect(decide({ 'deposit.cumulative': '2000.01' })).toBe('refuse');
    expect(decide({ 'client.daysUnverified': 16 })).toBe('refuse');
    expect(decide({ 'risk.level': 'medium' })).toBe('refuse');
    expect(decide({ 'risk.level': 'medium' }, 'off')).toBe('accept');
  });

  it('are accepted from a verified client and held when somebody else paid', () => {
    const received: Facts = { 'deposit.stage': 'received', 'client.verified': true };
    expect(decide({ ...received, 'deposit.payerOwnName': true })).toBe('accept');
    expect(decide({ ...received, 'deposit.payerOwnName': false })).toBe('hold');
    expect(decide(received)).toBe('review');
  });

  it('are held, not refused, once the money is there', () => {
    expect(
      decide({
        'deposit.stage': 'received',
        'deposit.cumulative': '2000.01',
        'deposit.payerOwnName': true,
      }),
    ).toBe('hold');
  });
});

describe('movements by hand', () => {
  const decide = (entity: 'cy' | 'off', facts: Facts) => {
    const asked = { 'correction.reason': 'OTHER', 'account.code': 'wallet' };
    return evaluate(policyOf('correction', entity), { ...asked, ...facts }).outcome;
  };

  it('need a second person, but for a fee up to 25', () => {
    const fee = (amount: string | null) =>
      decide('cy', { 'correction.kind': 'fee', 'correction.amount': amount }).decision;
    expect([fee('25.00'), fee('25.01')]).toEqual(['post', 'review']);
    // In another currency the limit says nothing.
    expect(fee(null)).toBe('review');
    for (const kind of ['correction', 'reversal'])
      expect(decide('off', { 'correction.kind': kind, 'correction.amount': '0.01' })).toMatchObject(
        { decision: 'review', reasons: ['BY_HAND'] },
      );
  });
});

describe('bonuses', () => {
  const trader = {
    'bonus.origin': 'deposit',
    'bonus.campaign': 'none',
    'entity.jurisdiction': 'SC',
    'client.residence': 'MU',
    'client.category': 'retail',
    'client.approved': true,
    'client.openChargebacks': 0,
    'client.bonusesBefore': 0,
    'account.type': 'standard',
    'account.currency': 'USD',
    'deposit.amount': '500.00',
    'deposit.first': true,
  };
  const decide = (entity: 'cy' | 'off', facts: Facts = {}) =>
    evaluate(policyOf('bonus', entity), { ...trader, ...facts }).outcome;

  it.each([
    ['cy', { 'entity.jurisdiction': 'CY' }, 'NO_INDUCEMENTS_EEA'],
    ['off', { 'client.residence': 'DE' }, 'NO_INDUCEMENTS_EEA'],
    ['off', { 'client.residence': 'GB' }, 'NO_INDUCEMENTS_UK'],
    ['off', { 'entity.jurisdiction': 'AU' }, 'NO_INDUCEMENTS_AU'],
    ['off', { 'client.residence': 'DE', 'bonus.origin': 'hand' }, 'NO_INDUCEMENTS_EEA'],
    ['off', { 'client.approved': false }, 'VERIFY_FIRST'],
    ['off', { 'client.openChargebacks': 1 }, 'OPEN_CHARGEBACK'],
    ['off', { 'deposit.first': false }, 'NO_RULE_APPLIES'],
    ['off', { 'client.bonusesBefore': 1 }, 'NO_RULE_APPLIES'],
  ] as const)('in %s refuse %j as %s', (entity, facts, reason) => {
    expect(decide(entity, facts)).toEqual({ decision: 'refuse', reasons: [reason] });
  });

  it('grant the first deposit offshore, and have a second person look at what is given by hand', () => {
    const terms = { removal: 'whole', expiresInDays: 90 };
    expect(decide('off')).toEqual({
      ...{ decision: 'grant', reasons: ['FIRST_DEPOSIT'], percent: 10, maximum: '100.00' },
      ...terms,
    });
    const byHand = { 'bonus.origin': 'hand', 'client.category': 'professional' };
    expect(decide('cy', { ...byHand, 'entity.jurisdiction': 'CY' })).toEqual({
      ...{ decision: 'review', reasons: ['BY_HAND'], percent: null, maximum: '1000.00' },
      ...terms,
    });
  });

  it('hand to a person what they would grant while something is not known', () => {
    expect(decide('off', { 'client.openChargebacks': null })).toMatchObject({
      decision: 'review',
      reasons: ['FIRST_DEPOSIT', 'DATA_MISSING'],
    });
  });

  it('are not granted around by an overlay', () => {
    const stored = (change: object): StoredLayer[] => [
      ...all.filter((layer) => layer.kind === 'bonus' && layer.layer === 'base'),
      { layer: 'entity', layerKey: 'cy', body: { title: 'x', changes: [change] } },
    ];
    const everybody = {
      target: 'rule',
      mode: 'add',
      before: 'retail-eea',
      with: {
        id: 'everybody',
        title: 'Everybody',
        when: { all: [] },
        then: { decision: 'grant', percent: 100 },
        reason: 'CAMPAIGN',
        source: 'marketing',
      },
    };
    const generous = compilePolicy('bonus', parseLayers('bonus', stored(everybody), shippedLists));
    const german = { ...trader, 'entity.jurisdiction': 'CY', 'client.residence': 'DE' };
    expect(evaluate(generous, german).outcome.decision).toBe('refuse');
    expect(
      evaluate(generous, { ...german, 'client.category': 'professional' }).outcome.decision,
    ).toBe('grant');
    const off = { target: 'rule', mode: 'off', id: 'retail-eea', reason: 'growth' };
    expect(() => parseLayers('bonus', stored(off), shippedLists)).toThrow(PolicyInvalid);
  });
});

describe('currency exchange', () => {
  const asked = {
    'exchange.from': 'EUR',
    'exchange.to': 'USD',
    'exchange.amount': '100.00',
    'client.category': 'retail',
    'client.approved': true,
    'client.openChargebacks': 0,
  };
  const decide = (facts: Facts, changes: readonly object[] = []) => {
    const stored: StoredLayer[] = [
      ...all.filter(({ kind }) => kind === 'exchange'),
      { layer: 'entity', layerKey: 'off', body: { title: 'x', changes } },
    ];
    const compiled = compilePolicy('exchange', parseLayers('exchange', stored, shippedLists));
    return evaluate(compiled, { ...asked, ...facts }).outcome;
  };
  const cheap = {
    id: 'professional',
    title: 'Professional clients',
    when: { fact: 'client.category', operator: 'equal', value: 'professional' },
    then: { decision: 'offer', spreadBasisPoints: 10 },
    reason: 'PROFESSIONAL',
    source: 'house rule',
  };

  it('is offered at half a percent to whoever is approved', () => {
    expect(decide({})).toMatchObject({ decision: 'offer', spreadBasisPoints: 50 });
  });

  it('costs what the first rule says that names a spread', () => {
    const changes = [{ target: 'rule', mode: 'add', with: cheap, before: 'approved' }];
    const professional = { 'client.category': 'professional' };
    expect(decide(professional, changes)).toMatchObject({ spreadBasisPoints: 10 });
    expect(decide({}, changes)).toMatchObject({ spreadBasisPoints: 50 });
  });

  it('is refused before KYC is approved, whatever an overlay offers, and where something is not known', () => {
    const changes = [
      { target: 'rule', mode: 'add', with: { ...cheap, when: { all: [] } }, before: 'approved' },
    ];
    const refused = { decision: 'refuse', reasons: ['VERIFY_FIRST'] };
    expect(decide({ 'client.approved': false }, changes)).toEqual(refused);
    expect(decide({ 'client.openChargebacks': 1 })).toMatchObject({ decision: 'refuse' });
    expect(decide({ 'client.approved': null })).toEqual({
      decision: 'refuse',
      reasons: ['DATA_MISSING'],
    });
  });
});

describe('entity assignment', () => {
  const assign = (residence: string | null) =>
    evaluate(policyOf('entity.assignment', 'cy'), { 'client.residence': residence }).outcome;

  it.each([
    ['DE', { decision: 'assign', entity: 'cy' }],
    ['ZA', { decision: 'assign', entity: 'off' }],
    ['GB', { decision: 'review' }],
    ['US', { decision: 'refuse' }],
    ['BE', { decision: 'refuse' }],
    [null, { decision: 'review' }],
  ])('of a resident of %s', (residence, expected) => {
    expect(assign(residence)).toMatchObject(expected);
  });
});

describe('screening thresholds', () => {
  const decide = (bestScore: number, qualifierAgrees = false, unscreenable = false) =>
    evaluate(policyOf('screening', 'cy'), {
      'screening.bestScore': bestScore,
      'screening.qualifierAgrees': qualifierAgrees,
      'screening.unscreenable': unscreenable,
    }).outcome.decision;

  it('clear, review and escalate, and never clear a name that cannot be read', () => {
    const { reviewScore, strongScore } = policyOf('screening', 'cy').effective.parameters;
    expect(decide(reviewScore - 0.1)).toBe('clear');
    expect(decide(reviewScore)).toBe('review');
    expect(decide(strongScore, true)).toBe('escalate');
    expect(decide(0, false, true)).toBe('review');
  });

  it('never escalate on a name alone', () => {
    expect(decide(100, false)).toBe('review');
  });
});

describe('leverage', () => {
  const decide = (facts: Facts) =>
    evaluate(policyOf('account.leverage', 'cy'), {
      'leverage.requested': 30,
      'leverage.withinCap': true,
      'leverage.withinLadder': true,
      'leverage.reduces': false,
      'request.askedAs': 'client',
      'account.openPositions': 2,
      'account.margined': true,
      'account.marginLevelAfter': 400,
      'account.marginOverCall': 300,
      'account.marginOverStopOut': 350,
      'client.category': 'retail',
      ...facts,
    }).outcome;

  it('is refused above the cap and approved within it', () => {
    expect(decide({}).decision).toBe('approve');
    expect(decide({ 'leverage.withinCap': false })).toMatchObject({
      decision: 'refuse',
      reasons: ['LEVERAGE_ABOVE_CAP'],
    });
    expect(decide({ 'leverage.withinLadder': false })).toMatchObject({
      decision: 'refuse',
      reasons: ['LEVERAGE_ABOVE_LADDER'],
    });
  });

  const called = {
    'leverage.reduces': true,
    'account.marginLevelAfter': 90,
    'account.marginOverCall': -10,
    'account.marginOverStopOut': 40,
  };

  it.each([
    ['leaves much margin', { 'leverage.reduces': true }, 'approve', 'LEVERAGE_WITHIN_CAP'],
    [
      'leaves little margin',
      { 'leverage.reduces': true, 'account.marginLevelAfter': 149, 'account.marginOverCall': 49 },
      'review',
      'OPEN_POSITIONS',
    ],
    ['would call its holder’s margin at their own wish', called, 'refuse', 'MARGIN_TOO_LOW'],
    [
      'would call margin at the house’s wish',
      { ...called, 'request.askedAs': 'process' },
      'notice',
      'MARGIN_CALL_BY_REDUCTION',
    ],
    [
      'would stop the holder out',
      { ...called, 'request.askedAs': 'staff', 'account.marginOverStopOut': 0 },
      'review',
      'STOP_OUT_BY_REDUCTION',
    ],
    [
      'is of a group whose margin rule nobody knows',
      { ...called, 'account.marginLevelAfter': null, 'account.marginOverCall': null },
      'review',
      'DATA_MISSING',
    ],
    [
      'squeezes nothing, since no margin is used',
      { ...called, 'account.margined': false, 'account.marginOverCall': null },
      'approve',
      'LEVERAGE_WITHIN_CAP',
    ],
  ])('when a reduction %s', (_what, facts, decision, reason) => {
    const outcome = decide(facts);
    expect(outcome.decision).toBe(decision);
    expect(outcome.reasons).toContain(reason);
  });

  it('shows the margin rule in the trace, with its figures', () => {
    const { trace } = evaluate(policyOf('account.leverage', 'cy'), {
      'leverage.requested': 10,
      'leverage.withinCap': true,
      'leverage.withinLadder': true,
      'request.askedAs': 'client',
      'client.category': 'retail',
      'account.margined': true,
      ...called,
    });
    const rule = trace.find(({ ruleId }) => ruleId === 'own-margin-call');
    expect(rule?.result).toBe('true');
    expect(comparisonsOf(rule?.tree ?? { type: 'all', result: 'true', of: [] })).toContainEqual(
      expect.objectContaining({ fact: 'account.marginOverCall', seen: -10, expected: 0 }),
    );
  });

  it('caps are those of CySEC at one entity and the house limit of 500 at the other', () => {
    expect(policyOf('account.leverage', 'cy').effective.parameters.caps.fx_major).toBe(30);
    expect(policyOf('account.leverage', 'off').effective.parameters).toMatchObject({
      caps: {},
      houseMax: 500,
      regime: 'offshore',
    });
  });
});
