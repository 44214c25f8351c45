import { list, text, until } from '../../cli/demo/http';
import { roles } from '../../domain/access/roles';
import { hashPassword } from '../../db/passwords';
import { createUser } from '../../db/users';
import type { House } from './house';
import type { Body } from './traveller';
import type { Visitor } from './visitor';

/** For tests only: a member of staff with every role, logged in through the API and at the pages. */
export interface Colleague {
  readonly who: string;
  readonly token: string;
  readonly visitor: Visitor;
}

/** Made by the machine's owner, as the first ones are. */
export async function gather(
  house: House,
  who: string,
  entities: readonly string[],
): Promise<Colleague> {
  const { markers } = house;
  const email = markers.email(`${who}: e-mail`);
  const password = markers.password(`${who}: password`);
  const name = `${markers.word(`${who}: name`)} Colleague`;
  const passwordHash = await hashPassword(password);
  await house.stage.system((tx) =>
    createUser(tx, { kind: 'staff', email, name, roles: [...roles], entities, passwordHash }),
  );
  const token = await logIn(house, { who, kind: 'staff', email, password });
  const visitor = house.visitor(who);
  await visitor.logIn('staff', email, password);
  return { who, token, visitor };
}

export interface LogIn {
  readonly who: string;
  readonly kind: 'staff' | 'client' | 'partner';
  readonly email: string;
  readonly password: string;
}

/** Logs in for a token; its label is somebody's own words, and the token itself is a secret. */
export async function logIn(house: House, { who, kind, email, password }: LogIn): Promise<string> {
  const name = house.markers.word(`${who}: label of a token`);
  const body = { kind, email, password, name };
  const token = text(await house.api.must('POST', '/api/v1/tokens', { body }), 'token');
  return house.markers.add(`${who}: token`, token, { isSecret: true });
}

/** What stands after `/links/` in the newest letter whose subject says so. */
export async function tokenOfLetter(house: House, email: string, words: string): Promise<string> {
  const letter = await house.mailbox.waitFor(email, words);
  const token = letter.links
    .map((link) => /\/links\/([A-Za-z0-9_-]{20,})/.exec(link)?.[1])
    .find((found) => found !== undefined);
  if (token === undefined) throw new Error(`no link in the letter "${letter.subject}"`);
  return token;
}

export async function setPasswordByLetter(
  house: House,
  { email, words, password }: { email: string; words: string; password: string },
): Promise<void> {
  const params = { token: await tokenOfLetter(house, email, words) };
  await house.api.must('GET', '/api/v1/links/{token}', { params });
  await house.api.must('POST', '/api/v1/links/{token}/password', { params, body: { password } });
}

/** Reads until the thing is in the state. */
export async function inState(
  house: House,
  template: string,
  { token, id = '', state }: { token: string; id?: string; state: string },
): Promise<void> {
  await until(
    `${template} to be ${state}`,
    async () => {
      const body = await house.api.must('GET', template, { token, params: { id } });
      return body['state'] === state ? true : undefined;
    },
    45_000,
  );
}

/** The open task of a kind about a subject. */
export async function taskAbout(
  house: House,
  { token }: Colleague,
  kind: string,
  subject: string,
): Promise<Body> {
  return until(
    `a task ${kind} about ${subject}`,
    async () => {
      const query = { view: 'all', kind, limit: '200' };
      const page = await house.api.must('GET', '/api/v1/tasks', { token, query });
      return list(page, 'data').find((task) => task['subject'] === subject);
    },
    45_000,
  );
}

/** The task of a kind among those of a case, whatever its subject is. */
export async function taskOfCase(
  house: House,
  { token }: Colleague,
  kind: string,
  caseId: string,
): Promise<Body> {
  return until(
    `a task ${kind} of ${caseId}`,
    async () => {
      const file = await house.api.must('GET', '/api/v1/kyc-cases/{id}', {
        token,
        params: { id: caseId },
      });
      return list(file, 'tasks').find((task) => task['kind'] === kind);
    },
    45_000,
  );
}

/** The id of the passport that a case is about now. */
export async function passportIn(
  { api }: House,
  { token }: Colleague,
  caseId: string,
): Promise<string> {
  const file = await api.must('GET', '/api/v1/kyc-cases/{id}', { token, params: { id: caseId } });
  const passport = list(file, 'documents').find(
    ({ kind, state }) => kind === 'passport' && state !== 'archived',
  );
  return text(passport ?? {}, 'id');
}

export interface Decided {
  readonly id: string;
  readonly decision: string;
  /** Reason code, before the words. */
  readonly code?: string;
}

/** Decides a task as it stands now, with words and a note that name people. */
export async function decide(
  house: House,
  { token, who }: Colleague,
  { id, decision, code = '' }: Decided,
): Promise<Body> {
  const { api, markers } = house;
  const task = await api.must('GET', '/api/v1/tasks/{id}', { token, params: { id } });
  return api.must('POST', '/api/v1/tasks/{id}/decision', {
    token,
    params: { id },
    body: {
      decision,
      reason: `${code} ${markers.word(`${who}: reason of ${decision}`)}`.trim(),
      note: `${markers.word(`${who}: note of ${decision}`)} said so`,
      expectedVersion: task['version'],
      contentHash: task['contentHash'],
    },
  });
}

/** The same on a page, by the form at the address. */
export async function decideOnPage(
  house: House,
  { token, who, visitor }: Colleague,
  {
    template,
    params,
    id,
    decision,
    code = '',
  }: Decided & { readonly template: string; readonly params: Readonly<Record<string, string>> },
): Promise<void> {
  const { api, markers } = house;
  const task = await api.must('GET', '/api/v1/tasks/{id}', { token, params: { id } });
  await visitor.submit(template, {
    params,
    fields: {
      decision,
      reason: `${code} ${markers.word(`${who}: reason of ${decision} on a page`)}`.trim(),
      note: `${markers.word(`${who}: note of ${decision} on a page`)} said so`,
      codes: markers.word(`${who}: code that is none`),
      version: String(task['version']),
      contentHash: String(task['contentHash']),
    },
  });
}

/** As many people approve as the task asks for. */
export async function approveAll(
  house: House,
  staff: readonly Colleague[],
  { kind, subject }: { readonly kind: string; readonly subject: string },
): Promise<void> {
  for (const colleague of staff) {
    const task = await taskAbout(house, colleague, kind, subject);
    const after = await decide(house, colleague, { id: text(task, 'id'), decision: 'approve' });
    if (after['state'] === 'decided') return;
  }
  throw new Error(`nobody is left to decide ${kind}`);
}
