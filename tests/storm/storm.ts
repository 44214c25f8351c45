import { randomInt } from 'node:crypto';
import http, { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { signStripeWebhook } from '../../simulators/psp/signature';
import { rows } from '../../db/connection';
import { startApiProcess } from '../processes/api-process';
import { askDeposit, cardOf, payPageOf } from '../processes/payments';
import { seedClient, walletOf, type TestClient } from '../processes/people';
import type { Stage } from '../processes/stage';
import { until } from '../processes/until';

export interface StormSize {
  readonly payments: number;
  /** Declined tries before each payment goes through: two messages each, as the payment is two. */
  readonly declines: number;
  /** Shares of all messages that come a second time, and that come far from their place. */
  readonly duplicates: number;
  readonly disordered: number;
  /** Whether the workers rest while the payers pay, so that they do not find out by asking. */
  readonly workersSleep: boolean;
}

/** How it went: what the API answered and how fast, and what the books say of it against the provider. */
export interface StormReport {
  readonly sent: number;
  readonly distinct: number;
  readonly duplicates: number;
  readonly disordered: number;
  readonly statuses: Readonly<Record<number, number>>;
  readonly perSecond: number;
  readonly ms: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly payments: number;
  readonly creditedOnce: number;
  /** Messages stored, and how often all of them were received. */
  readonly stored: number;
  readonly received: number;
  readonly paidAtProviderMinor: string;
  readonly creditedMinor: string;
  readonly walletMinor: string;
}

const declinedCard = { number: '4000000000000002', exp_month: 12, exp_year: 2039 };
const atOnce = 16;
/** How far a message is moved from its place, at most. */
const placesMax = 500;
const creditedMsMax = 900_000;
const pageMsMax = 300_000;

/**
 * A provider's messages come to the API all at once, some of them twice and some of them far too late or too early,
 * while its payments wait. Each payment is worth another amount, so that a wrong sum shows which.
 */
export async function runStorm(stage: Stage, size: StormSize): Promise<StormReport> {
  const api = await startApiProcess(stage);
  const caught = await catchMessages();
  try {
    await stage.psp.control('/webhook-url', { url: `${caught.url}/webhooks` });
    const client = await seedClient(stage, { name: 'Quirina Plantedname' });
    // A few at a time, as payers come; meanwhile the workers ask the provider about each that has not paid yet.
    const asked = await inTurns(size.payments, async (at) => {
      const deposit = await askDeposit(stage, client, `${10 + at}.01`);
      return { deposit, page: await payPageOf(stage, deposit, pageMsMax) };
    });
    const expected = size.payments * 2 * (size.declines + 1);
    // Nobody acts on what is paid until the storm begins, unless they ask the provider themselves.
    if (size.workersSleep) await stage.stopWorkers();
    await inTurns(asked.length, (at) => payLast(stage, client, nth(asked, at).page, size.declines));
    await until(
      'every message of the provider',
      () => Promise.resolve(caught.bodies.length >= expected),
      120_000,
    );
    const woken = size.workersSleep ? await stage.runWorkers() : undefined;
    try {
      const messages = disorder(caught.bodies, size);
      const secret = stage.variables['KEELSON_STRIPE_WEBHOOK_SECRET'] ?? '';
      const before = await messagesKept(stage);
      const answers = await send(`${api.url}/webhooks/stripe`, secret, messages.bodies);
      const ids = asked.map(({ deposit }) => deposit.id);
      return {
        sent: messages.bodies.length,
        distinct: caught.bodies.length,
        duplicates: messages.duplicates,
        disordered: messages.disordered,
        ...figuresOf(answers),
        payments: ids.length,
        ...(await booksOf(stage, client, ids)),
        ...since(before, await messagesKept(stage)),
      };
    } finally {
      await woken?.stop();
    }
  } finally {
    await stage.psp.control('/webhook-url', { url: stage.receiver.url });
    await stage.supervisor.stop('api');
    await caught.close();
  }
}

function nth<T>(list: readonly T[], at: number): T {
  const found = list[at];
  if (found === undefined) throw new Error(`there are not ${at + 1}`);
  return found;
}

async function inTurns<T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const some = async () => {
    for (let at = next++; at < count; at = next++) results[at] = await work(at);
  };
  await Promise.all(Array.from({ length: atOnce }, some));
  return results;
}

async function payLast(
  stage: Stage,
  client: TestClient,
  page: string,
  declines: number,
): Promise<void> {
  for (let time = 0; time < declines; time += 1)
    // The page answers a declined card with 402.
    await stage.psp.payAt(page, declinedCard).catch((error: unknown) => {
      if (!(error instanceof Error) || !error.message.includes('declined')) throw error;
    });
  await stage.psp.payAt(page, cardOf(client));
}

/** Takes the provider's messages in the API's place, and keeps their bodies in order. */
async function catchMessages() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString('utf8'));
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    bodies,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The messages with copies of some among them, and some far from where they belong. */
function disorder(bodies: readonly string[], { duplicates, disordered }: StormSize) {
  const copies = Math.round((bodies.length * duplicates) / (1 - duplicates));
  const all = [...bodies];
  for (let copy = 0; copy < copies; copy += 1) {
    const from = randomInt(bodies.length);
    all.splice(randomInt(all.length + 1), 0, nth(bodies, from));
  }
  const moved = Math.round(all.length * disordered);
  for (let move = 0; move < moved; move += 1) {
    const from = randomInt(all.length);
    const [body = ''] = all.splice(from, 1);
    const to = from + randomInt(2 * placesMax + 1) - placesMax;
    all.splice(Math.min(all.length, Math.max(0, to)), 0, body);
  }
  return { bodies: all, duplicates: copies, disordered: moved };
}

interface Answer {
  readonly status: number;
  readonly ms: number;
}

/** Sends all of them over a few connections, each signed when it is sent. */
async function send(
  url: string,
  secret: string,
  bodies: readonly string[],
): Promise<{ readonly answers: readonly Answer[]; readonly seconds: number }> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
  const start = performance.now();
  const answers = await inTurns(bodies.length, (at) => post(agent, url, secret, nth(bodies, at)));
  agent.destroy();
  return { answers, seconds: (performance.now() - start) / 1_000 };
}

function post(agent: http.Agent, url: string, secret: string, body: string): Promise<Answer> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'stripe-signature': signStripeWebhook(secret, body, Date.now()),
        },
      },
      (response) => {
        response.resume();
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, ms: performance.now() - start }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

function figuresOf({ answers, seconds }: Awaited<ReturnType<typeof send>>) {
  const statuses: Record<number, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  const ms = answers.map((answer) => answer.ms).sort((a, b) => a - b);
  const at = (share: number) => Math.round(ms[Math.ceil(ms.length * share) - 1] ?? NaN);
  return {
    statuses,
    perSecond: Math.round(answers.length / seconds),
    ms: { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}

interface Kept {
  readonly stored: number;
  readonly received: number;
}

/** Those that say nothing to us, as of a charge beside its payment, are kept as well. */
async function messagesKept(stage: Stage): Promise<Kept> {
  const [kept] = await stage.system((tx) =>
    rows<Kept>(
      tx,
      'select count(*)::int as stored, coalesce(sum(times_received), 0)::int as received from provider_event',
    ),
  );
  return kept ?? { stored: 0, received: 0 };
}

function since(before: Kept, now: Kept): Kept {
  return { stored: now.stored - before.stored, received: now.received - before.received };
}

/** Waits until every payment is credited, and reads the books and the provider's. */
async function booksOf(stage: Stage, client: TestClient, ids: readonly string[]) {
  const owner = new Client({ connectionString: stage.database.ownerUrl });
  await owner.connect();
  try {
    await until(
      'every payment to be credited, or one to be stopped',
      async () => {
        const { rows: counts } = await owner.query<{ open: number; stopped: number }>(
          `select count(*) filter (where state <> 'credited')::int as open,
             count(*) filter (where state not in ('requested', 'awaiting_payment', 'credited'))::int as stopped
           from deposit where id = any ($1)`,
          [ids],
        );
        // The facts that follow say so.
        return counts[0]?.open === 0 || (counts[0]?.stopped ?? 0) > 0;
      },
      creditedMsMax,
    );
    // The workers are asked to rest after this: what they have still to do would wait for ever.
    await until(
      'every letter to leave, and everything that was asked for to be handed on',
      async () => {
        const { rows: waiting } = await owner.query(
          `select 1 from mail where state = 'queued'
           union all select 1 from outbox where dispatched_at is null limit 1`,
        );
        return waiting.length === 0;
      },
      creditedMsMax,
    );
    const { rows: found } = await owner.query<{
      once: number;
      credited: string;
    }>(
      `with credit as (
         select t.cause, count(*) as times, sum(t.amount) as amount
         from (select t.id, t.cause, sum(e.amount) filter (where e.amount > 0) as amount
               from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
               where t.cause = any ($1) group by 1, 2) t group by 1)
       select (select count(*)::int from credit c join deposit d on d.id = c.cause where c.times = 1 and c.amount = d.amount_minor) as once,
         (select coalesce(sum(amount), 0)::text from credit) as credited`,
      [ids],
    );
    const [books] = found;
    const paid = (await stage.psp.effects()).filter(
      ({ operation, reference }) => operation === 'payment' && ids.includes(reference),
    );
    const sum = paid.reduce((all, { amountMinor }) => all + BigInt(amountMinor), 0n);
    return {
      creditedOnce: books?.once ?? 0,
      creditedMinor: books?.credited ?? '',
      paidAtProviderMinor: sum.toString(),
      walletMinor: (await walletOf(stage, client)).balanceMinor.toString(),
    };
  } finally {
    await owner.end();
  }
}

/** What must hold of every storm, however large. */
export function assertWeathered(report: StormReport): void {
  const { sent, distinct, payments, creditedMinor } = report;
  expect(report).toMatchObject({
    statuses: { 200: sent },
    creditedOnce: payments,
    stored: distinct,
    received: sent,
    paidAtProviderMinor: creditedMinor,
    walletMinor: creditedMinor,
  });
}
