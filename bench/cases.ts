import { systemScope } from '../domain/access/scope';
import { inScope } from '../db/connection';
import { readCase } from '../db/kyc';
import {
  describeScans,
  findOrphans,
  sumOfScans,
  type OrphanScan,
} from '../db/orphans/find-orphans';
import { processesWithoutRun } from '../db/orphans/without-run';
import { describeRun } from '../temporal-config/server/describe-run';
import { openStage, type Stage } from '../tests/processes/stage';
import { until } from '../tests/processes/until';
import type { BenchLine, BenchOptions } from './bench';
import { caseKinds, type CaseKind } from './case-kinds';
import { foundOf, plantOrphans } from './planted-orphans';
import type { BenchServers } from './servers';

const inFull = 10_000;
const worker = 'bench-worker';
const playedAtOnce = 24;
const restMsMax = 600_000;

interface Played {
  readonly kind: string;
  readonly caseId: string;
}

/**
 * Cases of every kind, from registration to their end, through the real workflows, with people who decide; then the
 * reconciler looks through everything for what no process works on, and again when some has been planted. Not a race:
 * every case must end as its kind says.
 */
export async function cases(
  _servers: BenchServers,
  { scale, say }: BenchOptions,
): Promise<BenchLine[]> {
  const plan = planOf(Math.max(Object.keys(caseKinds).length, Math.round(inFull * scale)));
  const stage = await openStage({ workers: false, replays: false });
  try {
    await stage.forkWorker(worker);
    const startedMs = performance.now();
    const played = await playAll(stage, plan, say);
    const ended = await endedAsTheyMust(stage, played);
    const minutes = (performance.now() - startedMs) / 60_000;
    await rest(stage);
    const scans = await scanAll(stage);
    const report = describeScans(scans);
    say(report);
    const { scanned, found: orphans } = sumOfScans(scans);
    await stage.supervisor.stop(worker);
    const planted = await plantOrphans(stage);
    const found = foundOf(planted, await scanAll(stage));
    const byKind = Object.keys(caseKinds).map(
      (kind) => `${played.filter((each) => each.kind === kind).length} ${kind}`,
    );
    return [
      {
        ...{ line: 'cases that ended as they must', unit: 'cases', better: 'more', reach: 1 },
        ...{ product: [ended], limit: [plan.length], limitIs: 'every case that was played' },
        notes: [
          `${minutes.toFixed(1)} minutes, ${(plan.length / minutes / 60).toFixed(1)} cases/s, ${playedAtOnce} at once: ${byKind.join('; ')}`,
        ],
      },
      {
        ...{ line: 'things that a process works on', unit: 'things', better: 'more', reach: 1 },
        product: [scanned - orphans],
        limit: [scanned],
        limitIs: 'everything that the reconciler scanned',
        notes: report.split('\n'),
      },
      {
        ...{ line: 'planted orphans that it finds', unit: 'orphans', better: 'more', reach: 1 },
        ...{ product: [found.length], limit: [planted.length], limitIs: 'every one planted' },
        notes: [...new Set(planted.map(({ kind }) => kind)), 'and none besides'],
      },
    ];
  } finally {
    await stage.close();
  }
}

/** The kinds in their shares, mixed, each at least once. */
function planOf(count: number): (readonly [string, CaseKind])[] {
  const kinds = Object.entries(caseKinds);
  const shares = kinds.flatMap((kind) => Array.from({ length: kind[1].share }, () => kind));
  return Array.from({ length: count }, (_, n) => {
    const kind = n < kinds.length ? kinds[n] : shares[(n * 37) % shares.length];
    if (!kind) throw new Error('there are kinds of cases');
    return kind;
  });
}

async function playAll(
  stage: Stage,
  plan: readonly (readonly [string, CaseKind])[],
  say: BenchOptions['say'],
): Promise<Played[]> {
  const played: Played[] = [];
  const left = plan[Symbol.iterator]();
  const play = async () => {
    for (const [kind, each] of left) {
      const { id } = await each.play(stage);
      played.push({ kind, caseId: id });
      if (played.length % 500 === 0) say(`${played.length} of ${plan.length} cases`);
    }
  };
  await Promise.all(Array.from({ length: playedAtOnce }, play));
  return played;
}

/** Waits until each case stands where its kind says; answers how many do. @throws naming the first that does not. */
async function endedAsTheyMust(stage: Stage, played: readonly Played[]): Promise<number> {
  let ended = 0;
  for (const { kind, caseId } of played) {
    const must = caseKinds[kind]?.ends;
    await until(
      `${kind}: ${caseId} to be ${must ?? '?'}`,
      async () => {
        const { state } = await stage.system((tx) => readCase(tx, caseId));
        if (state !== must) throw new Error(state);
        return true;
      },
      restMsMax,
    );
    ended += 1;
  }
  return ended;
}

async function scanAll(stage: Stage): Promise<OrphanScan[]> {
  const scans = await inScope(stage.db, systemScope('os:bench'), (tx) => findOrphans(tx));
  const run = await processesWithoutRun(stage.db, (id) => describeRun(stage.temporal.client, id));
  return [...scans, run];
}

/** Letters are sent, accounts opened, onboardings over: until nothing is on its way and nothing works. */
async function rest(stage: Stage): Promise<void> {
  await until(
    'everything to come to rest',
    async () => {
      const [row] = await stage.system((tx) =>
        tx.sql('process').whereNull('finished_at').whereNull('waits_for').count('* as working'),
      );
      const [outbox] = await stage.system((tx) =>
        tx.sql('outbox').whereNull('dispatched_at').count('* as waiting'),
      );
      return Number(row?.['working']) + Number(outbox?.['waiting']) === 0;
    },
    restMsMax,
  );
}
