import { createHash } from 'node:crypto';
import { isRecord } from '../../domain/record';
import type { PlatformKind } from '../../domain/trading/capabilities';
import { control, payByCard } from './foreign';
import { list, text, until } from './http';
import type { Report } from './report';
import type { Person, World } from './world';

export interface Sum {
  readonly amount: string;
  readonly currency: string;
}

/** Everybody pays with a card of their own: another client's card would be a third party's. */
function cardOf(client: Person): { number: string } {
  const digits = createHash('sha256').update(client.email).digest('hex').replace(/\D/g, '');
  const body = `4${digits.padEnd(14, '0').slice(0, 14)}`;
  return { number: `${body}${luhnDigit(body)}` };
}

/** ISO/IEC 7812-1: the last digit of a card number. */
function luhnDigit(body: string): number {
  const sum = [...body].reverse().reduce((total, digit, position) => {
    const value = Number(digit) * (position % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return (10 - (sum % 10)) % 10;
}

type Body = Readonly<Record<string, unknown>>;

/** A card deposit as a client makes it: request, the provider's page, the card, the credit. */
export async function depositByCard(
  world: World,
  client: Person,
  amount: Sum,
  { fault }: { fault?: Body } = {},
): Promise<string> {
  const id = await askDeposit(client, amount, 'card');
  if (fault) await control(world.addresses.pspControl, '/faults', { ...fault, match: id });
  await payByCard(text(await nextAction(client, id), 'url'), cardOf(client));
  await inState(client, `/api/v1/deposits/${id}`, ['credited', 'failed', 'held']);
  return id;
}

/** Asks for a deposit by a way of paying; answers its id. */
export async function askDeposit(
  client: Person,
  amount: Sum,
  rail: string,
  payer?: Body,
): Promise<string> {
  const body = { amount, rail, ...(payer ? { payer } : {}) };
  return text(await client.post('/api/v1/deposits', body), 'id');
}

/** What the payer has to do, once the provider has said. */
export async function nextAction(client: Person, id: string): Promise<Body> {
  return until(`what to do for ${id}`, async () => {
    const action = (await client.get(`/api/v1/deposits/${id}`))['nextAction'];
    return isRecord(action) ? action : undefined;
  });
}

/** Asks until the thing is in one of the states; answers it. */
export async function inState(
  person: Person,
  path: string,
  states: readonly string[],
  msMax?: number,
): Promise<Body> {
  let last = '';
  return until(
    `${path} to be ${states.join(' or ')}`,
    async () => {
      const body = await person.get(path);
      last = String(body['state']);
      return states.includes(last) ? body : undefined;
    },
    msMax,
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)} (it is ${last})`);
  });
}

export async function transfer(
  client: Person,
  accountId: string,
  direction: 'to_account' | 'to_wallet',
  amount: Sum,
): Promise<string> {
  return text(await client.post('/api/v1/transfers', { accountId, direction, amount }), 'id');
}

/** The balance deals of a log-in on the server, counted there and not here. */
export async function serverDeals(
  world: World,
  login: string,
  kind: PlatformKind = 'mt5',
): Promise<{ balance: string; deals: number; agrees: boolean }> {
  const state = await control(world.addresses.control[kind], '/state');
  const account = list(state, 'accounts').find((candidate) => String(candidate['login']) === login);
  if (!account) throw new Error(`the server has no log-in ${login}`);
  return {
    balance: String(account['balance']),
    deals: Number(account['deals']),
    agrees: account['agrees'] === true,
  };
}

/** The provider's own count of what it refunded and paid out for our references. */
export async function providerState(world: World): Promise<Body> {
  return control(world.addresses.pspControl, '/state');
}

/** Decides a task as it stands now: claims it, reads version and content hash, gives the reason. */
export async function decide(
  officer: Person,
  taskId: string,
  decision: string,
  reason: string,
): Promise<Body> {
  const task = await officer.get(`/api/v1/tasks/${taskId}`);
  return officer.post(`/api/v1/tasks/${taskId}/decision`, {
    decision,
    reason,
    expectedVersion: task['version'],
    contentHash: task['contentHash'],
  });
}

/** The open task of a kind about a subject, once the process has opened it. */
export async function taskAbout(officer: Person, kind: string, subject: string): Promise<Body> {
  return until(`a task ${kind}`, async () => {
    const page = await officer.get(`/api/v1/tasks?view=all&kind=${kind}&limit=200`);
    return list(page, 'data').find((task) => task['subject'] === subject);
  });
}

export function recordMoney(report: Report, alias: string, body: Body): void {
  report.record(alias, {
    state: body['state'],
    amount: body['amount'],
    refusal: body['refusal'] ?? body['failure'] ?? null,
  });
}
