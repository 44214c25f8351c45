import { z } from 'zod';
import { problemsOfShape, repeatedIn, type PlanProblem } from '../plan-problem';
import { labelOf } from '../policy/edit/fields';
import { entityPlanSchema } from './plan';

const { legalName, licence, currencies, brand } = entityPlanSchema.shape;

/** What of an entity that is there can be changed. Countries, groups and leverage are rows of policies. */
export const entityEditSchema = z.strictObject({
  legalName,
  regulator: z.string().trim().max(120).exactOptional(),
  licence,
  currencies,
  brand,
});
export type EntityEdit = z.output<typeof entityEditSchema>;

export type ReadEdit =
  | { readonly ok: true; readonly edit: EntityEdit }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Reads an edit from outside: its shape, and nothing said twice. */
export function readEdit(given: unknown): ReadEdit {
  const parsed = entityEditSchema.safeParse(given);
  if (!parsed.success) return { ok: false, problems: problemsOfShape(parsed.error) };
  const twice = repeatedIn(parsed.data.currencies, (at) => `/currencies/${at}`);
  return twice.length > 0 ? { ok: false, problems: twice } : { ok: true, edit: parsed.data };
}

/** One field that an edit changes, in words. */
export interface EntityChange {
  /** `brand.name`. */
  readonly field: string;
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** What differs, in the order of the form. */
export function changesOf(before: EntityEdit, after: EntityEdit): EntityChange[] {
  const [was, becomes] = [wordsOf(before), wordsOf(after)];
  return Object.keys(becomes).flatMap((field): EntityChange[] => {
    const [old = '', next = ''] = [was[field], becomes[field]];
    const label = field.split('.').map(labelOf).join(': ');
    return old === next ? [] : [{ field, label, before: old, after: next }];
  });
}

function wordsOf(edit: EntityEdit): Readonly<Record<string, string>> {
  return {
    legalName: edit.legalName,
    regulator: edit.regulator ?? '',
    licence: edit.licence,
    currencies: edit.currencies.join(', '),
    ...Object.fromEntries(
      Object.entries(edit.brand).map(([name, value]) => [`brand.${name}`, value]),
    ),
  };
}
