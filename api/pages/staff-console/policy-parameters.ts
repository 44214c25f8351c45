import { z } from 'zod';
import { parameterRecord } from '../../../domain/policy/body';
import { parameterSchemas } from '../../../domain/policy/body.schema';
import { readFields, valueInWords } from '../../../domain/policy/edit/field-form';
import { type Field, fieldsOf, labelOf } from '../../../domain/policy/edit/fields';
import { given, listOf, looseOf, textOf } from '../../../domain/policy/edit/loose';
import { changeParameter, parameterChange } from '../../../domain/policy/edit/rows';
import { policyKinds } from '../../../domain/policy/kinds/registry';
import { malformed } from '../../../domain/problem';
import type { Tx } from '../../../db/connection';
import { checkDraft } from '../../../db/policy-check';
import { policyBelow } from '../../../db/policy-layers';
import { editPolicy, readPolicy, type StoredPolicy } from '../../../db/policy-versions';
import { jsonOf } from '../../input';
import { idOf, jsonObject, line } from '../../schemas';
import { defineForm, definePage } from '../page';
import { address } from './lists';
import { showFields } from './policy-fields';
import { plainExample } from './policy-plan';

const prefix = 'parameters';

export interface ShownParameter {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** What the layers below say, when this one says otherwise. */
  readonly below: string | undefined;
  readonly why: string;
  readonly href: string;
}

/** The parameters of a version, each with what it is here and, in an overlay, what it is below. */
export async function showParameters(tx: Tx, policy: StoredPolicy): Promise<ShownParameter[]> {
  const below = await belowOf(tx, policy);
  return fieldsOf(parameterSchemas[policy.kind]).map(({ name, label }) => {
    const change = parameterChange(policy.body, name);
    const own = looseOf(policy.body['parameters'])[name];
    const isBase = policy.scope.layer === 'base';
    return {
      name,
      label,
      value: valueInWords(isBase ? own : change ? change['value'] : below[name]),
      below: change ? valueInWords(below[name]) : undefined,
      why: textOf(change?.['reason']),
      href: address(`/staff/policies/${policy.id}/parameters`, isBase ? {} : { name }),
    };
  });
}

async function belowOf(tx: Tx, policy: StoredPolicy) {
  const below = await policyBelow(tx, policy.kind, policy.scope);
  return parameterRecord(below?.parameters);
}

/** The typed parameters of a base with its title and required facts, or one parameter of an overlay. */
const parametersPage = definePage({
  path: '/staff/policies/:id/parameters',
  auth: { permission: 'policy.edit' },
  params: { id: idOf('policyVersion') },
  query: { name: z.string().max(80).optional() },
  handle: async ({ tx, params, query, typed }) => {
    const policy = await readPolicy(tx, params.id);
    const all = fieldsOf(parameterSchemas[policy.kind]);
    const isBase = policy.scope.layer === 'base';
    const name = given(typed?.['name']) ?? query.name;
    const chosen = isBase ? all : all.filter((field) => field.name === name).slice(0, 1);
    const below = isBase ? {} : await belowOf(tx, policy);
    const change = name === undefined ? undefined : parameterChange(policy.body, name);
    const present = isBase
      ? looseOf(policy.body['parameters'])
      : { [name ?? '']: change ? change['value'] : below[name ?? ''] };
    const value = typed === undefined ? present : readFields(chosen, prefix, typed);
    const problems = await checkDraft(tx, policy);
    const required = typed ? listOf(typed['requires']) : listOf(policy.body['requires']);
    return {
      view: 'staff/policy-parameters',
      title: isBase ? 'Parameters' : `Parameter ${labelOf(name ?? '')}`,
      data: {
        policy,
        kindTitle: policyKinds[policy.kind].title,
        isOpen: policy.state === 'draft' || policy.state === 'submitted',
        isBase,
        name,
        bodyTitle: given(typed?.['title']) ?? textOf(policy.body['title']),
        fields: showFields(chosen, prefix, value),
        isChanged: change !== undefined,
        why: given(typed?.['why']) ?? textOf(change?.['reason']),
        belowWords: isBase || name === undefined ? undefined : valueInWords(below[name]),
        asked: policy.kind === 'partner.plan' ? plainExample : undefined,
        others: isBase ? [] : await showParameters(tx, policy),
        facts: Object.entries(policyKinds[policy.kind].facts).map(([id, { label }]) => ({
          value: id,
          label,
          chosen: required.includes(id),
          always: policyKinds[policy.kind].required.includes(id),
        })),
        problems: problems.filter(
          ({ pointer }) => pointer.startsWith('/parameters') || pointer.startsWith('/requires'),
        ),
      },
    };
  },
});

const parametersForm = defineForm({
  path: '/staff/policies/:id/parameters',
  auth: { permission: 'policy.edit' },
  params: { id: idOf('policyVersion') },
  body: {
    revision: z.coerce.number().int(),
    name: z.string().max(80).optional(),
    title: line(200).optional(),
    why: line(500).optional(),
    do: z.enum(['save', 'inherit']).default('save'),
  },
  page: parametersPage,
  handle: async ({ tx, params, body, fields }) => {
    const policy = await readPolicy(tx, params.id);
    const all = fieldsOf(parameterSchemas[policy.kind]);
    const changed =
      policy.scope.layer === 'base'
        ? baseOf(policy, all, fields)
        : overlayOf(policy, all, { ...body, fields });
    const title = body.title ?? textOf(policy.body['title']);
    await editPolicy(tx, policy.id, {
      body: jsonObject.parse(jsonOf({ ...changed, title })),
      note: policy.note,
      expectedRevision: body.revision,
    });
    return {
      to: address(`/staff/policies/${policy.id}/parameters`, { name: body.name }),
      flash: body.do === 'inherit' ? 'Inherited again.' : 'Saved and checked.',
    };
  },
});

function baseOf(
  policy: StoredPolicy,
  all: readonly Field[],
  fields: Readonly<Record<string, unknown>>,
) {
  const typed = fields['requires'];
  const requires = (Array.isArray(typed) ? typed : [typed]).map(textOf).filter(Boolean);
  const { requires: _, ...rest } = policy.body;
  return {
    ...rest,
    parameters: readFields(all, prefix, fields),
    ...(requires.length === 0 ? {} : { requires }),
  };
}

function overlayOf(
  policy: StoredPolicy,
  all: readonly Field[],
  of: {
    readonly name?: string | undefined;
    readonly why?: string | undefined;
    readonly do: 'save' | 'inherit';
    readonly fields: Readonly<Record<string, unknown>>;
  },
) {
  const field = all.find(({ name }) => name === of.name);
  if (field === undefined)
    throw malformed('There is no such parameter.', [
      { pointer: '/body/name', detail: 'is not a parameter of this kind' },
    ]);
  const value = readFields([field], prefix, of.fields)[field.name];
  return changeParameter(
    policy.body,
    field.name,
    of.do === 'inherit' ? undefined : { value, reason: of.why ?? '' },
  );
}

export const policyParameterPages = [parametersPage, parametersForm];
