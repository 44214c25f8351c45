import { z } from 'zod';
import { pages } from '../../api/pages';
import type { Form, Page } from '../../api/pages/page';
import { leavesOf, type Field, type Schema } from './fields';

/** For tests only: the forms of all pages, and every field that somebody can fill in. */
export const forms: readonly Form[] = pages.filter((entry: Form | Page) => entry.kind === 'form');

export function fieldsOfForms(): Field[] {
  return forms.flatMap((form) =>
    fieldsOfForm(form).map((leaf) => ({ operation: `POST ${form.path}`, ...leaf })),
  );
}

export function fieldsOfForm({ body }: Form): { readonly path: string; readonly schema: Schema }[] {
  const leaves = (io: 'input' | 'output') => {
    const schema: unknown = z.toJSONSchema(body, { io, unrepresentable: 'any' });
    return leavesOf({ paths: {} }, schema as Schema);
  };
  // What a field is read into may be narrower than what can be typed: an amount.
  const narrower = new Map(leaves('output').map(({ path, schema }) => [path, schema]));
  return (
    leaves('input')
      // A field that may be there several times is sent under one name.
      .filter(({ path }) => !path.endsWith('[]'))
      .map(({ path, schema }) => {
        const read = narrower.get(path);
        return { path, schema: read?.type === undefined ? schema : read };
      })
  );
}
