import { rows } from '../../db/connection';
import { type Run } from './cells';
import type { Field } from './field';
import { breachesOf, type Breach } from './laws';
import { runAll, type Ended } from './rounds';
import { tableOf } from './table';

export interface Report {
  readonly ended: Ended;
  readonly breaches: readonly Breach[];
  /** For people: the table of counts, and what became of the runs. */
  readonly text: string;
}

/** Runs cells of the matrix on the field and holds what came out against the laws. */
export async function runMatrix(
  field: Field,
  {
    runs,
    seed,
    patienceMs,
  }: {
    readonly runs: readonly Run[];
    readonly seed: number;
    /** How long a law may be broken before it counts. */
    readonly patienceMs?: number;
  },
): Promise<Report> {
  const startedAt = Date.now();
  const ended = await runAll(field, runs, seed);
  const ranMs = Date.now() - startedAt;
  const breaches = await breachesOf(field, ended, patienceMs);
  const outcomes = await outcomesOf(field, ended);
  const total = ended.transfers.length + ended.creations.length;
  return {
    ended,
    breaches,
    text: [
      '',
      tableOf(ended),
      `${total} runs in ${Math.round(ranMs / 1_000)} s, seed ${seed}: ${outcomes}`,
      ...breaches.map(({ law, of, detail }) => `BROKEN  ${law}: ${of}: ${detail}`),
      ...(breaches.length > 0 ? [howToRepeat(seed)] : []),
      '',
    ].join('\n'),
  };
}

function howToRepeat(seed: number): string {
  return `To run a cell again: FAULTS_SEED=${seed} FAULTS_ONLY='mt5/credit/late deal' npm run test:faults`;
}

async function outcomesOf({ stage }: Field, { transfers, creations }: Ended): Promise<string> {
  const [counted] = await stage.system((tx) =>
    rows<{ done: number; refused: number; absent: number; suspense: number }>(
      tx,
      `select (select count(*)::int from transfer where state = 'done') as done,
         (select count(*)::int from transfer where state = 'refused') as refused,
         (select count(*)::int from intent where state = 'absent') as absent,
         (select count(*)::int from ledger_transaction where kind = 'foreign_balance_change') as suspense`,
    ),
  );
  const open = transfers.filter(({ isFinished }) => !isFinished).length;
  const decisions =
    transfers.flatMap((run) => run.decisions).length +
    creations.filter(({ decision }) => decision !== undefined).length;
  return [
    `${counted?.done ?? 0} transfers done`,
    `${counted?.refused ?? 0} refused`,
    `${open} with a person`,
    `${counted?.absent ?? 0} attempts proven absent`,
    `${counted?.suspense ?? 0} deals in suspense`,
    `${decisions} decisions of people`,
  ].join(', ');
}
