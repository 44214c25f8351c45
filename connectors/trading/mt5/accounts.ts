import { money, parseAmount } from '../../../domain/money';
import {
  type AccountChanges,
  type AccountReading,
  type CreateAccountRequest,
} from '../../../domain/trading/account';
import {
  type AccountLookup,
  type CreateAccountOutcome,
  type WriteOutcome,
} from '../../../domain/trading/outcome';
import { toUtcIso } from '../../../domain/trading/server-clock';
import { matchToken, tokenOf } from '../../../domain/trading/token';
import { type Fields, list, orNull, plainFields, record } from '../fields';
import { notSent, unknown, unread } from '../outcomes';
import { type FindAccountRequest, PlatformUnavailable, type SetPasswordRequest } from '../port';
import { type Mt5Context } from './context';
import { acceptsPassword, generatePassword } from './password';
import { accessOf, defaultRights, withAccess, withRights } from './rights';
import { count, idOrNull, integer, requiredDecimal, text } from './wire';
import { classifyWrite } from './write-outcome';

/** Log-ins travel in the query. */
const usersPerRequest = 200;

/** What the server computes, and what `user/update` must not be told. */
const computed: ReadonlySet<string> = new Set([
  'Registration',
  'LastAccess',
  'LastIP',
  'LastPassChange',
  'Balance',
  'Credit',
  'InterestRate',
  'CommissionDaily',
  'CommissionMonthly',
  'BalancePrevDay',
  'BalancePrevMonth',
  'EquityPrevDay',
  'EquityPrevMonth',
]);

/**
 * Makes a log-in. `Account` carries the token of our account id, by which a lost answer is found.
 * MT5 3002 is LOGIN_RANGE_EXHAUSTED. Both passwords are random and forgotten at once.
 */
export async function createAccount(
  context: Mt5Context,
  request: CreateAccountRequest,
): Promise<CreateAccountOutcome> {
  const given =
    request.rights === undefined ? defaultRights : withRights(defaultRights, request.rights);
  const bits = request.access === undefined ? given : withAccess(given, request.access);
  const reply = await context.session.write({
    path: '/api/user/add',
    body: {
      Login: request.login ?? '0',
      Group: request.group,
      Leverage: String(request.leverage),
      Rights: bits.toString(),
      Name: `${request.firstName} ${request.lastName}`.trim(),
      FirstName: request.firstName,
      LastName: request.lastName,
      Email: request.email,
      Phone: request.phone ?? '',
      Country: request.country ?? '',
      Account: tokenOf(request.accountId),
      PassMain: generatePassword(),
      PassInvestor: generatePassword(),
    },
  });
  const outcome = classifyWrite(reply);
  if (outcome.kind !== 'done') return outcome;
  const login = orNull(() => idOrNull(record(outcome.answer, 'the answer'), 'Login'));
  return login === null
    ? unknown('the server says done and names no log-in', 0)
    : { kind: 'done', login };
}

/** Looks through the group for the log-in that carries the account's token. Never throws. */
export async function findAccount(
  context: Mt5Context,
  request: FindAccountRequest,
): Promise<AccountLookup> {
  const token = tokenOf(request.accountId);
  try {
    const users = await usersOfGroup(context, request.group);
    const ours = users.filter((user) => matchToken(text(user, 'Account'), token) === 'whole');
    const logins = ours.map((user) => integer(user, 'Login').toString());
    const [login, ...others] = logins;
    if (login === undefined) return { kind: 'absent' };
    if (others.length > 0) {
      return { kind: 'ambiguous', reason: 'more than one log-in carries the account', logins };
    }
    return { kind: 'found', login, group: text(ours[0] ?? {}, 'Group') };
  } catch (error) {
    return { kind: 'error', reason: error instanceof Error ? error.message : 'unknown error' };
  }
}

/** All users of a group, counted twice: a user left out here would be made a second time. */
async function usersOfGroup(context: Mt5Context, group: string): Promise<Fields[]> {
  const answer = await context.answerOrNull({ path: '/api/user/logins', query: { group } });
  const logins = answer === null ? [] : list(answer, 'the log-ins');
  const users: Fields[] = [];
  for (let at = 0; at < logins.length; at += usersPerRequest) {
    const login = logins.slice(at, at + usersPerRequest).join(',');
    const batch = await context.answer({ path: '/api/user/get_batch', query: { login } });
    users.push(...list(batch, 'the users').map((row) => record(row, 'a user')));
  }
  if (users.length !== logins.length) {
    throw new PlatformUnavailable('the group changed while it was read');
  }
  return users;
}

/** Reads the record, changes it and sends all of it, since `user/update` replaces the record. */
export async function updateAccount(
  context: Mt5Context,
  login: string,
  changes: AccountChanges,
): Promise<WriteOutcome> {
  if (changes.access?.closeOnly === true) {
    return notSent('INVALID_PARAMETERS', 'closing alone is what a group allows, not a log-in');
  }
  return await context.session.exclusive(async (exchange): Promise<WriteOutcome> => {
    let user: Fields | null;
    try {
      user = await context.user(login, exchange);
    } catch (error) {
      return unread(error);
    }
    if (user === null) return notSent('NOT_FOUND', `there is no log-in ${login}`);
    const reply = await exchange.write({ path: '/api/user/update', body: changed(user, changes) });
    context.forgetLogin(login);
    const outcome = classifyWrite(reply);
    return outcome.kind === 'done' ? { kind: 'done' } : outcome;
  });
}

/** A log-in with its money; null when the server has none. */
export async function readAccount(
  context: Mt5Context,
  login: string,
): Promise<AccountReading | null> {
  const user = await context.user(login);
  if (user === null) return null;
  const currency = await context.currencyOfGroup(text(user, 'Group'));
  const query = { login };
  const answer = await context.answerOrNull({ path: '/api/user/account/get', query });
  if (answer === null) return null;
  const account = record(answer, 'an account');
  const clock = await context.clock();
  const amount = (name: string) =>
    money(parseAmount(requiredDecimal(account, name), currency), currency);
  const moment = (name: string): string | null => {
    const seconds = count(user, name);
    return seconds === 0 ? null : toUtcIso(clock, seconds * 1000);
  };
  return {
    login,
    group: text(user, 'Group'),
    currency,
    leverage: count(user, 'Leverage'),
    access: accessOf(integer(user, 'Rights')),
    accountToken: text(user, 'Account'),
    balance: amount('Balance'),
    credit: amount('Credit'),
    floating: amount('Floating'),
    equity: amount('Equity'),
    margin: amount('Margin'),
    marginFree: amount('MarginFree'),
    registeredAt: moment('Registration'),
    lastAccessAt: moment('LastAccess'),
  };
}

/** Sets a password; it travels in the body only. Refuses unsent what the policy would not take. */
export async function setPassword(
  context: Mt5Context,
  request: SetPasswordRequest,
): Promise<WriteOutcome> {
  if (!acceptsPassword(request.password)) {
    return notSent('PASSWORD_REJECTED', '8 to 16 characters of four classes are asked for');
  }
  const reply = await context.session.write({
    path: '/api/user/change_password',
    body: { Login: request.login, Type: request.kind, Password: request.password },
  });
  const outcome = classifyWrite(reply);
  return outcome.kind === 'done' ? { kind: 'done' } : outcome;
}

function changed(user: Fields, changes: AccountChanges): Record<string, string> {
  const body = plainFields(user);
  for (const name of computed) delete body[name];
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) body[name] = String(value);
  };
  set('Group', changes.group);
  set('Leverage', changes.leverage);
  set('FirstName', changes.firstName);
  set('LastName', changes.lastName);
  if (changes.firstName !== undefined || changes.lastName !== undefined) {
    set('Name', `${body.FirstName ?? ''} ${body.LastName ?? ''}`.trim());
  }
  set('Email', changes.email);
  set('Phone', changes.phone);
  set('Country', changes.country);
  if (changes.access !== undefined) {
    set('Rights', withAccess(integer(user, 'Rights'), changes.access).toString());
  }
  return body;
}
