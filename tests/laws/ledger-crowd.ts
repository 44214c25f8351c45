import fc from 'fast-check';
import { Client } from 'pg';
import { newId } from '../../domain/ids';
import type { HoldRequest, Posting } from '../../domain/ledger/posting';
import { placeHold, postTransactions, voidHold } from '../../db/ledger';
import { rows, type Tx } from '../../db/connection';
import type { Scratch } from '../proofs/scratch';
import { accepted, assertAlike, assertNoTrace, Run, saying, step } from './ledger-run';
import { together } from './tries';

/** What a writer asks of the ledger, as the books on paper have to be asked again. */
type Ask =
  | { readonly op: 'post'; readonly posting: Posting }
  | { readonly op: 'hold'; readonly request: HoldRequest }
  | { readonly op: 'void'; readonly holdId: string }
  | { readonly op: 'expire' };

interface Answer {
  readonly verdict: string;
  readonly transactionId?: string;
  readonly expired?: readonly string[];
}

interface LogRow {
  readonly ask: number;
  readonly verdict: string;
  readonly transaction_id: string | null;
  readonly expired: string[];
}

/** A writer gives up after so many connections were ended under its hands. */
const attemptsMax = 200;

/**
 * Many writers at once, whose connections are ended at random: each asks again until it is answered. Every attempt
 * that commits logs its answer with a number drawn while it still holds its locks, so that the numbers are an order
 * in which the ledger did it all, and asked in this order the books on paper have to answer the same.
 */
export async function crowdLaw(
  scratch: Scratch,
  tries: { readonly numRuns: number },
): Promise<void> {
  await scratch.asOwner(`create table law_log (n bigint generated always as identity, run text not null, ask int not null,
    verdict text not null, transaction_id text, expired text[] not null); grant select, insert on law_log to keelson_app`);
  const steps = fc.array(fc.array(step, { minLength: 6, maxLength: 12 }), {
    minLength: writers,
    maxLength: writers,
  });
  await fc.assert(
    fc.asyncProperty(steps, (asked) => crowd(scratch, asked)),
    { ...tries, endOnFailure: true },
  );
}

export const writers = 32;

type Steps = readonly (readonly Parameters<Run['posting']>[0][])[];

async function crowd(scratch: Scratch, steps: Steps): Promise<void> {
  const patient = patiently(scratch);
  const run = new Run();
  const name = newId('command');
  const asks: Ask[] = [];
  const ask = async (one: Ask): Promise<Answer> => {
    const number = asks.push(one) - 1;
    return patient.asSystem(async (tx) => {
      const answer = await answerOf(tx, one);
      await rows(
        tx,
        `insert into law_log (run, ask, verdict, transaction_id, expired)
         values (:name, :number, :verdict, :transactionId, :expired)`,
        {
          name,
          number,
          verdict: answer.verdict,
          transactionId: answer.transactionId ?? null,
          expired: [...(answer.expired ?? [])],
        },
      );
      return answer;
    });
  };
  for (const posting of run.gifts()) {
    const { transactionId: id = '' } = await ask({ op: 'post', posting });
    run.posted.push({ posting, id });
  }
  const killer = await startKilling(scratch);
  try {
    await together(
      steps.map(async (own) => {
        for (const one of own) await take(run, one, ask);
      }),
    );
  } finally {
    await killer.stop();
  }
  expect(killer.ended()).toBeGreaterThan(0);
  await assertLegal(patient, { run, name, asks });
  await assertAlike(patient, run);
  await assertNoTrace(patient, run);
}

/** Asks again when the connection was lost: whether the first time counted, the ledger knows. */
function patiently(scratch: Scratch): Scratch {
  return {
    ...scratch,
    asSystem: async (work) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await scratch.asSystem(work);
        } catch (error) {
          if (!isConnectionLost(error) || attempt === attemptsMax) throw error;
        }
      }
    },
  };
}

/** Asks for what the step says, and lets the others know what there is now to reverse, repeat, take or void. */
async function take(
  run: Run,
  one: Steps[number][number],
  ask: (one: Ask) => Promise<Answer>,
): Promise<void> {
  switch (one.op) {
    case 'hold': {
      const request = {
        id: newId('hold'),
        account: run.at(one.of),
        amountMinor: BigInt(one.amount),
        cause: 'law',
        ...(one.isDue ? { expiresAt: '2020-01-01T00:00:00Z' } : {}),
      };
      const { verdict } = await ask({ op: 'hold', request });
      if (verdict === 'accepted') run.holds.push(request);
      return;
    }
    case 'void': {
      const hold = run.holds[one.which % Math.max(1, run.holds.length)];
      if (hold) await ask({ op: 'void', holdId: hold.id });
      return;
    }
    case 'expire':
      await ask({ op: 'expire' });
      return;
    default: {
      const posting = run.posting(one);
      if (!posting) return;
      const { verdict, transactionId } = await ask({ op: 'post', posting });
      const isKnown = run.posted.some((known) => known.posting.key === posting.key);
      // After a lost answer the ledger says `replayed` of what this very ask posted.
      const isPosted = verdict === 'posted' || verdict === 'replayed';
      if (isPosted && !isKnown && transactionId !== undefined)
        run.posted.push({ posting, id: transactionId });
    }
  }
}

async function answerOf(tx: Tx, ask: Ask): Promise<Answer> {
  switch (ask.op) {
    case 'post': {
      const [result] = await postTransactions(tx, [ask.posting]);
      if (!result) throw new Error('the ledger did not answer');
      return result;
    }
    case 'hold':
      return { verdict: await saying(placeHold(tx, ask.request)) };
    case 'void':
      return { verdict: await saying(voidHold(tx, ask.holdId)) };
    case 'expire': {
      const found = await rows<{ hold_id: string }>(tx, 'select hold_id from expire_holds(1000)');
      return { verdict: 'accepted', expired: found.map(({ hold_id }) => hold_id) };
    }
  }
}

/** The books on paper, asked in the order in which the ledger did it, say the same each time. */
async function assertLegal(
  scratch: Scratch,
  { run, name, asks }: { run: Run; name: string; asks: readonly Ask[] },
): Promise<void> {
  const log = await scratch.asSystem((tx) =>
    rows<LogRow>(
      tx,
      'select ask, verdict, transaction_id, expired from law_log where run = :name order by n',
      { name },
    ),
  );
  const said: string[] = [];
  const expected = log.map((row) => {
    const ask = asks[row.ask];
    if (!ask) throw new Error('an answer to nothing');
    said.push(`${row.ask} ${ask.op}: ${row.verdict}`);
    const verdict = onPaper(run, ask, row);
    return `${row.ask} ${ask.op}: ${verdict}`;
  });
  expect(said).toEqual(expected);
  expect(new Set(log.map(({ ask }) => ask)).size).toBe(asks.length);
}

function onPaper({ model }: Run, ask: Ask, row: LogRow): string {
  switch (ask.op) {
    case 'post': {
      const verdict = model.post(ask.posting);
      if (verdict === 'posted' && row.transaction_id !== null) model.learn(row.transaction_id);
      return verdict;
    }
    case 'hold':
      return accepted(model.placeHold(ask.request));
    case 'void':
      return accepted(model.voidHold(ask.holdId));
    case 'expire':
      model.expireHolds(row.expired);
      return 'accepted';
  }
}

/** Ends a connection of the application's every now and then, whatever it is doing. */
async function startKilling(scratch: Scratch): Promise<{ stop(): Promise<void>; ended(): number }> {
  const client = new Client({ connectionString: scratch.appUrl });
  await client.connect();
  let isStopped = false;
  let ended = 0;
  const kill = async () => {
    while (!isStopped) {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and usename = current_user and pid <> pg_backend_pid() and state <> 'idle'
         order by random() limit 1`,
      );
      ended += rowCount ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  };
  const killing = kill();
  return {
    ended: () => ended,
    stop: async () => {
      isStopped = true;
      await killing;
      await client.end();
    },
  };
}

/** `admin_shutdown`, or a socket that closed: whether it was committed is not known. Errors of Node itself are of another realm under Jest. */
function isConnectionLost(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const [code, message] = ['code', 'message'].map((name) => String(Reflect.get(error, name)));
  return (
    ['57P01', 'ECONNRESET', 'EPIPE'].includes(code ?? '') ||
    /Connection terminated|terminating connection|not queryable/i.test(message ?? '')
  );
}
