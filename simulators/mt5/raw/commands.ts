import { COMMANDS } from '../desk';

const SESSION = ['auth/start', 'auth/answer', 'quit'];

/** Names that are not the path in capitals, beside the one that is. */
const OTHER_NAMES: Record<string, string> = {
  USER_PASS_CHANGE: 'user/change_password',
  USER_PASS_CHECK: 'user/check_password',
};

/** `USER_ACCOUNT_GET` → `user/account/get`. */
const PATHS: ReadonlyMap<string, string> = new Map([
  ...[...SESSION, ...COMMANDS.keys()].map((path): [string, string] => [rawName(path), path]),
  ...Object.entries(OTHER_NAMES),
]);

/** The path of a raw command; empty for an unknown one, which is for the desk to refuse. */
export function pathOf(name: string): string {
  return PATHS.get(name.toUpperCase()) ?? '';
}

/** Answers of one value stand in the first line here, and no JSON follows. */
const IN_FIRST_LINE: ReadonlySet<string> = new Set([
  'time/server',
  'trade/balance',
  'user/total',
  'user/group',
  'group/total',
  'symbol/total',
  'deal/get_total',
  'position/get_total',
  'order/get_total',
  'history/get_total',
]);

export function standsInFirstLine(path: string): boolean {
  return IN_FIRST_LINE.has(path);
}

function rawName(path: string): string {
  return path.toUpperCase().replaceAll('/', '_');
}
