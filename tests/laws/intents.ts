import fc from 'fast-check';
import type * as intentsModule from '../../db/intents';
import { intentOfStep, readIntent, type Intent } from '../../db/intent-readers';
import type { IntentOutcome, IntentPlan } from '../../db/intents';
import { rows } from '../../db/connection';
import { newId } from '../../domain/ids';
import { tokenOf } from '../../domain/trading/token';
import type { Scratch } from '../proofs/scratch';
import { together, type Tries } from './tries';

export type Intents = typeof intentsModule;

/** A law of intents; it throws when the store (or the database under it) does not keep it. */
export type IntentLaw = (scratch: Scratch, intents: Intents) => Promise<void>;

function planOf(login: string, workflowId = `transfer/${newId('transfer')}`): IntentPlan {
  return {
    workflowId,
    step: 'platform',
    kind: 'balance_operation',
    target: 'mt5',
    reference: login,
    entityId: 'off',
    clientId: null,
    amountMinor: 100n,
    currency: 'USD',
  };
}

type Move =
  | { readonly move: 'plan'; readonly which: number }
  | { readonly move: 'send'; readonly which: number }
  | { readonly move: 'absent'; readonly which: number }
  | { readonly move: 'record'; readonly which: number; readonly outcome: IntentOutcome };

const which = fc.nat({ max: 2 });
const outcome: fc.Arbitrary<IntentOutcome> = fc.oneof(
  fc.constant({ kind: 'unknown', reason: 'cut off' } as const),
  fc.constant({ kind: 'refused', code: 'NOT_ENOUGH_MONEY', reason: '' } as const),
  fc.constant({ kind: 'refused', code: 'SERVER_UNAVAILABLE', reason: '', notSent: true } as const),
  fc.uuid().map((externalId) => ({ kind: 'done', externalId }) as const),
);
const anyMove: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ move: fc.constantFrom('plan' as const, 'send' as const), which }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constant('absent' as const), which }) },
  { weight: 3, arbitrary: fc.record({ move: fc.constant('record' as const), which, outcome }) },
);

const settled: readonly string[] = ['done', 'refused', 'absent'];
const inFlight: readonly string[] = ['sending', 'unknown'];

async function intentsOfLogin(scratch: Scratch, login: string) {
  return scratch.asSystem(async (tx) => {
    const ids = await rows<{ id: string }>(
      tx,
      'select id from intent where reference = :login order by created_at, attempt',
      { login },
    );
    return inOrder(ids, ({ id }) => readIntent(tx, id));
  });
}

interface Made {
  readonly move: Move;
  readonly login: string;
  readonly workflowId: string;
  /** The log-in's intents as they stand. */
  readonly before: readonly Intent[];
}

async function make(
  scratch: Scratch,
  intents: Intents,
  { move, login, workflowId, before }: Made,
): Promise<void> {
  const latest = await scratch.asSystem((tx) => intentOfStep(tx, workflowId, 'platform'));
  if (move.move === 'plan') {
    const planned = await scratch.asSystem((tx) =>
      intents.planIntent(tx, planOf(login, workflowId), tokenOf),
    );
    // A new attempt only where there was none, or where the last one is proven never to have happened.
    if (latest && latest.state !== 'absent') expect(planned.id).toBe(latest.id);
    else expect(planned.attempt).toBe((latest?.attempt ?? 0) + 1);
    return;
  }
  if (!latest) return;
  if (move.move === 'send') {
    const others = before.filter(
      (other) => other.id !== latest.id && inFlight.includes(other.state),
    );
    const sent = scratch.asSystem((tx) => intents.markSending(tx, latest));
    if (others.length > 0) await expect(sent).rejects.toMatchObject({ code: 'in_flight' });
    else expect(await sent).toBe(latest.state === 'planned');
    return;
  }
  await scratch.asSystem((tx) =>
    move.move === 'absent'
      ? intents.markAbsent(tx, latest, { law: 'absent' })
      : intents.recordOutcome(tx, latest, move.outcome),
  );
}

type MoveName = 'send' | 'unknown' | 'refused' | 'not sent' | 'done' | 'absent';

/** How an intent gets into each state. */
const waysTo: Readonly<Record<string, readonly MoveName[]>> = {
  planned: [],
  sending: ['send'],
  unknown: ['send', 'unknown'],
  done: ['send', 'done'],
  refused: ['send', 'refused'],
  absent: ['send', 'unknown', 'absent'],
};

const stays = (state: string): Record<MoveName, string> => ({
  send: state,
  unknown: state,
  refused: state,
  'not sent': state,
  done: state,
  absent: state,
});

const table: Readonly<Record<string, Record<MoveName, string>>> = {
  planned: { ...stays('planned'), send: 'sending' },
  sending: {
    send: 'sending',
    unknown: 'unknown',
    refused: 'refused',
    'not sent': 'planned',
    done: 'done',
    absent: 'absent',
  },
  unknown: { ...stays('unknown'), refused: 'refused', done: 'done', absent: 'absent' },
  done: stays('done'),
  refused: stays('refused'),
  absent: stays('absent'),
};

async function moveIntent(
  scratch: Scratch,
  intents: Intents,
  intent: Intent,
  move: MoveName,
): Promise<void> {
  const record = (outcome: IntentOutcome) =>
    scratch.asSystem((tx) => intents.recordOutcome(tx, intent, outcome));
  switch (move) {
    case 'send':
      await scratch.asSystem((tx) => intents.markSending(tx, intent));
      return;
    case 'absent':
      await scratch.asSystem((tx) => intents.markAbsent(tx, intent, { law: 'table' }));
      return;
    case 'unknown':
      await record({ kind: 'unknown', reason: 'lost' });
      return;
    case 'done':
      await record({ kind: 'done', externalId: newId('command') });
      return;
    case 'refused':
    case 'not sent':
      await record({ kind: 'refused', code: 'NO', reason: '', notSent: move === 'not sent' });
  }
}

/** What is settled stays as it is, to the byte. */
function assertSettledStays(before: readonly Intent[], after: readonly Intent[]): void {
  for (const intent of before) {
    if (settled.includes(intent.state))
      expect(after.find(({ id }) => id === intent.id)).toEqual(intent);
  }
}

export function intentLaws(tries: Tries): Readonly<Record<string, IntentLaw>> {
  return {
    'has at most one of a log-in in flight, never changes what is settled, and tries again only after proof':
      (scratch, intents) =>
        fc.assert(
          fc.asyncProperty(fc.array(anyMove, { minLength: 15, maxLength: 30 }), async (moves) => {
            const login = newId('account');
            const workflows = Array.from({ length: 3 }, () => `transfer/${newId('transfer')}`);
            // Nobody else moves this log-in's intents: what stood after a move stands before the next.
            let before: readonly Intent[] = [];
            for (const move of moves) {
              const workflowId = workflows[move.which] ?? '';
              await make(scratch, intents, { move, login, workflowId, before });
              const after = await intentsOfLogin(scratch, login);
              expect(after.filter(({ state }) => inFlight.includes(state)).length).toBeLessThan(2);
              assertSettledStays(before, after);
              for (const planned of before) {
                const now = after.find(({ id }) => id === planned.id);
                if (planned.state === 'planned')
                  expect(['planned', 'sending']).toContain(now?.state);
              }
              before = after;
            }
          }),
          tries,
        ),

    'moves by the table of states and no other way': async (scratch, intents) => {
      for (const [from, way] of Object.entries(waysTo)) {
        for (const [move, to] of Object.entries(table[from] ?? {})) {
          const plan = planOf(newId('account'));
          const planned = await scratch.asSystem((tx) => intents.planIntent(tx, plan, tokenOf));
          for (const one of way) await moveIntent(scratch, intents, planned, one);
          await moveIntent(scratch, intents, planned, move as MoveName);
          const { state } = await scratch.asSystem((tx) => readIntent(tx, planned.id));
          expect({ from, move, state }).toEqual({ from, move, state: to });
        }
      }
    },

    'lets one of a log-in out, whoever else is sent at the same moment': async (
      scratch,
      intents,
    ) => {
      for (let round = 0; round < 6; round += 1) {
        const login = newId('account');
        const planned = await scratch.asSystem((tx) =>
          inOrder(Array.from({ length: 6 }), () => intents.planIntent(tx, planOf(login), tokenOf)),
        );
        await together(
          planned.map((intent) =>
            scratch.asSystem((tx) => intents.markSending(tx, intent)).catch(() => false),
          ),
        );
        const now = await intentsOfLogin(scratch, login);
        expect(now.filter(({ state }) => state === 'sending')).toHaveLength(1);
      }
    },

    'is sent once, whoever else sends it at the same moment': async (scratch, intents) => {
      const planned = await scratch.asSystem((tx) =>
        intents.planIntent(tx, planOf(newId('account')), tokenOf),
      );
      const sent = await together(
        Array.from({ length: 6 }, () =>
          scratch.asSystem((tx) => intents.markSending(tx, planned)).catch(() => false),
        ),
      );
      expect(sent.filter(Boolean)).toHaveLength(1);
    },

    'is planned once, whoever else plans it at the same moment': async (scratch, intents) => {
      const plan = planOf(newId('account'));
      const planned = await together(
        Array.from({ length: 6 }, () =>
          scratch.asSystem((tx) => intents.planIntent(tx, plan, tokenOf)),
        ),
      );
      expect(new Set(planned.map(({ id }) => id)).size).toBe(1);
    },
  };
}

/** One after the other: a transaction has one connection. */
async function inOrder<Item, T>(
  items: readonly Item[],
  work: (item: Item) => Promise<T>,
): Promise<T[]> {
  const done: T[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}
