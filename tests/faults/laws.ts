import { intentsOfWorkflow, type Intent } from '../../db/intent-readers';
import { rows } from '../../db/connection';
import { formatAmount, parseAmount } from '../../domain/money';
import { workflowIds } from '../../temporal-config/workflow-ids';
import type { ServerDeals } from '../processes/simulators';
import type { Stage } from '../processes/stage';
import { runName } from './cells';
import type { CreationRun } from './creation-run';
import { creationGroups, currency, type Field, type Lane } from './field';
import { settleWindowMs } from './misfortunes';
import { readBooks, ticketOf, type Books } from './books';
import { dealsOf, openTaskOn } from './people-who-decide';
import type { Ended } from './rounds';
import { describeTransfer, type TransferRun } from './transfer-run';

/** A law that does not hold, and for what. */
export interface Breach {
  readonly law: string;
  /** The run's name, or what else it is about. */
  readonly of: string;
  readonly detail: string;
}

/** The feed is a moment behind, and so may be the last look-up: what is broken for longer is broken. */
const patienceMs = 45_000;

/** Looks at everything until every law holds, or time is up; answers what does not hold then. */
export async function breachesOf(
  field: Field,
  ended: Ended,
  msMax = patienceMs,
): Promise<readonly Breach[]> {
  const deadline = Date.now() + msMax;
  const since = new Date().toISOString();
  await field.stage.system((tx) => rows(tx, 'update feed_check set due_at = now()'));
  for (;;) {
    const breaches = await lookOnce(field, ended, since);
    if (breaches.length === 0 || Date.now() > deadline) return breaches;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function lookOnce(field: Field, ended: Ended, since: string): Promise<Breach[]> {
  const { stage } = field;
  const breaches: Breach[] = [];
  for (const lane of Object.values(field.lanes).flat()) {
    const server = await lane.hand.deals(lane.account.login);
    const books = await readBooks(stage, lane);
    breaches.push(...(await ofLogin(lane, server, books)));
    for (const run of ended.transfers.filter((one) => one.lane === lane)) {
      breaches.push(...(await ofTransfer(stage, run, server, books)));
    }
  }
  breaches.push(...(await ofCreations(field, ended.creations)));
  breaches.push(...(await ofBooks(stage)));
  breaches.push(...(await ofFeeds(stage, since)));
  return breaches;
}

/** The server's balance is the ledger's, and each of its deals stands there once. */
async function ofLogin(lane: Lane, server: ServerDeals, books: Books): Promise<Breach[]> {
  const of = `${lane.platform} log-in ${lane.account.login}`;
  const breaches: Breach[] = [];
  const law = (name: string, holds: boolean, detail: string) => {
    if (!holds) breaches.push({ law: name, of, detail });
  };
  const account = await lane.hand.account(lane.account.login);
  const balanceMinor = parseAmount(account.balance, currency);
  const ledger = formatAmount(books.tradingMinor, currency);
  law(
    'the server’s balance is the ledger’s',
    balanceMinor === books.tradingMinor,
    `server ${account.balance}, ledger ${ledger}`,
  );
  law('the server agrees with itself', account.agrees, `deals: ${account.deals}`);
  law(
    'nothing is still to come',
    server.late.length === 0 && !server.deals.some(({ isHidden }) => isHidden),
    `${server.late.length} late`,
  );
  const shown = new Set<string>();
  for (const deal of server.deals.filter(({ isOperation }) => isOperation)) {
    const ticket = ticketOf(lane.platform, deal.ticket);
    shown.add(ticket);
    const posted = books.postings.filter((posting) => posting.ticket === ticket);
    const sum = posted.reduce((total, { tradingMinor }) => total + tradingMinor, 0n);
    law(
      'a deal stands in the ledger once, as the server has it now',
      sum === parseAmount(deal.amount, currency) &&
        posted.filter(({ revision }) => revision === 1).length <= 1,
      `deal ${ticket} of ${deal.amount} (${deal.comment}) is posted as ${formatAmount(sum, currency)} in ${posted.length}`,
    );
  }
  for (const { ticket, kind } of books.postings) {
    const isOperation = kind.startsWith('transfer') || kind === 'foreign_balance_change';
    law(
      'what is posted is on the server',
      !isOperation || shown.has(ticket),
      `${kind} of deal ${ticket}`,
    );
  }
  return breaches;
}

/** One transfer: applied once, posted once, ended or with a person, and nothing of it forgotten. */
async function ofTransfer(
  stage: Stage,
  run: TransferRun,
  server: ServerDeals,
  books: Books,
): Promise<Breach[]> {
  const of = describeTransfer(run);
  const breaches: Breach[] = [];
  const law = (name: string, holds: boolean, detail: string) => {
    if (!holds) breaches.push({ law: name, of, detail });
  };
  const intents = await stage.system((tx) =>
    intentsOfWorkflow(tx, workflowIds.transfer(run.transferId)),
  );
  const tokens = intents.flatMap(({ token }) => token ?? []);
  for (const token of tokens) {
    const applied = dealsOf(server.deals, [token], run.amountMinor).filter(
      ({ comment, externalId }) => comment !== '' || externalId !== '',
    ).length;
    law(
      'no token is on more deals than the server booked by itself',
      applied <= run.misfortune.copies,
      `${token} is on ${applied}`,
    );
  }
  const mine = dealsOf(server.deals, tokens, run.amountMinor);
  const last = intents.at(-1);
  const allowed = deedsAllowed(run);
  law(
    'a transfer is applied once',
    mine.length <= allowed,
    `${mine.length} deals where ${allowed} may be: ${words(intents)}`,
  );
  law(
    'a transfer that was refused is not on the server',
    last?.state !== 'refused' || mine.length === 0,
    `${mine.length} deals`,
  );
  const tickets = new Set(mine.map(({ ticket }) => ticketOf(run.lane.platform, ticket)));
  const own = books.postings.filter(({ cause }) => cause === run.transferId);
  const isDone = last?.state === 'done';
  law(
    'a transfer is posted once when it is done, and not when it is not',
    own.length === (isDone ? 1 : 0),
    `its last attempt is ${last?.state ?? 'not there'}, its postings are ${own.length}`,
  );
  law(
    'what is posted is what was asked for, and is on the server',
    own.every(({ ticket, walletMinor }) => walletMinor === -run.amountMinor && tickets.has(ticket)),
    own.map(({ key, walletMinor }) => `${key}: ${walletMinor}`).join(', '),
  );
  const others = books.postings.filter(
    ({ ticket, cause, revision }) =>
      tickets.has(ticket) && cause !== run.transferId && revision === 1,
  );
  law(
    'a deal that is not the transfer’s is in suspense, and a person is asked',
    others.every(({ kind, hasTask }) => kind === 'foreign_balance_change' && hasTask),
    others.map(({ key, kind }) => `${key}: ${kind}`).join(', '),
  );
  law(
    'an attempt ends, or a person is asked',
    await isSettled(stage, run, intents),
    words(intents),
  );
  law('what was planted has struck', run.unspent.length === 0, run.unspent.join(', '));
  return breaches;
}

/** One, but for a server that books twice, or so late that its absence was proven before. */
function deedsAllowed({ misfortune }: TransferRun): number {
  // The window is counted from before the first byte leaves.
  return misfortune.copies + (misfortune.bookedAfterMs > settleWindowMs / 2 ? 1 : 0);
}

/** Done, refused, or proven absent with another attempt after it; only what a person is asked about is open. */
async function isSettled(
  stage: Stage,
  run: TransferRun,
  intents: readonly Intent[],
): Promise<boolean> {
  const last = intents.at(-1);
  if (!last || intents.slice(0, -1).some(({ state }) => state !== 'absent')) return false;
  if (last.state === 'done' || last.state === 'refused') return run.isFinished;
  if (last.state !== 'unknown' || run.isFinished) return false;
  return (await openTaskOn(stage, run.transferId, 'operation_unknown')) !== undefined;
}

const words = (intents: readonly Intent[]) =>
  intents.map(({ attempt, state }) => `attempt ${attempt} ${state}`).join(', ');

/** As many log-ins as accounts: none made twice, none for an account that was given up. */
async function ofCreations(field: Field, creations: readonly CreationRun[]): Promise<Breach[]> {
  const breaches: Breach[] = [];
  for (const [lane] of Object.values(field.lanes)) {
    if (!lane) continue;
    const { hand, platform } = lane;
    const group = creationGroups[platform];
    const accounts = (await hand.accounts()).filter((account) => account.group === group);
    const mine = creations.filter(({ run }) => run.cell.platform === platform);
    const made = mine.filter(({ login }) => login !== null);
    if (accounts.length !== made.length) {
      breaches.push({
        law: 'a server has one log-in for each account, and no other',
        of: `${platform}/creation`,
        detail: `${accounts.length} log-ins in ${group}, ${made.length} accounts`,
      });
    }
    for (const { run, decision, login, accountId } of mine) {
      const intents = await field.stage.system((tx) =>
        intentsOfWorkflow(tx, workflowIds.account(accountId)),
      );
      const isRight =
        (login !== null) === (decision !== 'refuse') &&
        accounts.filter((account) => String(account.login) === login).length ===
          (login === null ? 0 : 1) &&
        intents.every(({ state }) => state === 'done' || state === 'refused' || state === 'absent');
      if (!isRight) {
        breaches.push({
          law: 'an account is made once, or given up by a person',
          of: runName(run),
          detail: `decision ${decision ?? 'none'}, log-in ${login ?? 'none'}, ${words(intents)}`,
        });
      }
    }
  }
  return breaches;
}

/** The books as a whole: nothing made or lost, nothing that nobody works on. */
async function ofBooks(stage: Stage): Promise<Breach[]> {
  const found = await stage.system((tx) =>
    rows<{ thing: string; detail: string }>(
      tx,
      `select currency as thing, 'the ledger sums to ' || sum(amount) as detail
       from ledger_entry group by currency having sum(amount) <> 0
       union all
       select id, 'balance ' || balance || ', held ' || held from ledger_account
       where code = 'wallet' and (balance < 0 or held < 0 or held > balance)
       union all
       select workflow_id, 'a command that was not dispatched' from outbox where dispatched_at is null
       union all
       select i.id, i.state || ' and forgotten' from intent i
       left join process p on p.workflow_id = i.workflow_id and p.finished_at is null
       left join task t on 'task ' || t.id = p.waits_for and t.state = 'open'
       where i.state in ('planned', 'sending', 'unknown') and t.id is null`,
    ),
  );
  return found.map(({ thing, detail }) => ({ law: 'the books are books', of: thing, detail }));
}

/** Every log-in was held against its server since all was over, and nothing differed. */
async function ofFeeds(stage: Stage, since: string): Promise<Breach[]> {
  const found = await stage.system(async (tx) => {
    await rows(
      tx,
      `update feed_check set due_at = now() where agreed_at is null or agreed_at < :since::timestamptz`,
      { since },
    );
    return rows<{ server_id: string; login: string; detail: string }>(
      tx,
      `select a.server_id, a.login, coalesce(c.detail::text, 'not checked') as detail from trading_account a
       left join feed_check c on c.server_id = a.server_id and c.login = a.login
       where a.login is not null and (c.agreed_at is null or c.agreed_at < :since::timestamptz)
         and (c.login is not null or a.state = 'active')`,
      { since },
    );
  });
  return found.map(({ server_id, login, detail }) => ({
    law: 'the feed has no gap',
    of: `${server_id} log-in ${login}`,
    detail,
  }));
}
