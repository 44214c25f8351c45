import { isPublic, kindsOf } from '../../api/auth/audience';
import type { Form } from '../../api/pages/page';
import { routes } from '../../api/routes';
import {
  leavesOf,
  operationsOf,
  withValueAt,
  type ApiDocument,
  type NamedOperation,
} from './fields';
import { fieldsOfForm, forms } from './forms';
import type { House } from './house';
import { idsOf, paramsOf, paramsOfPage, type Ids } from './ids';
import type { Cast } from './story';
import type { Sending } from './traveller';
import type { Visitor } from './visitor';

/** For tests only: something is wrong with every request, and somebody's data stand in it. */
export async function provoke(house: House, document: ApiDocument, cast: Cast): Promise<void> {
  const { staff, anna, partner } = cast;
  const tokens = { staff: staff[0].token, client: anna.token, partner: partner.token };
  const ids = await idsOf(house, anna.clientId);
  const requests = operationsOf(document).flatMap((operation) => {
    const params = paramsOf(operation, ids);
    return [
      ...wrongFields(house, document, operation),
      ...wrongAddresses(house, operation),
      ...wrongHeaders(house, operation),
    ].map((sending) => ({ operation, sending: { params, ...sending } }));
  });
  await inParallel(requests, async ({ operation, sending }) => {
    for (const kind of callersOf(operation))
      await house.api.send(operation.method, operation.path, { token: tokens[kind], ...sending });
  });
  await provokePages(house, cast, ids);
}

/** Who gets past the door; a stranger’s body is not even read. */
function callersOf({ method, path }: NamedOperation): readonly ('staff' | 'client' | 'partner')[] {
  const route = routes.find(
    (each) => each.method === method && each.path.replaceAll(/:(\w+)/g, '{$1}') === path,
  );
  if (!route) throw new Error(`there is no route ${method} ${path}`);
  return isPublic(route.auth) ? ['staff'] : [...kindsOf(route.auth)];
}

/** A marker in each field in turn, also as a thing of another kind, and bodies that cannot be read at all. */
function wrongFields(
  { markers }: House,
  document: ApiDocument,
  operation: NamedOperation,
): Sending[] {
  const { method, path, content, mediaType } = operation;
  if (content === undefined) return [];
  const leaves = leavesOf(document, content.schema).map((leaf) => ({
    ...leaf,
    text: markers.fitting(`wrong ${method} ${path} ${leaf.path}`, leaf.schema),
  }));
  if (mediaType === 'multipart/form-data') {
    return leaves.map((leaf) => ({ form: formOf(leaf) }));
  }
  const words = () => markers.word(`wrong ${method} ${path} body`);
  const bodies = [
    ...leaves.map((leaf) => withValueAt(content.example, leaf.path, leaf.text)),
    ...leaves.map((leaf) => withValueAt(content.example, leaf.path, [{ as: leaf.text }])),
    [words()],
    `{"name": "${words()}`,
    `"${words()}"`,
    `name=${words()}`,
  ];
  return bodies.map((body) => ({ body }));
}

function formOf({ path, text }: { readonly path: string; readonly text: string }): FormData {
  const form = new FormData();
  form.set('kind', 'passport');
  const file = path === 'file';
  form.set('file', new Blob([text]), file ? text : 'paper.png');
  if (!file) form.set(path, text);
  return form;
}

function wrongAddresses({ markers }: House, operation: NamedOperation): Sending[] {
  const { method, path, parameters = [] } = operation;
  const example = paramsOf(operation, new Map());
  return parameters.flatMap(({ name, in: place, schema = {} }): Sending[] => {
    const text = markers.fitting(`wrong ${method} ${path} ${place} ${name}`, schema);
    if (place === 'path') return [{ params: { ...example, [name]: text } }];
    return place === 'query' ? [{ query: { [name]: text } }] : [];
  });
}

function wrongHeaders({ markers }: House, { method, path }: NamedOperation): Sending[] {
  const word = (what: string) => markers.word(`wrong ${method} ${path} ${what}`);
  const headers = [
    { authorization: `Bearer ${word('token')}` },
    { cookie: `keelson=s%3A${word('session')}.${word('signature')}` },
    { 'idempotency-key': `${word('key')} with blanks`, 'if-match': `"${word('version')}"` },
    { 'content-type': `text/${word('media type')}` },
    { 'user-agent': word('program'), referer: `http://${word('page')}.example/` },
  ];
  const body = method === 'GET' ? {} : { body: '{}' };
  return headers.map((each) => ({ headers: each, ...body }));
}

/** Every form with a marker in all of its fields, and the log-in pages. */
async function provokePages(house: House, { staff, anna, partner }: Cast, ids: Ids): Promise<void> {
  const { markers } = house;
  const visitors: Readonly<Record<string, Visitor>> = {
    staff: staff[0].visitor,
    client: house.visitor(anna.alias),
    partner: house.visitor('partner'),
  };
  await visitors['client']?.logIn('client', anna.email, anna.password);
  await visitors['partner']?.logIn('partner', partner.email, partner.password);
  for (const form of forms) {
    const [kind = 'staff'] = kindsOf(form.auth);
    await visitors[kind]?.try(form.path, wrongForm(house, form, ids));
  }
  const nobody = house.visitor('nobody');
  for (const area of ['staff', 'client', 'partner']) {
    const email = markers.email(`nobody: e-mail at ${area}`);
    const password = markers.password(`nobody: password at ${area}`);
    await nobody.see(`/${area}/login`);
    await nobody.try(`/${area}/login`, { fields: { email, password } });
    await nobody.try(`/${area}/forgot`, { fields: { email: `${email} and more` } });
    await nobody.see(`/${area}/${markers.word(`nobody: address at ${area}`)}`);
    await nobody.see(`/links/${markers.word(`nobody: link at ${area}`)}`);
  }
  await staff[0].visitor.try('/staff/search', { fields: { text: markers.word('searched') } });
}

function wrongForm({ markers }: House, form: Form, ids: Ids) {
  const texts = fieldsOfForm(form).map(({ path, schema }) => {
    return [path, markers.fitting(`wrong POST ${form.path} ${path}`, schema)] as const;
  });
  const params = paramsOfPage(form, ids);
  const file = {
    bytes: Buffer.from('no picture'),
    name: markers.word(`wrong file of ${form.path}`),
  };
  return { params, fields: Object.fromEntries(texts), ...(form.upload ? { file } : {}) };
}

const atOnce = 6;

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const next = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}
