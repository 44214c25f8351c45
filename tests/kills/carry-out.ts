import { call, list, text, until } from '../../cli/demo/http';
import { decide, inState, taskAbout } from '../../cli/demo/money';
import { passwordLinkOf, setPlatformPassword } from '../../cli/demo/people';
import type { Staff } from '../../cli/demo/staff';
import type { Person, World } from '../../cli/demo/world';
import { offshoreGroups } from '../../domain/policy/defaults/account-groups';
import { addAccount, currency, type KnownAccount, type Trader } from './clients';
import type { GroupFor, Operation } from './operations';

/** For tests only: how one operation ended, in words that say the same in every run. */
export type Outcome = string;

const endMsMax = 240_000;

type Body = Readonly<Record<string, unknown>>;
type On<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>;

/** What one operation needs to know. */
interface Doing {
  readonly world: World;
  readonly staff: Staff;
  readonly trader: Trader;
}

/** One after another, as a client does it who waits for each answer; other clients work beside. */
export async function carryOut(doing: Doing, operations: readonly Operation[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const operation of operations) {
    outcomes.push(`${operation.kind}: ${await carryOutOne(doing, operation)}`);
  }
  return outcomes;
}

function carryOutOne(doing: Doing, operation: Operation): Promise<string> {
  if (operation.kind === 'open') return open(doing, operation);
  const account = doing.trader.accounts[operation.account];
  // It was to be opened, and policy did not open it.
  if (!account) return Promise.resolve('no such account');
  switch (operation.kind) {
    case 'to_account':
    case 'to_wallet':
      return transfer(doing, account, operation);
    case 'leverage':
      return holderAsks(doing, account, {
        kind: 'change_leverage',
        leverage: operation.leverage,
      });
    case 'type':
      return holderAsks(doing, account, {
        kind: 'change_type',
        accountType: operation.accountType,
      });
    case 'close':
      return holderAsks(doing, account, { kind: 'close' });
    case 'password':
      return setPassword(doing, account, operation.password);
    case 'migrate':
      return migrate(doing, account, operation);
    case 'group':
      return moveGroup(doing, account, operation.groupFor);
    case 'override': {
      const { leverage, isApproved } = operation;
      return houseAsks(doing, account, { ask: { kind: 'override', leverage }, isApproved });
    }
    case 'freeze':
      return freeze(doing, account);
  }
}

async function open({ world, trader }: Doing, { platform }: On<'open'>): Promise<string> {
  const { status, body } = await ask(world, trader.person, '/api/v1/accounts', {
    accountType: 'standard',
    currency,
    platform,
  });
  if (status >= 400) return String(body['code']);
  const id = text(body, 'id');
  addAccount(trader, id);
  const end = await inState(trader.person, pathOf({ id }), ['active', 'waiting'], endMsMax);
  return `${String(end['state'])} ${String(end['group'])} 1:${String(end['leverage'])}`;
}

async function transfer(
  { world, trader }: Doing,
  { id: accountId }: KnownAccount,
  { kind: direction, units }: On<'to_account' | 'to_wallet'>,
): Promise<string> {
  const amount = { amount: `${units}.00`, currency };
  const path = '/api/v1/transfers';
  const { status, body } = await ask(world, trader.person, path, { accountId, direction, amount });
  if (status >= 400) return `${amount.amount} ${String(body['code'])}`;
  const at = `${path}/${text(body, 'id')}`;
  const end = await inState(trader.person, at, ['done', 'refused'], endMsMax);
  return `${amount.amount} ${String(end['state'])} ${String(end['refusal'] ?? '')}`.trim();
}

async function holderAsks({ world, trader }: Doing, account: KnownAccount, asked: Body) {
  const { status, body } = await ask(world, trader.person, `${pathOf(account)}/requests`, asked);
  if (status >= 400) return String(body['code']);
  return endOf(await ended(trader.person, text(body, 'id')));
}

/** A colleague asks for what steps over the policy, and another one decides on it. */
async function houseAsks(
  { world, staff }: Doing,
  account: KnownAccount,
  { ask: asked, isApproved }: { readonly ask: Body; readonly isApproved: boolean },
): Promise<string> {
  const { status, body } = await ask(world, staff.operations, `${pathOf(account)}/requests`, {
    ...asked,
    reason: 'promised by the desk',
  });
  if (status >= 400) return String(body['code']);
  const id = text(body, 'id');
  const task = await taskAbout(staff.dealing, 'account_request', id);
  const decision = isApproved ? 'approve' : 'reject';
  await decide(staff.dealing, text(task, 'id'), decision, 'looked at');
  return `${decision} ${endOf(await ended(staff.operations, id))}`;
}

async function moveGroup(doing: Doing, account: KnownAccount, groupFor: GroupFor): Promise<string> {
  const { platform } = await doing.staff.operations.get(pathOf(account));
  const row = offshoreGroups.find(
    (each) => each.platform === platform && each.type === groupFor && each.currency === currency,
  );
  if (!row) throw new Error(`no group of ${String(platform)} is for ${groupFor}`);
  const { group } = row;
  return houseAsks(doing, account, { ask: { kind: 'move_group', group }, isApproved: true });
}

/** The place of the account is taken by the one that takes over. */
async function migrate(
  { world, trader }: Doing,
  account: KnownAccount,
  { platform, account: place }: On<'migrate'>,
): Promise<string> {
  const { status, body } = await ask(world, trader.person, `${pathOf(account)}/requests`, {
    kind: 'migrate',
    platform,
  });
  if (status >= 400) return String(body['code']);
  const request = await ended(trader.person, text(body, 'id'));
  if (request['state'] === 'done') addAccount(trader, text(request, 'targetAccountId'), place);
  return `${platform} ${endOf(request)}`;
}

async function setPassword(
  { world, trader: { person } }: Doing,
  account: KnownAccount,
  password: string,
): Promise<string> {
  const asked = await ask(world, person, `${pathOf(account)}/password-link`);
  if (asked.status >= 400) return String(asked.body['code']);
  await setPlatformPassword(
    person,
    await until('a letter with a link that works', async () => {
      const letter = await world.mailbox.waitFor(person.email, 'set the password of your account');
      const path = `/api/v1/links/${passwordLinkOf(letter)}`;
      const { status } = await world.anonymous('GET', path, undefined, [200, 404]);
      return status === 200 ? letter : undefined;
    }),
    password,
  );
  const state = await until(
    'the password to be set',
    async () => {
      const page = await person.get(`${pathOf(account)}/requests?kind=set_password&limit=1`);
      const last = String(list(page, 'data')[0]?.['state']);
      return ['done', 'refused'].includes(last) ? last : undefined;
    },
    endMsMax,
  );
  if (state === 'done') account.password = password;
  return state;
}

/** In force at once, then at the server; money does not move meanwhile; and then the other way round. */
async function freeze({ world, staff, trader }: Doing, account: KnownAccount): Promise<string> {
  const path = `/api/v1/clients/${trader.clientId}/restrictions`;
  const made = await staff.compliance1.post(path, {
    accountId: account.id,
    kind: 'manual_review',
    scopes: ['trade'],
    reason: 'looked into',
  });
  await accessIs(trader.person, account, 'frozen');
  const barred = await ask(world, trader.person, '/api/v1/transfers', {
    accountId: account.id,
    direction: 'to_account',
    amount: { amount: '1.00', currency },
  });
  await staff.compliance2.post(`${path}/${text(made, 'id')}/lift`, { reason: 'over' });
  await accessIs(trader.person, account, 'full');
  return `${String(barred.body['code'])}, frozen and given back`;
}

function accessIs(person: Person, account: KnownAccount, level: string): Promise<Body> {
  const what = `the access of ${account.alias} to be ${level}`;
  return until(
    what,
    async () => {
      const body = await person.get(pathOf(account));
      return body['access'] === level ? body : undefined;
    },
    endMsMax,
  );
}

function ended(person: Person, requestId: string): Promise<Body> {
  return inState(person, `/api/v1/account-requests/${requestId}`, ['done', 'refused'], endMsMax);
}

function endOf(request: Body): string {
  const { state, reasons, inWords } = request;
  const why = Array.isArray(reasons) ? reasons.join(' ') : '';
  return `${String(inWords)} ${String(state)} ${why}`.trim();
}

function pathOf({ id }: Pick<KnownAccount, 'id'>): string {
  return `/api/v1/accounts/${id}`;
}

/** A command that may be refused by a rule: that is an outcome too. */
function ask(world: World, person: Person, path: string, body?: Body) {
  return call(world.addresses.apiUrl, {
    method: 'POST',
    path,
    token: person.token,
    body,
    expect: [201, 202, 409, 422],
  });
}
