import { MalformedAnswer } from '../../fields';
import { type Call } from '../connection';
import { type Reply, readRetcode } from '../wire';
import { parseMessage, type RawMessage } from './line';

/** Commands whose raw name is not their path in capitals. */
const otherNames: Readonly<Record<string, string>> = {
  '/api/user/change_password': 'USER_PASS_CHANGE',
};

/** A record goes as JSON behind the line, since the line has no names for all of its fields. */
const records: ReadonlySet<string> = new Set(['/api/user/add', '/api/user/update']);

/** A call as a raw command: `/api/user/account/get` is USER_ACCOUNT_GET. */
export function rawCommand(call: Call): RawMessage {
  const name = otherNames[call.path] ?? rawName(call.path);
  const { query = {}, body = {} } = call;
  if (!records.has(call.path)) {
    return { name, fields: [...rawFields(query), ...rawFields(body)], body: '' };
  }
  const login = body.Login === undefined ? {} : { LOGIN: body.Login };
  return { name, fields: rawFields({ ...query, ...login }), body: JSON.stringify(body) };
}

/**
 * Reads an answer as REST would have given it: the JSON behind the line, or else the line's fields
 * (`TICKET` is `ticket`). Throws MalformedAnswer.
 */
export function parseRawReply(body: Buffer): Reply {
  const message = body.length % 2 === 0 ? parseMessage(body.toString('utf16le')) : null;
  if (message === null) throw new MalformedAnswer('the answer has no end');
  const fields = Object.fromEntries(
    message.fields.map(([name, value]) => [name.toLowerCase(), value]),
  );
  const { retcode, ...rest } = fields;
  return { retcode: readRetcode(retcode), answer: readJson(message.body) ?? rest };
}

function readJson(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedAnswer('the answer is no JSON');
  }
}

function rawName(path: string): string {
  return path
    .replace(/^\/api\//, '')
    .replaceAll('/', '_')
    .toUpperCase();
}

/** Names are in capitals here, and so are the words of TYPE (MANAGER, MAIN, INVESTOR). */
function rawFields(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).map(([name, value]) => {
    const field = name.toUpperCase();
    return [field, field === 'TYPE' ? value.toUpperCase() : value];
  });
}
