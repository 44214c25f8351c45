import { Client } from 'pg';
import { install } from '../db/installation';
import * as intents from '../db/intents';
import { intentLaws, type Intents } from './laws/intents';
import { ledgerLaws } from './laws/ledger';
import { loadBroken } from './laws/load-broken';
import { openScratch, type Scratch } from './proofs/scratch';

/**
 * Each guarded line is broken in a throw-away database or module, and a law must notice. What no law
 * notices could be deleted tomorrow without a red test. (Policies: domain/policy/laws.test.ts.)
 */

/** The same tries each time: a guard that is noticed today is noticed tomorrow. */
const tries = { numRuns: 40, endOnFailure: true, seed: 20_261_123 };

async function opened(): Promise<Scratch> {
  const scratch = await openScratch({ connectionsMax: 14 });
  await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000 });
  return scratch;
}

/** Replaces a piece of a function's text in the database. */
async function breakFunction(scratch: Scratch, name: string, line: string, becomes: string) {
  const client = new Client({ connectionString: scratch.ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ text: string }>(
      'select pg_get_functiondef($1::regproc) as text',
      [name],
    );
    const text = rows[0]?.text ?? '';
    if (!text.includes(line)) throw new Error(`${name} has no such line: ${line}`);
    await client.query(text.replace(line, () => becomes));
  } finally {
    await client.end();
  }
}

async function isNoticed(law: () => Promise<void>): Promise<boolean> {
  try {
    await law();
    return false;
  } catch {
    return true;
  }
}

function named<Law>(laws: Readonly<Record<string, Law>>, beginning: string): Law {
  const [found, ...more] = Object.entries(laws).filter(([name]) => name.startsWith(beginning));
  if (!found || more.length > 0) throw new Error(`no one law begins with ${beginning}`);
  return found[1];
}

interface Guard {
  readonly what: string;
  /** How the law begins that must notice. */
  readonly law: string;
  readonly line?: readonly [line: string, becomes: string];
  /** The function whose line it is, when it is not the one that most are lines of. */
  readonly of?: string;
  readonly statements?: string;
}

const ledgerGuards: readonly Guard[] = [
  {
    what: 'the floor of a wallet',
    law: 'says and keeps',
    line: ['where la.floor and c.change < 0', 'where false and c.change < 0'],
  },
  {
    what: 'the floor of a wallet, and the constraint behind it',
    law: 'says and keeps',
    line: ['where la.floor and c.change < 0', 'where false and c.change < 0'],
    statements: `alter table ledger_account drop constraint ledger_account_check;
      alter table ledger_account drop constraint ledger_account_check1;`,
  },
  {
    what: 'no hold beyond the free balance',
    law: 'holds no more',
    line: [
      `if acc.balance - acc.held < (item -> 'hold' ->> 'amount')::numeric then`,
      'if false then',
    ],
    statements: 'alter table ledger_account drop constraint ledger_account_check1;',
  },
  {
    what: 'the lock on the accounts of a posting',
    law: 'keeps its books when many',
    line: ['order by la.id for no key update;', 'order by la.id;'],
  },
  {
    what: 'a used key with another body',
    law: 'says and keeps',
    line: [
      `verdict := case when prior.body_hash = item ->> 'bodyHash' then 'replayed' else 'key_reused' end;`,
      `verdict := 'replayed';`,
    ],
  },
  {
    what: 'a key is unique',
    law: 'posts one key once between',
    line: ['on conflict (key) do nothing\n', '\n'],
    statements: 'alter table ledger_transaction drop constraint ledger_transaction_key_key;',
  },
  {
    what: 'nothing moves across entities',
    law: 'says and keeps',
    line: [`where leg.entity_id <> item ->> 'entityId'`, 'where false'],
  },
  {
    what: 'a new account has the entity it says',
    law: 'says and keeps',
    of: 'open_ledger_accounts',
    line: [`a ->> 'entityId'`, `items -> 0 ->> 'entityId'`],
  },
  {
    what: 'a transaction balances',
    law: 'says and keeps',
    line: ['having sum(leg.amount) <> 0', 'having false'],
  },
  {
    what: 'a transaction is reversed once',
    law: 'says and keeps',
    line: [
      `if exists (select 1 from ledger_transaction where reverses_id = item ->> 'reversesId') then`,
      'if false then',
    ],
    statements: 'drop index ledger_transaction_reverses;',
  },
  {
    what: 'an ended hold is not taken again',
    law: 'takes a hold once',
    line: [`if h.state <> 'held' then verdict := 'hold_ended'; return next; continue; end if;`, ''],
  },
  {
    what: 'a hold whose time is over is not taken',
    law: 'says and keeps',
    line: [`(h.state = 'held' and h.expires_at <= clock_timestamp())`, 'false'],
  },
  {
    what: 'no more is taken from a hold than is left of it',
    law: 'says and keeps',
    line: ['if hold_part <= 0 or hold_part > h.remaining', 'if hold_part <= 0'],
  },
  {
    what: 'entries are append-only',
    law: 'cannot be altered',
    statements: 'alter table ledger_entry disable trigger append_only;',
  },
  {
    what: 'entries have an account and a transaction',
    law: 'keeps no entry without',
    statements: 'alter table ledger_entry disable trigger belongs;',
  },
  {
    what: 'transactions have an entity',
    law: 'keeps no entry without',
    statements: 'alter table ledger_transaction disable trigger belongs;',
  },
  {
    what: 'accounts are not deleted',
    law: 'keeps no entry without',
    statements: 'alter table ledger_account disable trigger append_only;',
  },
  {
    what: 'transactions cannot be truncated away',
    law: 'cannot be altered',
    statements: `alter table ledger_transaction disable trigger append_only_truncate;
      alter table ledger_entry disable trigger append_only_truncate;`,
  },
];

describe('a broken guard of the ledger is noticed', () => {
  it.each(ledgerGuards)('$what', async ({ law, line, of, statements }) => {
    const scratch = await opened();
    try {
      if (line) await breakFunction(scratch, of ?? 'post_ledger_each', ...line);
      if (statements) await scratch.asOwner(statements);
      expect(await isNoticed(() => named(ledgerLaws(tries), law)(scratch))).toBe(true);
    } finally {
      await scratch.close();
    }
  });
});

/** The same rules again, where a batch between accounts without a floor is written as a set. */
const setGuards: readonly Guard[] = [
  {
    what: 'the floor of a wallet in a set, and the constraint behind it',
    law: 'says of sets with wallets',
    line: ['where change.amount < 0 and change.balance < change.held', 'where false'],
    statements: `alter table ledger_account drop constraint ledger_account_check;
      alter table ledger_account drop constraint ledger_account_check1;`,
  },
  {
    what: 'the halves of a set are judged in order',
    law: 'says of sets with wallets',
    line: ['p.idx + half, p.verdict', 'p.idx, p.verdict'],
  },
  {
    what: 'a used key with another body',
    law: 'says of sets what',
    line: [
      `case when prior.id is null then null when prior.body_hash = item.body_hash then 'replayed' else 'key_reused' end`,
      `case when prior.id is null then null else 'replayed' end`,
    ],
  },
  {
    what: 'nothing moves across entities',
    law: 'says of sets what',
    line: [
      'bool_or(leg.entity_id <> leg.item_entity) as foreign_entity',
      'false as foreign_entity',
    ],
  },
  {
    what: 'a transaction balances',
    law: 'says of sets what',
    line: ['or bool_or(x.total <> 0) or', 'or'],
  },
  {
    what: 'the lock on the accounts of a set, and the constraint behind it',
    law: 'keeps its books when sets',
    line: ['order by la.id for no key update;', 'order by la.id;'],
    statements: 'drop index ledger_entry_version;',
  },
  {
    what: 'a key that another has just used is looked at again',
    law: 'writes sets',
    line: ['exception when unique_violation then', 'exception when division_by_zero then'],
  },
];

describe('a broken guard of sets in the ledger is noticed', () => {
  it.each(setGuards)('$what', async ({ law, line, statements }) => {
    const scratch = await opened();
    try {
      if (line) await breakFunction(scratch, 'post_ledger', ...line);
      if (statements) await scratch.asOwner(statements);
      expect(await isNoticed(() => named(ledgerLaws(tries), law)(scratch))).toBe(true);
    } finally {
      await scratch.close();
    }
  });
});

const intentGuards: readonly Guard[] = [
  {
    what: 'one of a log-in in flight (the index, for those sent at the same moment)',
    law: 'lets one',
    statements: 'drop index intent_one_per_login;',
  },
  {
    what: 'one of a log-in in flight (the check that says so)',
    law: 'has at most',
    line: ['if (other) {', 'if (false) {'],
  },
  {
    what: 'only a planned intent is sent',
    law: 'moves by',
    line: [
      `where id = :id and state = 'planned' returning 1`,
      `where id = :id and state <> 'sending' returning 1`,
    ],
  },
  {
    what: 'a settled outcome stays',
    law: 'moves by',
    line: [`(state = 'sending' or (state = 'unknown' and :state <> 'unknown'))`, 'true'],
  },
  {
    what: 'only what is in flight can be proven absent',
    law: 'moves by',
    line: [
      `where id = :id and state in ('sending', 'unknown') returning 1`,
      `where id = :id returning 1`,
    ],
  },
  {
    what: 'only what was not sent goes back to planned',
    law: 'moves by',
    line: [`where id = :id and state = 'sending'\``, 'where id = :id`'],
  },
  {
    what: 'a new attempt needs proof of absence',
    law: 'has at most',
    line: [`if (latest && latest.state !== 'absent') return latest;`, ''],
  },
];

describe('a broken guard of intents is noticed', () => {
  it.each(intentGuards)('$what', async ({ law, line, statements }) => {
    const scratch = await opened();
    try {
      if (statements) await scratch.asOwner(statements);
      const modules = line
        ? loadBroken<Intents>('db/intents.ts', {
            file: 'db/intents.ts',
            line: line[0],
            becomes: line[1],
          })
        : intents;
      expect(await isNoticed(() => named(intentLaws(tries), law)(scratch, modules))).toBe(true);
    } finally {
      await scratch.close();
    }
  });
});
