import type { AccountReading } from '../../domain/trading/account';
import { type Deal, netMinor } from '../../domain/trading/deal';
import type { BalanceCheck } from '../../domain/trading/outcome';
import { tokensIn } from '../../domain/trading/token';
import type { ProofFault } from './report';

/** What the server says of a log-in. */
export interface LoginServer {
  readonly account: AccountReading | null;
  readonly check: BalanceCheck | null;
  readonly deals: readonly Deal[];
}

/** What stands here of the same log-in. */
export interface LoginLedger {
  readonly balanceMinor: bigint;
  /** What each deal moved on the account's ledger. */
  readonly postings: readonly {
    readonly ticket: string;
    readonly kind: string;
    readonly amountMinor: bigint;
  }[];
  /** Tickets the feed brought, with what stands for them in the ledger (null: nothing yet). */
  readonly known: ReadonlyMap<string, string | null>;
  readonly intents: readonly {
    readonly id: string;
    readonly token: string | null;
    readonly state: string;
    readonly externalId: string | null;
    readonly amountMinor: bigint;
  }[];
}

type Fault = Omit<ProofFault, 'rule'>;

/** Everything in which the server and the ledger differ about one log-in. */
export function compareLogin(
  of: { readonly serverId: string; readonly login: string; readonly currency: string },
  { server, ledger }: { server: LoginServer; ledger: LoginLedger },
): Fault[] {
  const name = `${of.serverId} log-in ${of.login}`;
  if (server.account === null) return [{ thing: name, detail: 'is not on the server' }];
  const faults: Fault[] = [];
  const { balance } = server.account;
  if (balance.amountMinor !== ledger.balanceMinor || balance.currency !== of.currency) {
    const detail = `the server says ${balance.amountMinor} minor units of ${balance.currency}, the ledger ${ledger.balanceMinor} of ${of.currency}`;
    faults.push({ thing: name, detail });
  }
  if (server.check?.agrees === false) {
    faults.push({ thing: name, detail: 'the server’s balance and its own history disagree' });
  }
  return [
    ...faults,
    ...compareDeals(of, { server, ledger }),
    ...compareOperations(of, { server, ledger }),
  ];
}

function compareDeals(
  of: { readonly serverId: string },
  { server, ledger }: { server: LoginServer; ledger: LoginLedger },
): Fault[] {
  const faults: Fault[] = [];
  // An edited deal has a posting for each edit: together they are what the server says now.
  const posted = new Map<string, bigint>();
  for (const { ticket, amountMinor } of ledger.postings) {
    posted.set(ticket, (posted.get(ticket) ?? 0n) + amountMinor);
  }
  const onServer = new Set(server.deals.map((deal) => deal.ticket));
  for (const deal of server.deals) {
    const thing = `${of.serverId} deal ${deal.ticket}`;
    // A credit is not the client's money; a deal without any money is known and not posted.
    const owed = deal.kind === 'credit' ? 0n : netMinor(deal);
    const got = posted.get(deal.ticket) ?? 0n;
    if (!ledger.known.has(deal.ticket)) faults.push({ thing, detail: 'is not known here' });
    else if (ledger.known.get(deal.ticket) === null)
      faults.push({ thing, detail: 'is not posted' });
    if (owed !== got) {
      faults.push({ thing, detail: `moved ${owed} minor units, the ledger says ${got}` });
    }
  }
  for (const [ticket, amountMinor] of posted) {
    if (onServer.has(ticket)) continue;
    const detail = `is posted with ${amountMinor} minor units and is not on the server`;
    faults.push({ thing: `${of.serverId} deal ${ticket}`, detail });
  }
  for (const ticket of ledger.known.keys()) {
    if (onServer.has(ticket) || posted.has(ticket)) continue;
    faults.push({ thing: `${of.serverId} deal ${ticket}`, detail: 'has gone from the server' });
  }
  return faults;
}

/** Operations of ours: done means one deal, and a deal with our mark means done. */
function compareOperations(
  of: { readonly serverId: string },
  { server, ledger }: { server: LoginServer; ledger: LoginLedger },
): Fault[] {
  const faults: Fault[] = [];
  const deals = new Map(server.deals.map((deal) => [deal.ticket, deal]));
  const foreign = new Set(
    ledger.postings
      .filter((posting) => posting.kind === 'foreign_balance_change')
      .map((posting) => posting.ticket),
  );
  for (const intent of ledger.intents) {
    if (intent.state !== 'done') continue;
    const deal = deals.get(intent.externalId ?? '');
    if (deal === undefined) {
      const detail = `says done as deal ${intent.externalId ?? '?'}, which the server does not have`;
      faults.push({ thing: intent.id, detail });
    } else if (deal.profitMinor !== intent.amountMinor && !foreign.has(deal.ticket)) {
      // Of one that the server has edited, the difference stands in suspense with a task.
      const detail = `asked for ${intent.amountMinor} minor units, deal ${deal.ticket} moved ${deal.profitMinor}`;
      faults.push({ thing: intent.id, detail });
    }
  }
  const byToken = new Map(ledger.intents.map((intent) => [intent.token, intent]));
  for (const deal of server.deals) {
    for (const token of tokensIn(deal.comment)) {
      const intent = byToken.get(token);
      // One that was given up and appeared stands in suspense with a task.
      if (!intent || foreign.has(deal.ticket)) continue;
      if (intent.state === 'done' && intent.externalId === deal.ticket) continue;
      const detail = `carries the mark of ${intent.id}, which is ${intent.state}${intent.externalId === null ? '' : ` as deal ${intent.externalId}`}`;
      faults.push({ thing: `${of.serverId} deal ${deal.ticket}`, detail });
    }
  }
  return faults;
}
