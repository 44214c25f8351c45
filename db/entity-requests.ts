import {
  assignmentWith,
  bankAccountsOfPlan,
  countryProblems,
  type EntityPlan,
  provisioningOf,
} from '../domain/entity/plan';
import { newId } from '../domain/ids';
import { parsePolicy } from '../domain/policy/check';
import { shippedLists } from '../domain/policy/defaults/lists';
import { evaluate } from '../domain/policy/evaluate';
import type { PolicyBody } from '../domain/policy/body';
import type { ParametersOf, PolicyKind, ThenOf } from '../domain/policy/kinds/registry';
import type { PlanProblem } from '../domain/plan-problem';
import { conflict, notFound, Problem, unavailable } from '../domain/problem';
import { assertNoDraft, publishAgreed } from './agreed-policy';
import { publishFirstAgreements } from './agreement-requests';
import { asSystem, rows, type Tx } from './connection';
import { contentOfProposal, readEntityProposal, type EntityProposal } from './entity-proposals';
import { changeEntity, contentOfEdit, eventOfEdit, readEntityEdit } from './entity-edits';
import { appendEvents, type Json } from './events';
import { addBankAccounts } from './house-bank-accounts';
import { effectivePolicy } from './policies';
import { layersInForce } from './policy-layers';
import { contentHashOf, openTask, recordParticipation, type Task } from './tasks';
import { assertWhole, everybody } from './whole';

const assignment = { kind: 'entity.assignment', layer: 'base', layerKey: '' } as const;

/**
 * Asks for a new entity; another person approves it (task `entity_approval`), and only then it is there. Throws 403
 * `not_whole` unless the caller works for every entity there is, 409 `entity_exists` or `draft_exists`, 422
 * `entity_plan_refused` with what cannot be, at its field.
 */
export async function proposeEntity(tx: Tx, plan: EntityPlan): Promise<EntityProposal> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('entity');
  await assertWhole(tx, everybody, 'A new entity');
  const [entityId] = scope.entities;
  if (entityId === undefined) throw notFound('entity');
  const { userId } = scope;
  return asSystem(tx, async (system) => {
    await assertNoDraft(system, assignment);
    const id = newId('entityProposal');
    const inserted = await rows(
      system,
      `insert into entity_proposal (id, entity_id, code, plan, requested_by)
       select :id, :entityId, :code, :plan, :userId where not exists (select 1 from entity where id = :code)
       on conflict (code) where kind = 'new' and state <> 'rejected' do nothing returning 1`,
      { id, entityId, code: plan.code, plan: JSON.stringify(plan), userId },
    );
    if (inserted.length === 0) throw entityExists(plan.code);
    assertPossible(await planProblems(system, plan));
    const proposal = await readEntityProposal(system, id);
    await recordParticipation(system, id, userId, 'requested');
    await appendEvents(system, [eventOf(proposal, 'entity.proposed')]);
    await openTask(system, {
      kind: 'entity_approval',
      subject: id,
      workflowId: null,
      entityId,
      clientId: null,
      title: `New entity ${plan.code}: ${plan.legalName}`,
      issue: [
        {
          code: 'NEW_ENTITY',
          detail: `residents of ${plan.countries.join(', ')} will belong to it from then on`,
        },
      ],
      content: contentOfProposal(proposal),
      excluded: [userId],
      key: `entity_approval/${id}`,
    });
    return proposal;
  });
}

/** What of a plan cannot be as things stand: countries that it may not serve, bank accounts that are others'. */
export async function planProblems(system: Tx, plan: EntityPlan): Promise<PlanProblem[]> {
  const { compiled } = await effectivePolicy(system, 'entity.assignment', {});
  const refused = plan.countries.filter(
    (residence) =>
      evaluate(compiled, { 'client.residence': residence }).outcome.decision === 'refuse',
  );
  const taken = await rows<{ iban: string }>(
    system,
    'select iban from entity_bank_account where iban = any (:ibans)',
    { ibans: plan.bankAccounts.map(({ iban }) => iban) },
  );
  const servers = await rows<{ id: string }>(
    system,
    'select id from trading_server where id = any (:servers)',
    { servers: plan.groups.map(({ server }) => server) },
  );
  const { protectedResidences } = compiled.effective.parameters;
  return [
    ...countryProblems(plan, { refused: new Set(refused), protectedResidences }),
    ...plan.bankAccounts.flatMap(({ iban }, at) =>
      taken.some((row) => row.iban === iban)
        ? [{ pointer: `/bankAccounts/${at}/iban`, detail: 'is the account of another entity' }]
        : [],
    ),
    ...plan.groups.flatMap(({ server }, at) =>
      servers.some(({ id }) => id === server)
        ? []
        : [{ pointer: `/groups/${at}/server`, detail: `no trading server ${server} is here` }],
    ),
  ];
}

function assertPossible(problems: readonly PlanProblem[]): void {
  if (problems.length === 0) return;
  throw new Problem({
    status: 422,
    code: 'entity_plan_refused',
    detail: 'The entity cannot be made so.',
    errors: problems.map(({ pointer, detail }) => ({ pointer: `/body${pointer}`, detail })),
  });
}

function entityExists(code: string) {
  return conflict('entity_exists', `There is an entity ${code}, or one is asked for.`, { code });
}

/** Only who works for every entity decides on one more. Throws 403 `not_whole`. A change of one is its own people’s. */
export async function guardEntityApproval(tx: Tx, task: Task): Promise<void> {
  // A change of one entity is for those who work for it, as whoever sees its task does.
  if (await readEntityEdit(tx, task.subject)) return;
  await assertWhole(tx, everybody, 'A new entity');
}

/**
 * What follows from the decision, in the transaction that decides: the entity is there or is changed, or the proposal is
 * over. What is decided is read once the proposal is locked.
 */
export async function settleEntityApproval(tx: Tx, task: Task): Promise<void> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('task');
  const approvedBy = scope.userId;
  await asSystem(tx, async (system) => {
    const id = task.subject;
    await rows(system, 'select 1 from entity_proposal where id = :id for update', { id });
    const { state, content, carryOut, eventOfEnd } = await askedFor(system, id, approvedBy);
    if (state !== 'proposed') throw new Error(`${id} is decided already`);
    if (contentHashOf(content) !== task.contentHash)
      throw new Error(`${id} is not what was approved`);
    const isMade = task.decision === 'approve';
    if (isMade) await carryOut();
    await rows(
      system,
      'update entity_proposal set state = :state, finished_at = clock_timestamp() where id = :id',
      { id, state: isMade ? 'made' : 'rejected' },
    );
    await appendEvents(system, [eventOfEnd(isMade)]);
  });
}

/** A new entity or the change of one, as far as a decision asks: what was signed, and what is done about it. */
async function askedFor(system: Tx, id: string, approvedBy: string) {
  const edit = await readEntityEdit(system, id);
  if (edit)
    return {
      state: edit.state,
      content: contentOfEdit(edit),
      carryOut: () => changeEntity(system, edit),
      eventOfEnd: (isMade: boolean) =>
        eventOfEdit(edit, isMade ? 'entity.edited' : 'entity.edit_rejected'),
    };
  const proposal = await readEntityProposal(system, id);
  return {
    state: proposal.state,
    content: contentOfProposal(proposal),
    carryOut: () => makeEntity(system, proposal, approvedBy),
    eventOfEnd: (isMade: boolean) => eventOf(proposal, isMade ? 'entity.made' : 'entity.rejected'),
  };
}

async function makeEntity(
  system: Tx,
  { plan, requestedBy }: EntityProposal,
  approvedBy: string,
): Promise<void> {
  // The world may have changed since it was asked for.
  assertPossible(await planProblems(system, plan));
  const { code, legalName, jurisdiction, licence, regulator, countries, currencies, brand } = plan;
  const inserted = await rows(
    system,
    `insert into entity (id, name, jurisdiction, licence, regulator, countries, currencies, brand)
     values (:code, :legalName, :jurisdiction, :licence, :regulator, :countries, :currencies, :brand)
     on conflict (id) do nothing returning 1`,
    {
      ...{ code, legalName, jurisdiction, licence, regulator },
      ...{ countries: [...countries], currencies: [...currencies] },
      brand: JSON.stringify(brand),
    },
  );
  if (inserted.length === 0) throw entityExists(code);
  if (!(await addBankAccounts(system, bankAccountsOfPlan(plan))))
    throw conflict('bank_account_taken', 'One of the bank accounts is another entity’s.');
  await admitColleagues(system, code);
  const agreed = { proposedBy: requestedBy, approvedBy };
  await publishFirstAgreements(system, code, { ...agreed, texts: plan.legalTexts });
  const groups = await baseOf(system, 'account.provisioning');
  await publishAgreed(system, {
    ...{ kind: 'account.provisioning', layer: 'entity', layerKey: code, ...agreed },
    body: asJson(provisioningOf(plan, groups)),
  });
  await publishAgreed(system, {
    ...{ ...assignment, ...agreed },
    body: asJson(assignmentWith(plan, await baseOf(system, 'entity.assignment'))),
  });
}

/** Who works for every entity there is works for the new one too: else nobody could change what holds for all. */
async function admitColleagues(system: Tx, code: string): Promise<void> {
  const admitted = await rows<{ id: string; entity_id: string }>(
    system,
    `update user_account set entities = array_append(entities, :code)
     where kind = 'staff' and state <> 'disabled' and not (:code = any (entities))
       and entities @> (select array_agg(id) from entity where id <> :code) returning id, entities[1] as entity_id`,
    { code },
  );
  await appendEvents(
    system,
    admitted.map(({ id, entity_id: entityId }) => ({
      subject: id,
      type: 'user.entity_added' as const,
      entityId,
      payload: { entity: code },
    })),
  );
}

/** The base of a kind as it is in force. Throws 503 `policy_missing`. */
async function baseOf<K extends PolicyKind>(
  system: Tx,
  kind: K,
): Promise<PolicyBody<ThenOf<K>, ParametersOf<K>>> {
  const base = (await layersInForce(system, kind)).find(({ layer }) => layer === 'base');
  const parsed = parsePolicy(kind, base?.body, shippedLists);
  if (!parsed.ok)
    throw unavailable('policy_missing', `No policy of the kind ${kind} has been published.`);
  return parsed.value;
}

function asJson(body: unknown): { readonly [key: string]: Json } {
  return JSON.parse(JSON.stringify(body)) as { readonly [key: string]: Json };
}

function eventOf({ id, entityId, plan, requestedBy }: EntityProposal, type: `entity.${string}`) {
  const content = contentHashOf(contentOfProposal({ id, plan, requestedBy }));
  return { subject: id, type, entityId, payload: { code: plan.code, content } };
}
