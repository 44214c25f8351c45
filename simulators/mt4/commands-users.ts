import { lasts } from '../brokerage/faults';
import { digestPassword, passwordMatches } from '../brokerage/passwords';
import type { UserRecord } from '../brokerage/records';
import { Refusal } from '../brokerage/refusal';
import type { Command, CommandContext } from './command';
import { answered, Missing } from './envelope';
import {
  afterNumber,
  type Fields,
  fields,
  numberIn,
  numbersOf,
  pageOf,
  textOf,
  wholeOf,
} from './input';
import { userToWire } from './wire';

/** Enabled, and may change the password. */
const DEFAULT_FLAGS = 0x3;
const DEFAULT_LEVERAGE = 100;
const LEVERAGE_MAX = 3000;
const PASSWORD_MIN = 5;
const PASSWORD_MAX = 15;

/** The bridge's name of a text, the book's, and how many characters MT4 keeps. */
const TEXTS = [
  ['name', 'Name', 127],
  ['externalId', 'ID', 31],
  ['status', 'Status', 15],
  ['country', 'Country', 31],
  ['city', 'City', 31],
  ['state', 'State', 31],
  ['zipCode', 'ZIPCode', 15],
  ['address', 'Address', 95],
  ['leadSource', 'LeadSource', 31],
  ['phone', 'Phone', 31],
  ['email', 'Email', 47],
  ['comment', 'Comment', 63],
] as const;

/** `login` 0 takes the next of the range; passwords come afterwards by `UserPasswordSet`. */
function create(context: CommandContext): ReturnType<Command['run']> {
  const { exchange, now } = context;
  const { book } = exchange;
  const given = fields(context.body);
  const group = book.findGroup(textOf(given, 'group', 16) ?? '');
  if (!group) throw new Refusal('parameters');
  const asked = wholeOf(given, 'login') ?? 0;
  if (asked < 0) throw new Refusal('parameters');
  if (asked > 0 && book.loginIsUsed(asked)) throw new Refusal('exists');
  const blank: UserRecord = {
    login: asked > 0 ? asked : book.freeLogin(group.name),
    group: group.name,
    rights: DEFAULT_FLAGS,
    leverage: group.demoLeverage || DEFAULT_LEVERAGE,
    registration: Math.floor((now + exchange.offsetMs()) / 1000),
    texts: {},
    numbers: {},
    passwords: { main: '', investor: '' },
  };
  const user = changed(context, blank, given);
  book.commit([{ kind: 'user', user }]);
  return answered(userToWire(book, user));
}

/** Both ways to change a record: what is left out stays (PATCH), or is emptied (`UserRecordUpdate`). */
function change(context: CommandContext, replace: boolean): ReturnType<Command['run']> {
  const { book } = context.exchange;
  const known = userOf(context);
  const given = fields(context.body);
  const user = changed(context, replace ? { ...known, texts: {}, numbers: {} } : known, given);
  book.commit([{ kind: 'user', user }]);
  return answered(userToWire(book, user));
}

function changed({ exchange }: CommandContext, known: UserRecord, given: Fields): UserRecord {
  const { book } = exchange;
  const groupName = textOf(given, 'group', 16);
  const group = groupName === undefined ? book.findGroup(known.group) : book.findGroup(groupName);
  if (!group) throw new Refusal('parameters');
  if (group.currency !== book.findGroup(known.group)?.currency) throw new Refusal('other_currency');
  const leverage = wholeOf(given, 'leverage') ?? known.leverage;
  if (leverage < 1 || leverage > LEVERAGE_MAX) throw new Refusal('parameters');
  const texts = TEXTS.flatMap(([name, column, max]) => {
    const text = textOf(given, name, max);
    return text === undefined ? [] : [[column, text] as const];
  });
  const agent = wholeOf(given, 'agentAccount');
  const color = wholeOf(given, 'userColor');
  return {
    ...known,
    group: group.name,
    leverage,
    rights: wholeOf(given, 'enableFlags') ?? known.rights,
    texts: { ...known.texts, ...Object.fromEntries(texts) },
    numbers: {
      ...known.numbers,
      ...(agent === undefined ? {} : { Agent: agent }),
      ...(color === undefined ? {} : { Color: color }),
    },
  };
}

function setPassword(context: CommandContext): ReturnType<Command['run']> {
  const user = userOf(context);
  const { body, query } = context;
  const isTooStrict = lasts(context.exchange.book.faults, 'weak_password');
  if (typeof body !== 'string' || isTooStrict || !isStrong(body)) throw new Refusal('password');
  const kind = query.get('changeInvestor')?.toLowerCase() === 'true' ? 'investor' : 'main';
  const passwords = { ...user.passwords, [kind]: digestPassword(body) };
  context.exchange.book.commit([{ kind: 'user', user: { ...user, passwords } }]);
  return answered(true);
}

function checkPassword(context: CommandContext): ReturnType<Command['run']> {
  const { main } = userOf(context).passwords;
  const { body } = context;
  return answered(typeof body === 'string' && main !== '' && passwordMatches(body, main));
}

/** MT4 asks for 5 to 15 characters of at least two classes: small letters, capitals, digits. */
export function isStrong(password: string): boolean {
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(password)).length;
  return password.length >= PASSWORD_MIN && password.length <= PASSWORD_MAX && classes >= 2;
}

/** Stored balance and credit against what the visible records add up to, as one difference. Repairs nothing. */
function balanceCheck(context: CommandContext): ReturnType<Command['run']> {
  const { exchange, now } = context;
  const { login } = userOf(context);
  return answered({ login, diff: differenceOf(exchange.book, login, now) });
}

/** The batch leaves out the log-ins whose balance is right. */
function balanceChecks({ exchange, now, query }: CommandContext): ReturnType<Command['run']> {
  const { book } = exchange;
  const logins = numbersOf(query, 'logins').filter((login) => book.users.has(login));
  const differences = logins.map((login) => ({ login, diff: differenceOf(book, login, now) }));
  return answered(differences.filter(({ diff }) => diff !== 0));
}

function differenceOf(
  book: CommandContext['exchange']['book'],
  login: number,
  now: number,
): number {
  const minor = book.sumOfDeals(login, now).balanceMinor - book.holding(login).balanceMinor;
  return Number(minor) / 100;
}

const getOne: Command['run'] = (context) =>
  answered(userToWire(context.exchange.book, userOf(context)));

export const USER_COMMANDS: Record<string, Command> = {
  UserRecordNew: { method: 'POST', kind: 'change', run: create },
  UserRecordUpdate: {
    method: 'POST',
    kind: 'change',
    run: (context) => change(context, true),
  },
  UserRecord: { method: 'PATCH', kind: 'change', run: (context) => change(context, false) },
  UserRecordGet: { method: 'GET', kind: 'read', run: getOne },
  UserRecordRequest: { method: 'GET', kind: 'read', run: getOne },
  UserRecordsRequest: {
    method: 'GET',
    kind: 'read',
    run: ({ exchange, query }) => {
      const { book } = exchange;
      const asked = numbersOf(query, 'logins');
      const users = asked.flatMap((login) => book.users.get(login) ?? []);
      return answered(users.map((user) => userToWire(book, user)));
    },
  },
  UsersRequest: {
    method: 'GET',
    kind: 'read',
    run: ({ exchange, query }) => {
      const { book } = exchange;
      const users = [...book.users.values()].sort((left, right) => left.login - right.login);
      const page = pageOf(users, query, (user) => String(user.login), afterNumber);
      return answered(
        page.rows.map((user) => userToWire(book, user)),
        page.paging,
      );
    },
  },
  UserPasswordSet: { method: 'POST', kind: 'change', run: setPassword },
  UserPasswordCheck: { method: 'POST', kind: 'read', run: checkPassword },
  AdmBalanceCheck: {
    method: 'GET',
    kind: 'read',
    run: (context) => (context.args.length === 0 ? balanceChecks(context) : balanceCheck(context)),
  },
};

/** The user that the path names. */
export function userOf({ exchange, args }: CommandContext): UserRecord {
  const user = exchange.book.users.get(numberIn(args[0] ?? ''));
  if (!user) throw new Missing('there is no such account');
  return user;
}
