import { readEntity } from '../../db/entities';
import { editOf } from '../../db/entity-edits';
import { testPassword, type Person, type TestApi } from '../../api/testing/api';
import { openApproval, openReview } from '../../api/testing/tasks';
import type { AgreementPlan } from '../../domain/agreement/agreement';
import type { EntityPlan } from '../../domain/entity/plan';
import { newId } from '../../domain/ids';
import { wallet } from '../../domain/ledger/account';
import { limitsOf } from '../../domain/payments/capabilities';
import type { ConfiguredProvider } from '../../domain/payments/eligibility';
import { changeAccounts } from '../../db/account-bulk';
import { noteAdverseMedia } from '../../db/adverse-media';
import { proposeAgreement } from '../../db/agreement-requests';
import { papersOf } from '../../db/client-papers';
import { addSourcePaper, declareSource } from '../../db/declared-sources';
import { createApiKey } from '../../db/api-keys';
import { takeTest } from '../../db/appropriateness';
import { addCategoryPaper, categoryWarning, requestProfessional } from '../../db/client-category';
import { readClient } from '../../db/clients';
import { listAlerts, reviewMovement } from '../../db/aml-alerts';
import { addMember, declareCompany, setShares } from '../../db/companies';
import { asSystem, inScope, rows, type Tx } from '../../db/connection';
import { decideByPolicy } from '../../db/evaluations';
import { proposeCorrection } from '../../db/correction-requests';
import { setHalt } from '../../db/halts';
import { openCase } from '../../db/kyc';
import { uploadDocument } from '../../db/kyc-submission';
import { hashPassword } from '../../db/passwords';
import { simulatePolicy } from '../../db/policy-simulations';
import { draftPolicy } from '../../db/policy-versions';
import { askAboutCommission } from '../../db/commission-disputes';
import { listLines } from '../../db/settlement/lines';
import { setBilling, setTaxNumber, taxNumberOf } from '../../db/partner-billing';
import { issueInvoices, listInvoices } from '../../db/settlement/invoices';
import { readPayout } from '../../db/settlement/payouts';
import { requestRefund } from '../../db/refunds';
import { requestErasure } from '../../db/erasure-requests';
import { placeLegalHold } from '../../db/legal-holds';
import { openSuspicion } from '../../db/suspicions';
import { holderOf } from '../../db/parties';
import { encryptFor } from '../../db/personal-data';
import { readUser, scopeOf, setPassword } from '../../db/users';
import { setRestriction } from '../../db/client-restrictions';
import { seedCommission } from '../browser/commission';
import { passportLines, picture } from '../processes/applicants';
import { eur, pay, type Owner } from './movements';

/** What belongs to one client and one partner of one legal entity, with an id of each kind of thing. */
export interface Holdings {
  readonly entityId: string;
  readonly client: Person & { readonly clientId: string };
  readonly partner: Person;
  /** Ids by kind (`domain/ids.ts`), and what else a route can name. */
  readonly ids: Readonly<Record<string, string>>;
}

export type Owned = 'cy' | 'off';

const residences = { cy: 'DE', off: 'MU' } as const;

/**
 * A client in the middle of everything and a partner whose clients have traded, made by the product's own
 * stores. Several can be made in one database; only the first of an entity gets what an entity has once.
 */
export async function makeHoldings(
  api: TestApi,
  entityId: Owned,
  { number, isFirst }: { number: number; isFirst: boolean },
): Promise<Holdings> {
  const client = await api.client({ residence: residences[entityId], currency: 'EUR' });
  const owner = { entityId, clientId: client.clientId };
  const scope = await api.system((tx) => scopeOf(tx, client.user));
  const own = <T>(work: (tx: Tx) => Promise<T>) => inScope(api.db, scope, work);

  const kycCase = await own((tx) => openCase(tx, client.clientId));
  const company = await own((tx) => companyOf(tx, client.clientId));
  await own((tx) => requestErasure(tx, client.clientId));
  const payments = await pay(api, owner, { userId: client.user.id, own, number });
  const protection = await own((tx) => protectionOf(tx, client.clientId));
  const declared = await own((tx) => sourceOf(tx, kycCase.id));
  const adverseMedia = await mediaOf(api, owner, kycCase.id);
  const commission = await seedCommission(
    api.db,
    { ...owner, accountId: payments.account },
    { ticketFrom: 10_000 * (number + 1), mark: String(number) },
  );
  const partner = await personOf(api, commission.partnerId, `root${number}@partners.example`);
  // Was suspended once.
  await api.system((tx) =>
    rows(
      tx,
      `insert into partner_standing (partner_id, entity_id, state, reason_code, from_at, to_at, links, unpaid)
       values (:id, :entityId, 'suspended', 'complaint', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', false, 'hold')`,
      { id: commission.partnerId, entityId },
    ),
  );
  const commissionDispute = await disputeOf(api, partner, commission);
  const [settled] = await api.system((tx) =>
    rows<{ payout: string; task: string }>(
      tx,
      `select p.id as payout, t.id as task from settlement_payout p join task t on t.subject = p.settlement_id
       where p.partner_id = :id`,
      { id: commission.partnerId },
    ),
  );
  return {
    entityId,
    client,
    partner,
    ids: {
      entity: entityId,
      entityPlace: `entity/${entityId}`,
      workflowId: `onboarding/${client.clientId}`,
      client: client.clientId,
      kycCase: kycCase.id,
      caseTask: await openReview(api, owner, kycCase.id),
      ...company,
      ...payments,
      ...protection,
      adverseMedia,
      ...declared,
      partner: commission.partnerId,
      partnerPerson: partner.user.id,
      planSet: commission.planSetId,
      settlement: commission.settlementId,
      settlementHold: await holdOf(api, { entityId, clientId: client.clientId }, commission),
      ticket: commission.ticket,
      payout: settled?.payout ?? '',
      partnerInvoice: await invoiceOf(api, entityId, settled?.payout ?? ''),
      partnerAdjustment: await adjustmentOf(api, entityId, commission),
      commissionDispute,
      settlementTask: settled?.task ?? '',
      task: await openApproval(api, client.clientId, [], entityId),
      ...(await ofStaff(api, { ...owner, ...payments }, isFirst)),
    },
  };
}

/** The partner asks about the first of its lines. */
export async function disputeOf(
  api: TestApi,
  { user }: Person,
  { settlementId, partnerId }: { readonly settlementId: string; readonly partnerId: string },
): Promise<string> {
  const scope = await api.system((tx) => scopeOf(tx, user));
  return inScope(api.db, scope, async (tx) => {
    const [line] = await listLines(tx, { settlementId, partnerId, limit: 1 });
    if (!line) throw new Error('the partner has no line');
    const about = { settlementId, line: line.line };
    return (await askAboutCommission(tx, about, 'Why so little?')).id;
  });
}

/** The partner has agreed to self-billing, and an invoice stands in its name. */
export async function invoiceOf(api: TestApi, entityId: string, payoutId: string): Promise<string> {
  return api.system(async (tx) => {
    const { version } = await taxNumberOf(tx, entityId);
    await setTaxNumber(tx, entityId, { taxNumber: 'X-1', expectedVersion: version });
    const payout = await readPayout(tx, payoutId);
    await setBilling(tx, payout.partnerId, {
      ...{ treatment: 'not_registered', legalName: 'North', address: 'Quay 1', taxNumber: '' },
      ...{ exemption: '', agreement: '1', agreedOn: '2026-01-01', endedOn: null },
      expectedVersion: 0,
    });
    await issueInvoices(tx, payout);
    const [invoice] = await listInvoices(tx, { payoutId, limit: 1 });
    return invoice?.id ?? '';
  });
}

/** Somebody wants to add to what the partner gets. */
async function adjustmentOf(
  api: TestApi,
  entityId: string,
  { partnerId, planSetId }: { partnerId: string; planSetId: string },
): Promise<string> {
  const id = newId('partnerAdjustment');
  await api.system(async (tx) =>
    rows(
      tx,
      `insert into partner_adjustment (id, entity_id, partner_id, plan_set, currency, amount_minor, reason_code, reason_ct, proposed_by)
       values (:id, :entityId, :partnerId, :planSetId, 'EUR', 100, 'MANUAL_OTHER', :reason, 'usr_x')`,
      {
        ...{ id, entityId, partnerId, planSetId },
        reason: await encryptFor(tx, partnerId, 'adjustment.reason', 'a reason'),
      },
    ),
  );
  return id;
}

/** Some of the partner's commission is held, for no reason of the house's rules. */
async function holdOf(
  api: TestApi,
  { entityId, clientId }: { entityId: string; clientId: string },
  { settlementId, partnerId }: { settlementId: string; partnerId: string },
): Promise<string> {
  const id = newId('settlementHold');
  await api.system(async (tx) => {
    const of = { id, entityId, clientId, settlementId, partnerId, evaluation: newId('evaluation') };
    await rows(
      tx,
      `insert into evaluation (id, kind, subject, entity_id, client_id, pins, compiled_hash, facts, outcome, trace)
       values (:evaluation, 'partner.fraud', :id, :entityId, :clientId, '{}', '-', '{}', '{}', '[]')`,
      of,
    );
    await rows(
      tx,
      `insert into settlement_hold (id, settlement_id, entity_id, client_id, evaluation_id, reasons, currency)
       values (:id, :settlementId, :entityId, :clientId, :evaluation, '{TEST}', 'EUR')`,
      of,
    );
    await rows(
      tx,
      `insert into settlement_hold_part (hold_id, partner_id, entity_id, lines_minor, held_minor)
       values (:id, :partnerId, :entityId, 1, 1)`,
      of,
    );
  });
  return id;
}

/** The client is a company: one owner has sent a paper in, another can be taken out again. */
async function companyOf(tx: Tx, clientId: string) {
  await declareCompany(tx, clientId, {
    ...{ name: 'Test Holdings Ltd', country: 'CY', address: '1 Quay, Limassol' },
    details: {
      ...{ registrationNumber: 'HE1', legalForm: 'Limited company', incorporatedOn: '2015-03-01' },
    },
  });
  const owner = (name: string) =>
    addMember(tx, clientId, {
      ...{ role: 'beneficial_owner', kind: 'individual' },
      personal: {
        ...{ name, birth_date: '1988-04-17', nationality: 'CY', address: '1 Quay, Limassol' },
      },
    });
  const staying = await owner('Quennia Test');
  const leaving = await owner('Quentin Test');
  const { id: owned } = await holderOf(tx, clientId);
  await setShares(tx, clientId, [{ owner: staying.id, owned, basisPoints: 4_000 }]);
  const { document } = await uploadDocument(tx, clientId, {
    ...{ kind: 'passport', partyId: staying.id, slot: 'identity', content: picture() },
    details: { mrz: passportLines('Quennia Test', { birthDate: '1988-04-17' }) },
    today: new Date().toISOString().slice(0, 10),
  });
  return { party: staying.id, leavingParty: leaving.id, document: document.id };
}

/** A provider as far as a request for a refund asks about it. */
const refunding: ConfiguredProvider = {
  name: 'stripe',
  capabilities: {
    rails: ['card'],
    operations: {
      refund: { limits: limitsOf(['EUR'], 1n, 99_999n), countries: 'any', lookUp: 'reference' },
    },
    keyHours: 24,
  },
};

/** What colleagues of the entity have made: one of them, a restriction, a switch, a draft of a policy. */
async function ofStaff(
  api: TestApi,
  {
    entityId,
    clientId,
    account,
    deposit,
  }: Owner & { readonly account: string; readonly deposit: string },
  isFirst: boolean,
) {
  const colleague = await api.staff(['mlro', 'operations'], [entityId]);
  const scope = await api.system((tx) => scopeOf(tx, colleague.user));
  const finance = await api.staff(['finance'], [entityId]);
  const financial = await api.system((tx) => scopeOf(tx, finance.user));
  const correction = await inScope(api.db, financial, (tx) =>
    proposeCorrection(tx, {
      effect: {
        ...{ kind: 'correction', direction: 'credit', amountMinor: 100n, currency: 'EUR' },
        accountId: wallet({ entityId, clientId, currency: 'EUR' }).id,
      },
      ...{ effectiveAt: null, reasonCode: 'GOODWILL', reason: 'test' },
    }),
  );
  // Of a currency whose worth nobody knows: what is not known is not clear.
  await api.system((tx) =>
    reviewMovement(tx, {
      ...{ id: deposit, kind: 'deposit', entityId, clientId },
      ...{ amountMinor: 1_000n, currency: 'XXX' },
    }),
  );
  return inScope(api.db, scope, async (tx) => {
    const [alert] = await listAlerts(tx, { clientId, limit: 1 });
    const restriction = await setRestriction(tx, {
      clientId,
      kind: 'manual_review',
      scopes: ['marketing'],
      reason: 'test',
    });
    const bulk = await changeAccounts(tx, {
      accountIds: [account],
      action: { kind: 'change_type', accountType: 'standard' },
    });
    const refund = await requestRefund(tx, { depositId: deposit, ...eur('5.00'), reason: 'test' }, [
      refunding,
    ]);
    const made = {
      user: colleague.user.id,
      refund: refund.id,
      restriction: restriction.id,
      amlAlert: alert?.id ?? '',
      suspicion: (await openSuspicion(tx, { clientId, grounds: 'test' })).id,
      legalHold: (await placeLegalHold(tx, { clientId, reason: 'test', reference: 'X-1' })).id,
      erasure: await erasureOf(tx, { entityId, clientId }),
      accountBulk: bulk.id,
      correction: correction.id,
      entityProposal: await asSystem(tx, (system) => proposal(system, entityId)),
      agreement: (await proposeAgreement(tx, entityId, agreementPlan(clientId))).id,
      entityEdit: await asSystem(tx, (system) => entityEdit(system, entityId)),
    };
    if (!isFirst) return made;
    const halt = await setHalt(tx, { scope: 'entity', key: entityId, reason: 'test' });
    const draft = await draftPolicy(tx, {
      kind: 'withdrawal',
      layer: 'entity',
      layerKey: entityId,
      body: { title: 'An overlay', changes: [] },
      note: '',
    });
    const planDraft = await draftPolicy(tx, {
      kind: 'partner.plan',
      layer: 'entity',
      layerKey: entityId,
      body: { title: 'A plan of its own', changes: [] },
      note: '',
    });
    const simulation = await simulatePolicy(tx, draft.id, 100);
    return {
      ...made,
      halt: halt.id,
      policyVersion: draft.id,
      planPolicy: planDraft.id,
      simulation: simulation.id,
      evaluation: await asSystem(tx, (system) => withdrawalFacts(system, { entityId, clientId })),
    };
  });
}

/** What a colleague found published about the client. */
async function mediaOf(api: TestApi, { entityId }: Owner, caseId: string): Promise<string> {
  const officer = await api.staff(['compliance'], [entityId]);
  const scope = await api.system((tx) => scopeOf(tx, officer.user));
  const note = await inScope(api.db, scope, (tx) =>
    noteAdverseMedia(tx, caseId, {
      ...{ source: 'https://news.example/x', finding: 'test' },
      ...{ publishedOn: '2026-01-01', weight: 'low' },
    }),
  );
  return note.id;
}

/** What the client says of two sources of money: one with a paper, one that was decided on. */
async function sourceOf(tx: Tx, caseId: string) {
  const said = {
    basis: 'funds',
    kind: 'salary',
    per: 'year',
    narrative: 'test',
    amountFrom: '1.00',
    amountTo: '2.00',
    currency: 'EUR',
  } as const;
  const source = await declareSource(tx, caseId, said);
  const decided = await declareSource(tx, caseId, said);
  await asSystem(tx, async (system) => {
    const { id, clientId, entityId } = decided;
    await rows(
      system,
      `update declared_source set state = 'corroborated', ended_at = clock_timestamp() where id = :id`,
      { id },
    );
    await rows(
      system,
      `insert into source_review (source_id, client_id, entity_id, decision, decided_by, note_ct)
       values (:id, :clientId, :entityId, 'corroborate', :by, :note)`,
      {
        id,
        clientId,
        entityId,
        by: newId('user'),
        note: await encryptFor(system, clientId, 'source.note', 'test'),
      },
    );
  });
  await addSourcePaper(tx, source.id, {
    ...{ kind: 'tax_statement', content: new Uint8Array(picture()) },
  });
  const [paper] = await papersOf(tx, source.id);
  return { declaredSource: source.id, sourcePaper: paper?.id ?? '' };
}

/** A wish for another category with a paper, and a test. */
async function protectionOf(tx: Tx, clientId: string) {
  const { entityId } = await readClient(tx, clientId);
  const { hash } = await categoryWarning(tx, entityId);
  const request = await requestProfessional(tx, clientId, {
    ...{ criteria: ['trades'], statement: 'test', warningHash: hash },
  });
  const [paper] = await addCategoryPaper(tx, request.id, {
    criterion: 'trades',
    content: new Uint8Array(picture()),
  });
  const test = await takeTest(tx, clientId, {
    ...{ leverage_meaning: '10', margin_close: 'Nothing', product_trades: 'never' },
    finance_profession: 'no',
  });
  return { categoryRequest: request.id, paper: paper?.id ?? '', appropriatenessTest: test.id };
}

/** A code of its own for each client: one version of an agreement waits at a time. */
function agreementPlan(clientId: string): AgreementPlan {
  return {
    code: `a_${clientId.slice(-12)}`,
    texts: [{ locale: 'en', title: 'Risk', text: 'x' }],
    ...{ reaccept: true, graceDays: 30 },
  };
}

/** An entity that somebody asks for, as a colleague of the one entity alone could not. */
async function proposal(tx: Tx, entityId: string): Promise<string> {
  const id = newId('entityProposal');
  const plan: EntityPlan = {
    ...{ code: `x${id.slice(-12)}`, legalName: 'x', regulator: 'x', licence: 'x' },
    ...{ jurisdiction: 'AE', countries: ['AE'], currencies: ['USD'] },
    ...{ bankAccounts: [], legalTexts: [] },
    groups: [
      {
        ...{ platform: 'mt5', server: 'mt5', accountType: 'standard', currency: 'USD' },
        ...{ group: 'x', leverage: 1 },
      },
    ],
    brand: {
      ...{ name: 'x', colour: '#000000', postalAddress: 'x' },
      ...{ supportEmail: 'x@example.test', mailFrom: 'x@example.test' },
    },
  };
  await rows(
    tx,
    `insert into entity_proposal (id, entity_id, code, plan, requested_by) values (:id, :entityId, :code, :plan, 'usr_1')`,
    { id, entityId, code: plan.code, plan: JSON.stringify(plan) },
  );
  return id;
}

/** A change of an entity that was asked for and is over: another one may be asked for. */
async function entityEdit(tx: Tx, entityId: string): Promise<string> {
  const id = newId('entityProposal');
  const edit = JSON.stringify(editOf(await readEntity(tx, entityId)));
  await rows(
    tx,
    `insert into entity_proposal (id, entity_id, code, kind, plan, before, base_version, state, requested_by, finished_at)
     values (:id, :entityId, :entityId, 'edit', :edit, :edit, 1, 'rejected', 'usr_1', now())`,
    { id, entityId, edit },
  );
  return id;
}

/** A withdrawal that policy has looked at, with nothing known about it. */
async function withdrawalFacts(tx: Tx, { entityId, clientId }: Owner): Promise<string> {
  const { id } = await decideByPolicy(tx, {
    kind: 'withdrawal',
    subject: clientId,
    entityId,
    clientId,
    personId: clientId,
    facts: {},
  });
  return id;
}

/** The log-in that a partner got when it was made. */
export async function personOf(api: TestApi, partnerId: string, email: string): Promise<Person> {
  const passwordHash = await hashPassword(testPassword);
  return api.system(async (tx) => {
    const [row] = await rows<{ id: string }>(
      tx,
      'select id from user_account where partner_id = :partnerId',
      { partnerId },
    );
    if (!row) throw new Error('the partner has no log-in');
    await setPassword(tx, row.id, passwordHash, 'first');
    const user = await readUser(tx, row.id);
    const { token } = await createApiKey(tx, user, { name: 'test', hours: 1 });
    return { user, token, email };
  });
}

/** One that was rejected: its client is in the middle of everything, and could not be erased. */
async function erasureOf(tx: Tx, { entityId, clientId }: Owner): Promise<string> {
  const id = newId('erasure');
  return asSystem(tx, async (system) => {
    const answer = await decideByPolicy(system, {
      kind: 'retention',
      subject: id,
      ...{ entityId, clientId, personId: null },
      facts: { 'client.wasCustomer': true },
    });
    await rows(
      system,
      `insert into erasure (id, entity_id, client_id, cause, state, proposed_by, decided_by, evaluation_id, kept_until,
         finished_at)
       values (:id, :entityId, :clientId, 'retention_over', 'rejected', 'usr_1', 'usr_2', :evaluationId, '2020-01-01', now())`,
      { ...{ id, entityId, clientId }, evaluationId: answer.id },
    );
    return id;
  });
}
