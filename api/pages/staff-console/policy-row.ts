import { z } from 'zod';
import type { PolicyProblem } from '../../../domain/policy/body';
import { houseQueues } from '../../../domain/kyc/approval-queues';
import { parameterSchemas, thenSchemas } from '../../../domain/policy/body.schema';
import { shippedLists } from '../../../domain/policy/defaults/lists';
import { type Field, fieldsOf, labelOf, type Suggested } from '../../../domain/policy/edit/fields';
import { given, listOf, type Loose, looseOf, textOf } from '../../../domain/policy/edit/loose';
import {
  partsOfRule,
  readRule,
  thenPrefix,
  whenPrefix,
} from '../../../domain/policy/edit/rule-form';
import {
  changeRows,
  draftRows,
  freeRowId,
  parameterChange,
  replaceRule,
  type DraftRow,
} from '../../../domain/policy/edit/rows';
import { draftReadsAs } from '../../../domain/policy/edit/words';
import { policyKinds } from '../../../domain/policy/kinds/registry';
import { conflict, malformed } from '../../../domain/problem';
import type { Tx } from '../../../db/connection';
import { checkDraft } from '../../../db/policy-check';
import { factsOfVersion } from '../../../db/policy-questions';
import { policyBelow } from '../../../db/policy-layers';
import { editPolicy, readPolicy, type StoredPolicy } from '../../../db/policy-versions';
import { groupsOfferedMax, listGroups } from '../../../db/server-groups';
import { listServers } from '../../../db/servers';
import { jsonOf } from '../../input';
import { idOf, jsonObject, line } from '../../schemas';
import { defineForm, definePage } from '../page';
import { address } from './lists';
import { showPart } from './policy-condition';
import { showFields } from './policy-fields';
import { isAbout } from './policy-rows';

const ruleId = z.string().max(80);
const revision = z.coerce.number().int();
const draftOf = { id: idOf('policyVersion') };

const rowHref = (id: string, rule: string) => address(`/staff/policies/${id}/row`, { rule });

/** One row of a draft: what it asks, what it comes to, and beside it the same row of the layers below. */
const rowPage = definePage({
  path: '/staff/policies/:id/row',
  auth: { permission: 'policy.edit' },
  params: draftOf,
  query: { rule: ruleId.optional() },
  handle: async ({ tx, params, query, typed }) => {
    const policy = await readPolicy(tx, params.id);
    const facts = await factsOfVersion(tx, policy);
    const rows = await rowsOf(tx, policy);
    const wanted = given(typed?.['rule']) ?? query.rule;
    const at = wanted === undefined ? 0 : rows.findIndex((row) => row.id === wanted);
    const row = rows[at];
    const then = fieldsOf(thenSchemas[policy.kind]);
    const isTyped = typed !== undefined && typed['title'] !== undefined;
    const rule = isTyped ? readRule({ facts, then }, typed, row?.rule ?? {}) : (row?.rule ?? {});
    const problems = await checkDraft(tx, policy);
    const neighbour = (by: number) => {
      const other = rows[at + by];
      return other && { href: rowHref(policy.id, other.id), n: at + by + 1 };
    };
    return {
      view: 'staff/policy-row',
      title: row ? `Row ${at + 1}: ${textOf(row.rule['title']) || row.id}` : 'No such row',
      data: {
        policy,
        kindTitle: policyKinds[policy.kind].title,
        row: row && {
          ...row,
          n: at + 1,
          isOwn: row.standing === 'own' || row.standing === 'added',
          isInherited: row.standing === 'inherited',
          isOff: row.standing === 'off',
          isOverride: row.standing === 'override',
          isMandatoryBelow: row.below?.['mandatory'] === true,
          mayEdit: isOpen(policy) && row.standing !== 'inherited' && row.standing !== 'off',
          belowSentence: row.below ? draftReadsAs(facts, row.below) : undefined,
          whySaved: isTyped ? (given(typed['why']) ?? '') : row.reason,
        },
        rowCount: rows.length,
        before: neighbour(-1),
        after: neighbour(1),
        isOpen: isOpen(policy),
        isTyped,
        savedSentence: row ? draftReadsAs(facts, row.rule) : undefined,
        rule: {
          id: textOf(rule['id']),
          title: textOf(rule['title']),
          reason: textOf(rule['reason']),
          source: textOf(rule['source']),
          mandatory: rule['mandatory'] === true,
        },
        sentence: draftReadsAs(facts, rule),
        when: showPart(conditionContext(policy, facts), partsOfRule(rule), whenPrefix),
        then: showFields(then, thenPrefix, rule['then']),
        suggested: await suggestedFor(tx, policy, { fields: then, then: looseOf(rule['then']) }),
        thenJson: then.length === 0 ? JSON.stringify(rule['then'] ?? {}, undefined, 2) : undefined,
        problems: row
          ? problems.filter((problem) => isAbout(policy, problem, row)).map(atItsField)
          : [],
      },
    };
  },
});

/** What does not fit its field, after the field's name: the pointer says it to programs only. */
function atItsField(problem: PolicyProblem): PolicyProblem {
  const place = /^\/(?:rules|changes)\/\d+(?:\/with)?\/(.+)$/.exec(problem.pointer)?.[1];
  if (problem.code !== 'schema' || place === undefined) return problem;
  const words = place.split('/').filter((part) => !/^\d+$/.test(part));
  return { ...problem, detail: `${words.map(labelOf).join(' › ')}: ${problem.detail}` };
}

/** What is offered while one types: servers and the groups of the one that the row names, or the queues that are known. */
async function suggestedFor(
  tx: Tx,
  policy: StoredPolicy,
  { fields, then }: { fields: readonly Field[]; then: Loose },
) {
  const asked = new Set(
    fields.flatMap((field) => (field.type === 'text' ? (field.suggests ?? []) : [])),
  );
  const of: { of: Suggested; values: readonly string[] }[] = [];
  if (asked.has('server') || asked.has('group')) {
    const servers = await listServers(tx);
    const groups = await listGroups(tx, {
      serverId: textOf(then['server']),
      limit: groupsOfferedMax,
    });
    of.push({ of: 'server', values: servers.map(({ id }) => id) });
    of.push({ of: 'group', values: groups.map((group) => group.name) });
  }
  if (asked.has('queue')) {
    const below = looseOf((await policyBelow(tx, policy.kind, policy.scope))?.parameters);
    const change = parameterChange(policy.body, 'queues');
    const isBase = policy.scope.layer === 'base';
    const said = isBase ? looseOf(policy.body['parameters'])['queues'] : change?.['value'];
    const own = listOf(said ?? below['queues']);
    const codes = own.map((queue) => textOf(looseOf(queue)['code']));
    of.push({ of: 'queue', values: [...houseQueues.map(({ code }) => code), ...codes] });
  }
  return of;
}

function isOpen(policy: StoredPolicy): boolean {
  return policy.state === 'draft' || policy.state === 'submitted';
}

async function rowsOf(tx: Tx, policy: StoredPolicy): Promise<DraftRow[]> {
  const below = await policyBelow(tx, policy.kind, policy.scope);
  return draftRows(policy.scope.layer, policy.body, below?.rules ?? []);
}

function conditionContext(policy: StoredPolicy, facts: Parameters<typeof draftReadsAs>[0]) {
  return {
    facts,
    lists: Object.keys(shippedLists),
    parameters: fieldsOf(parameterSchemas[policy.kind])
      .filter(({ type }) =>
        ['number', 'decimal', 'text', 'texts', 'choice', 'boolean'].includes(type),
      )
      .map(({ name }) => name),
  };
}

async function save(
  tx: Tx,
  policy: StoredPolicy,
  { body, expectedRevision }: { body: Loose; expectedRevision: number },
): Promise<void> {
  await editPolicy(tx, policy.id, {
    body: jsonObject.parse(jsonOf(body)),
    note: policy.note,
    expectedRevision,
  });
}

function rowOf(rows: readonly DraftRow[], id: string | undefined): DraftRow {
  const row = rows.find((each) => each.id === id);
  if (row === undefined)
    throw conflict('row_gone', 'There is no such row any more.', { rule: id ?? '' });
  return row;
}

/** Saves a row as it was typed, also half written: the check says what is missing. */
const rowForm = defineForm({
  path: '/staff/policies/:id/row',
  auth: { permission: 'policy.edit' },
  params: draftOf,
  body: { rule: ruleId.optional(), revision, why: line(500).optional() },
  page: rowPage,
  handle: async ({ tx, params, body, fields }) => {
    const policy = await readPolicy(tx, params.id);
    const row = rowOf(await rowsOf(tx, policy), body.rule);
    if (row.at === null) throw conflict('row_inherited', 'An inherited row is overridden first.');
    const facts = await factsOfVersion(tx, policy);
    const read = readRule({ facts, then: fieldsOf(thenSchemas[policy.kind]) }, fields, row.rule);
    // An override stays the rule that it overrides; any other row keeps the id that nobody typed over.
    const typedId = textOf(read['id']);
    const id = row.standing === 'override' || typedId === '' ? row.id : typedId;
    const written = { rule: { ...read, id }, reason: body.why ?? '' };
    await save(tx, policy, {
      body: replaceRule(policy.scope.layer, policy.body, row.at, written),
      expectedRevision: body.revision,
    });
    const isDone = given(fields['do']) === 'done';
    return {
      to: isDone ? `/staff/policies/${policy.id}` : rowHref(policy.id, id),
      flash: isDone ? `Saved: ${textOf(read['title'])}.` : 'Saved and checked.',
    };
  },
});

/** What the buttons beside a row do: another place, away, or another standing to the layers below. */
const rowsForm = defineForm({
  path: '/staff/policies/:id/rows',
  auth: { permission: 'policy.edit' },
  params: draftOf,
  body: { revision, do: z.string().max(100), why: line(500).optional() },
  page: rowPage,
  handle: async ({ tx, params, body }) => {
    const policy = await readPolicy(tx, params.id);
    const { layer } = policy.scope;
    const rows = await rowsOf(tx, policy);
    const [verb = '', id = ''] = body.do.split(/:(.*)/s);
    const finish = async (changed: Loose, to: string, flash: string) => {
      await save(tx, policy, { body: changed, expectedRevision: body.revision });
      return { to, flash };
    };
    const home = `/staff/policies/${policy.id}`;
    if (verb === 'add') {
      const added = freeRowId(rows);
      const changed = changeRows(layer, policy.body, { do: 'add', id: added, before: id });
      return finish(changed, rowHref(policy.id, added), 'A new row, to be filled in.');
    }
    const row = rowOf(rows, id);
    if (verb === 'override') {
      const changed = changeRows(layer, policy.body, { do: 'override', id, rule: row.rule });
      return finish(changed, rowHref(policy.id, id), 'Overridden here; say why, and change it.');
    }
    if (verb === 'off') {
      if (body.why === undefined)
        throw malformed('A rule is switched off for a reason.', [
          { pointer: '/body/why', detail: 'is required' },
        ]);
      const changed = changeRows(layer, policy.body, { do: 'off', id, reason: body.why });
      return finish(changed, rowHref(policy.id, id), 'Switched off here.');
    }
    if (verb !== 'up' && verb !== 'down' && verb !== 'remove')
      throw malformed('There is no such button.', [
        { pointer: '/body/do', detail: 'is not known here' },
      ]);
    if (row.at === null) throw conflict('row_inherited', 'It belongs to a layer below.');
    const changed = changeRows(layer, policy.body, { do: verb, at: row.at });
    const isInherited = verb === 'remove' && row.below !== null;
    const to = isInherited ? rowHref(policy.id, id) : home;
    return finish(
      changed,
      to,
      verb === 'remove' ? (isInherited ? 'Inherited again.' : 'Removed.') : 'Moved.',
    );
  },
});

export const policyRowPages = [rowPage, rowForm, rowsForm];
