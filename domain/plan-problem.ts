import type { z } from 'zod';
import type { Field } from './policy/edit/fields';

/** Something in a plan that somebody filled in and that cannot be, at its field: `/countries/2`. */
export interface PlanProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** Everything that a plan's schema does not take. Which of several says the place, and nothing what was typed. */
export function problemsOfShape(error: z.ZodError): PlanProblem[] {
  return error.issues.map((issue) => ({
    pointer: issue.path.map((part) => `/${String(part)}`).join(''),
    detail: wordsOfIssue(issue),
  }));
}

/** What a schema says against a value, to be read after the name of its field. */
export function wordsOfIssue(issue: z.core.$ZodIssue): string {
  const isMissing = issue.code === 'invalid_type' && /received undefined/.test(issue.message);
  if (isMissing) return 'is required';
  return issue.message.replace(/^Invalid (input|option): /, '');
}

/** Values that stand in a list for a second time. */
export function repeatedIn(
  values: readonly string[],
  pointer: (at: number) => string,
): PlanProblem[] {
  return values.flatMap((value, at) =>
    values.indexOf(value) < at
      ? [{ pointer: pointer(at), detail: 'says the same as one before it' }]
      : [],
  );
}

export interface PlaceOfProblem {
  /** As the form calls it, counted from one: `currencies 3`, `texts 1 title`. */
  readonly label: string;
  /** Of the one thing to fill in, below the form’s own prefix: `texts.0.title`; undefined where it is about several. */
  readonly field: string | undefined;
}

/** Where in a form a problem is: a list of texts is filled in as one field, a row has a field for each of its parts. */
export function placeOfProblem(fields: readonly Field[], { pointer }: PlanProblem): PlaceOfProblem {
  const labels: string[] = [];
  const names: string[] = [];
  let within = fields;
  let isOne = false;
  for (const part of pointer.split('/').slice(1)) {
    const isRow = /^\d+$/.test(part);
    labels.push(
      isRow ? String(Number(part) + 1) : (within.find(({ name }) => name === part)?.label ?? part),
    );
    if (isOne) continue;
    names.push(part);
    if (isRow) continue;
    const field = within.find(({ name }) => name === part);
    within = field?.type === 'group' || field?.type === 'rows' ? field.fields : [];
    isOne = within.length === 0;
  }
  return { label: labels.join(' '), field: isOne ? names.join('.') : undefined };
}
