import { money } from '../../../domain/money';
import {
  type AccountChanges,
  type AccountReading,
  type CreateAccountRequest,
} from '../../../domain/trading/account';
import {
  type AccountLookup,
  type CreateAccountOutcome,
  type Refused,
  type WriteOutcome,
} from '../../../domain/trading/outcome';
import { toUtcIso } from '../../../domain/trading/server-clock';
import { isToken, matchToken, tokenOf, tokensIn } from '../../../domain/trading/token';
import { type Fields, orNull, record } from '../fields';
import { notSent, unknown, unread } from '../outcomes';
import { type FindAccountRequest, type SetPasswordRequest } from '../port';
import { accessOf, defaultFlags, withAccess, withRights } from './access';
import { type Mt4Context } from './context';
import { acceptsPassword, generatePassword } from './password';
import { type WriteReply } from './session';
import { floatingMinor, minorOf, moment, requiredId, text, whole } from './wire';

const invalidData = 3;

/**
 * Makes a log-in. Its external id and its comment carry the token of our account id, by which a lost answer is
 * found. MT4 has no code for a used-up range: what it refuses in a checked record is taken for that.
 */
export async function createAccount(
  context: Mt4Context,
  request: CreateAccountRequest,
): Promise<CreateAccountOutcome> {
  const obstacle = await obstacleTo(context, request);
  if (obstacle !== null) return obstacle;
  const token = tokenOf(request.accountId);
  const given =
    request.rights === undefined ? defaultFlags : withRights(defaultFlags, request.rights);
  const reply = await context.session.write({
    method: 'POST',
    path: ['UserRecordNew'],
    body: {
      login: Number(request.login ?? '0'),
      group: request.group,
      name: `${request.firstName} ${request.lastName}`.trim(),
      email: request.email,
      phone: request.phone ?? '',
      country: request.country ?? '',
      leverage: request.leverage,
      externalId: token,
      comment: token,
      enableFlags: request.access === undefined ? given : withAccess(given, request.access),
      sendReports: request.rights?.includes('reports') === false ? 0 : 1,
    },
  });
  if (reply.kind === 'refused' && reply.platformCode === invalidData && !request.login) {
    return {
      ...reply,
      code: 'LOGIN_RANGE_EXHAUSTED',
      reason: `${reply.reason}: no free log-in, or a record that it does not take`,
    };
  }
  if (reply.kind !== 'done') return reply;
  const login = orNull(() => requiredId(record(reply.data, 'the user'), 'login'));
  if (login === null) return unknown('the server says done and names no log-in', 0);
  await giveRandomPasswords(context, login);
  return { kind: 'done', login };
}

/** A log-in without a password lets nobody in, so a failure here is no failure of the account. */
async function giveRandomPasswords(context: Mt4Context, login: string): Promise<void> {
  for (const kind of ['main', 'investor'] as const) {
    await setPassword(context, { login, kind, password: generatePassword() });
  }
}

/** Looks through the group for the log-in that carries the account's token. Never throws. */
export async function findAccount(
  context: Mt4Context,
  request: FindAccountRequest,
): Promise<AccountLookup> {
  const token = tokenOf(request.accountId);
  try {
    const users = await context.users();
    const ours = users.filter(
      (user) =>
        text(user, 'group') === request.group &&
        ['externalId', 'comment'].some((name) => matchToken(text(user, name), token) === 'whole'),
    );
    const logins = ours.map((user) => requiredId(user, 'login'));
    const [login, ...others] = logins;
    if (login === undefined) return { kind: 'absent' };
    if (others.length > 0) {
      return { kind: 'ambiguous', reason: 'more than one log-in carries the account', logins };
    }
    return { kind: 'found', login, group: request.group };
  } catch (error) {
    return { kind: 'error', reason: error instanceof Error ? error.message : 'unknown error' };
  }
}

/** Changes the named fields and no other: the bridge reads, merges and writes the record. */
export async function updateAccount(
  context: Mt4Context,
  login: string,
  changes: AccountChanges,
): Promise<WriteOutcome> {
  if (changes.access?.closeOnly === true) {
    return notSent('INVALID_PARAMETERS', 'closing alone is what a group allows, not a log-in');
  }
  let body: Record<string, string | number>;
  try {
    const user = await context.user(login);
    if (user === null) return notSent('NOT_FOUND', `there is no log-in ${login}`);
    if (changes.group !== undefined) {
      const obstacle = await obstacleToMove(context, text(user, 'group'), changes.group);
      if (obstacle !== null) return obstacle;
    }
    body = changed(user, changes);
  } catch (error) {
    return unread(error);
  }
  if (Object.keys(body).length === 0) return { kind: 'done' };
  const reply = await context.session.write({ method: 'PATCH', path: ['UserRecord', login], body });
  context.forgetLogin(login);
  return plain(reply);
}

/** A log-in with its money; null when the server has none. */
export async function readAccount(
  context: Mt4Context,
  login: string,
): Promise<AccountReading | null> {
  const user = await context.user(login);
  if (user === null) return null;
  const group = text(user, 'group');
  const currency = await context.currencyOfGroup(group);
  const answer = await context.session.readOrNull({ path: ['MarginLevelRequest', login] });
  if (answer === null) return null;
  const margin = record(answer.data, 'the margin');
  const clock = await context.clock();
  const balance = minorOf(user, 'balance', currency);
  const credit = minorOf(user, 'credit', currency);
  const equity = floatingMinor(margin, 'equity', currency);
  const at = (name: string): string | null => {
    const serverMsc = moment(user, name);
    return serverMsc === 0 ? null : toUtcIso(clock, serverMsc);
  };
  return {
    login,
    group,
    currency,
    leverage: whole(user, 'leverage'),
    access: accessOf(whole(user, 'enableFlags')),
    accountToken: tokenOn(user),
    balance: money(balance, currency),
    credit: money(credit, currency),
    // Equity and balance of one instant: those of the margin record.
    floating: money(equity - floatingMinor(margin, 'balance', currency) - credit, currency),
    equity: money(equity, currency),
    margin: money(floatingMinor(margin, 'margin', currency), currency),
    marginFree: money(floatingMinor(margin, 'free', currency), currency),
    registeredAt: at('registrationDate'),
    lastAccessAt: at('lastDate'),
  };
}

/** Sets a password; it travels in the body only. Refuses unsent what the policy would not take. */
export async function setPassword(
  context: Mt4Context,
  request: SetPasswordRequest,
): Promise<WriteOutcome> {
  if (!acceptsPassword(request.password)) {
    return notSent(
      'PASSWORD_REJECTED',
      '8 to 15 characters with small letters, capitals and digits are asked for',
    );
  }
  if (!/^\d{1,10}$/.test(request.login)) return notSent('NOT_FOUND', 'there is no such log-in');
  const reply = await context.session.write({
    method: 'POST',
    path: ['UserPasswordSet', request.login],
    query: { changeInvestor: String(request.kind === 'investor') },
    body: request.password,
  });
  return reply.kind === 'refused' && reply.platformCode === invalidData
    ? { ...reply, code: 'PASSWORD_REJECTED' }
    : plain(reply);
}

function plain(reply: WriteReply): WriteOutcome {
  return reply.kind === 'done' ? { kind: 'done' } : reply;
}

/** MT4 names few reasons, so what can be known is looked at before a log-in is asked for. */
async function obstacleTo(
  context: Mt4Context,
  request: CreateAccountRequest,
): Promise<Refused | null> {
  try {
    if (!(await context.groups()).has(request.group)) {
      return notSent('NOT_FOUND', `there is no group ${request.group}`);
    }
    if (request.login === undefined) return null;
    return (await context.user(request.login)) === null
      ? null
      : notSent('ALREADY_EXISTS', `log-in ${request.login} is taken`);
  } catch (error) {
    return unread(error);
  }
}

/** MT4 itself would move an account to a group of another currency, and every amount would change its meaning. */
async function obstacleToMove(
  context: Mt4Context,
  from: string,
  to: string,
): Promise<Refused | null> {
  if (!(await context.groups()).has(to)) return notSent('NOT_FOUND', `there is no group ${to}`);
  const [currency, other] = [
    await context.currencyOfGroup(from),
    await context.currencyOfGroup(to),
  ];
  if (currency === other) return null;
  return notSent('OTHER_CURRENCY', `the account is in ${currency}, the group in ${other}`);
}

function changed(user: Fields, changes: AccountChanges): Record<string, string | number> {
  const body: Record<string, string | number> = {};
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) body[name] = value;
  };
  set('group', changes.group);
  set('leverage', changes.leverage);
  set('email', changes.email);
  set('phone', changes.phone);
  set('country', changes.country);
  if (changes.firstName !== undefined || changes.lastName !== undefined) {
    // MT4 keeps one name; its first word is the first name.
    const [first = '', ...rest] = text(user, 'name').split(' ');
    const names = [changes.firstName ?? first, changes.lastName ?? rest.join(' ')];
    set('name', names.join(' ').trim());
  }
  if (changes.access !== undefined) {
    const bits = whole(user, 'enableFlags');
    const wanted = withAccess(bits, changes.access);
    if (wanted !== bits) set('enableFlags', wanted);
  }
  return body;
}

function tokenOn(user: Fields): string {
  const externalId = text(user, 'externalId');
  if (isToken(externalId)) return externalId;
  return tokensIn(text(user, 'comment'))[0] ?? externalId;
}
