import { type CompiledPolicy } from '../domain/policy/compile';
import { evaluate, type Evaluation } from '../domain/policy/evaluate';
import type { Facts, FactValue } from '../domain/policy/fact';
import { withoutHolds } from '../domain/policy/hidden-facts';
import type { PolicyKind } from '../domain/policy/kinds/registry';
import { compareOutcomes, type Comparison, tally } from '../domain/policy/simulation';
import { firstIdAt } from '../domain/ids';
import { notFound } from '../domain/problem';
import { isRecord } from '../domain/record';
import { rows, utc, type Tx } from './connection';
import { decryptEach, erasedText } from './personal-data';
import { compiledFrom, layersOfVersions, withLayer } from './policy-layers';
import { presentAccounts } from './policy-reach';
import {
  keepCases,
  lockSimulation,
  saveProgress,
  type SimulatedCase,
  type Simulation,
} from './policy-simulations';
import { readPolicy } from './policy-versions';

/** Old and new policy of one entity, ready to evaluate. */
export interface PolicyPair {
  readonly old: CompiledPolicy<PolicyKind>;
  readonly next: CompiledPolicy<PolicyKind>;
}

export type PolicyPairs = ReadonlyMap<string, PolicyPair>;

/** By entity what was in force when the simulation was asked for, and the same with the draft in its place. */
export async function pairsOf(tx: Tx, simulation: Simulation): Promise<PolicyPairs> {
  const { scope } = await readPolicy(tx, simulation.policyId);
  const pairs = new Map<string, PolicyPair>();
  for (const [entity, ids] of Object.entries(simulation.layers)) {
    const layers = await layersOfVersions(tx, ids);
    pairs.set(entity, {
      old: compiledFrom(simulation.kind, layers),
      next: compiledFrom(simulation.kind, withLayer(layers, scope, simulation.body)),
    });
  }
  return pairs;
}

const casesPerPage = 2_000;
/** Cases that are kept to be looked at; all are counted. */
const casesKeptMax = 2_000;

/**
 * Takes a simulation one page further: evaluations from the newest backwards, then, for kinds that decide
 * about accounts, the accounts of today. Each page is one transaction, so it may be repeated.
 */
export async function simulatePage(tx: Tx, id: string): Promise<'more' | 'done'> {
  const simulation = await lockSimulation(tx, id);
  if (simulation.state === 'done') return 'done';
  const pairs = await pairsOf(tx, simulation);
  return simulation.phase === 'past'
    ? pastPage(tx, simulation, pairs)
    : presentPage(tx, simulation, pairs);
}

async function pastPage(tx: Tx, simulation: Simulation, pairs: PolicyPairs): Promise<'more'> {
  const limit = Math.min(casesPerPage, simulation.wanted - simulation.looked);
  const page = await evaluationsBefore(tx, simulation, limit);
  const comparisons: Comparison[] = [];
  const changed: SimulatedCase[] = [];
  for (const { facts, ...kept } of page) {
    const pair = pairs.get(kept.entityId);
    if (facts === undefined || pair === undefined) continue;
    const was = evaluate(pair.old, facts).outcome;
    const becomes = evaluate(pair.next, facts).outcome;
    const comparison = compareOutcomes(was, becomes);
    comparisons.push(comparison);
    if (comparison.differs) changed.push({ about: 'past', ...kept, was, becomes });
  }
  await keepCases(tx, simulation.id, room(simulation.changed, changed));
  const looked = simulation.looked + page.length;
  const isOver = page.length < limit || looked >= simulation.wanted;
  await saveProgress(tx, {
    ...simulation,
    phase: isOver ? 'present' : 'past',
    afterId: isOver ? null : (page.at(-1)?.id ?? null),
    looked,
    unread: simulation.unread + page.filter(({ facts }) => facts === undefined).length,
    changed: simulation.changed + changed.length,
    matrix: tally(simulation.matrix, comparisons),
  });
  return 'more';
}

async function presentPage(
  tx: Tx,
  simulation: Simulation,
  pairs: PolicyPairs,
): Promise<'more' | 'done'> {
  const { looked, changed, lastId } = await presentAccounts(tx, simulation, {
    pairs,
    limit: casesPerPage,
  });
  await keepCases(tx, simulation.id, room(simulation.accountsChanged, changed));
  const state = looked < casesPerPage ? 'done' : 'running';
  await saveProgress(tx, {
    ...simulation,
    state,
    afterId: lastId,
    accounts: simulation.accounts + looked,
    accountsChanged: simulation.accountsChanged + changed.length,
  });
  return state === 'done' ? 'done' : 'more';
}

function room(kept: number, cases: readonly SimulatedCase[]): readonly SimulatedCase[] {
  return cases.slice(0, Math.max(0, casesKeptMax - kept));
}

interface PastCase {
  readonly id: string;
  readonly subject: string;
  readonly entityId: string;
  readonly clientId: string | null;
  /** Undefined when they cannot be read any more: the person was erased. */
  readonly facts: Facts | undefined;
}

interface EvaluationRow {
  readonly id: string;
  readonly subject: string;
  readonly entity_id: string;
  readonly client_id: string | null;
  readonly person_id: string | null;
  readonly facts: string;
  readonly at: string;
}

async function evaluationsBefore(
  tx: Tx,
  simulation: Simulation,
  limit: number,
): Promise<PastCase[]> {
  const found = await rows<EvaluationRow>(
    tx,
    `select id, subject, entity_id, client_id, person_id, facts, at from evaluation
     where kind = :kind and entity_id = any (:entities) and (:before::text is null or id < :before)
       and (:from::text is null or id >= :from)
     order by id desc limit :limit`,
    {
      kind: simulation.kind,
      entities: [...simulation.entities],
      before: simulation.afterId,
      from: simulation.since === null ? null : firstIdAt('evaluation', simulation.since),
      limit,
    },
  );
  const facts = await factsOf(tx, found, simulation);
  return found.map((row, i) => ({
    id: row.id,
    subject: row.subject,
    entityId: row.entity_id,
    clientId: row.client_id,
    facts: facts[i],
  }));
}

async function factsOf(
  tx: Tx,
  found: readonly Pick<EvaluationRow, 'person_id' | 'facts'>[],
  { restricted }: Simulation,
): Promise<(Facts | undefined)[]> {
  const sealed = found.flatMap(({ person_id: personId, facts: text }) =>
    personId === null ? [] : [{ personId, text }],
  );
  const opened = await decryptEach(tx, 'evaluation.facts', sealed);
  const texts = opened[Symbol.iterator]();
  return found.map((row) => {
    const text = row.person_id === null ? row.facts : String(texts.next().value);
    if (text === erasedText) return undefined;
    return restricted ? readFacts(text) : withoutHolds(readFacts(text));
  });
}

/** Reads facts as an evaluation kept them. */
export function readFacts(text: string): Facts {
  const kept: unknown = JSON.parse(text);
  if (!isRecord(kept)) return {};
  // As a rule all of it can be read, and nothing has to be copied.
  if (areFacts(kept)) return kept;
  return Object.fromEntries(
    Object.entries(kept).map(([name, value]) => [name, isFact(value) ? value : null]),
  );
}

function areFacts(kept: Readonly<Record<string, unknown>>): kept is Facts {
  return Object.values(kept).every((value) => value === null || isFact(value));
}

function isFact(value: unknown): value is FactValue {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'string':
      return true;
    default:
      return Array.isArray(value) && value.every((each) => typeof each === 'string');
  }
}

/** One past case decided by both policies, with both traces. */
export interface ComparedCase {
  readonly id: string;
  readonly subject: string;
  readonly clientId: string | null;
  readonly at: string;
  readonly was: Evaluation<PolicyKind>;
  readonly becomes: Evaluation<PolicyKind>;
}

/** Decides a past case again, by both. Throws `not_found` (404), also when its person has been erased. */
export async function compareCase(
  tx: Tx,
  simulation: Simulation,
  evaluationId: string,
): Promise<ComparedCase> {
  const [row] = await rows<EvaluationRow>(
    tx,
    `select id, subject, entity_id, client_id, person_id, facts, at from evaluation
     where id = :evaluationId and kind = :kind and entity_id = any (:entities)`,
    { evaluationId, kind: simulation.kind, entities: [...simulation.entities] },
  );
  if (!row) throw notFound('case');
  const [facts] = await factsOf(tx, [row], simulation);
  const pair = (await pairsOf(tx, simulation)).get(row.entity_id);
  if (facts === undefined || pair === undefined) throw notFound('case');
  return {
    id: row.id,
    subject: row.subject,
    clientId: row.client_id,
    at: utc(row.at),
    was: evaluate(pair.old, facts),
    becomes: evaluate(pair.next, facts),
  };
}
