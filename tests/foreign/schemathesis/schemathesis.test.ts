/**
 * Sends bad and good input to every operation of docs/openapi.json as every kind of caller, with `schemathesis`
 * from PyPI, a tester written by others. Looks for the program in the variable SCHEMATHESIS, then on the PATH;
 * without either it installs it in a temporary folder, which needs python3 with venv (Debian: python3-venv) and
 * PyPI. SCHEMATHESIS_EXAMPLES is how many requests are made up per operation and caller, SCHEMATHESIS_SEED which.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routes } from '../../../api/routes';
import { replayStack } from '../../setup/temporal';
import { gatherActors, shutOut } from './actors';
import { openBrokerage, type Brokerage } from './brokerage';
import { gatherCast, hire, walk } from './journey';
import { unknownPrefixes } from './names';
import { findSchemathesis, runAs, type Outcome } from './program';
import { answered, reached } from './request-log';

const examples = Number(process.env['SCHEMATHESIS_EXAMPLES'] ?? 2);
const seed = Number(process.env['SCHEMATHESIS_SEED'] ?? 1);
const parallel = 2;
const reachedShareMin = 0.9;

let folder: string;
let program: string;
let brokerage: Brokerage | undefined;
const startedAt = Date.now();
const said: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foreign-schemathesis-'));
  program = findSchemathesis(folder);
  brokerage = await openBrokerage(join(folder, 'data'));
}, 400_000);

afterAll(async () => {
  await brokerage?.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('the API under schemathesis', () => {
  it('knows of every kind of id in an address where to find some', () => {
    // Whoever adds a kind: say in names.ts where it is kept.
    expect(unknownPrefixes()).toEqual([]);
  });

  it('answers bad input as every role without 5xx, and 9 of 10 operations with 2xx', async () => {
    if (!brokerage) throw new Error('the brokerage is not open');
    const { url } = brokerage;
    const log = join(brokerage.stack.folder.logs, 'api.log');
    const cast = await gatherCast(url);
    const adminEmail = 'plain-admin@staff.keelson.example';
    await hire(brokerage, cast, { email: adminEmail, role: 'admin' });
    const { victim } = await walk(brokerage, cast);
    const actors = await gatherActors(brokerage, { adminEmail, victim });
    const before = answered(log).length;
    say(`brokerage and ${actors.length} callers after ${seconds()} s`);

    const outcomes: Outcome[] = [];
    const waiting = [...actors];
    const work = async () => {
      for (let actor = waiting.shift(); actor; actor = waiting.shift()) {
        outcomes.push(await runAs({ program, url, folder, examples, seed }, actor));
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    for (const { actor, cases, seconds: took } of outcomes) say(`${actor}: ${cases}, ${took} s`);

    const all = answered(log);
    const fuzzed = all.slice(before);
    const everReached = reached(all);
    const byScenario = [...everReached].filter((id) => !reached(fuzzed).has(id));
    const missed = routes
      .map(({ operationId }) => operationId)
      .filter((id) => !everReached.has(id));
    say(`${fuzzed.length} requests; ${seconds()} s in all`);
    say(`${everReached.size} of ${routes.length} operations answered 2xx`);
    say(`of them to the scenario alone: ${byScenario.length} (${byScenario.join(', ')})`);
    if (missed.length > 0) say(`never 2xx: ${missed.join(', ')}`);
    const failed = outcomes.filter(({ code }) => code !== 0);
    for (const { actor, failures } of failed) say(`\nas ${actor}\n${failures}`);
    process.stdout.write(`${said.join('\n')}\n`);

    expect(await shutOut(url, actors)).toEqual([]);
    expect(fuzzed.filter(({ status }) => status >= 500)).toEqual([]);
    expect(failed.map(({ actor }) => actor)).toEqual([]);
    expect(everReached.size / routes.length).toBeGreaterThanOrEqual(reachedShareMin);
  }, 3_600_000);

  it('leaves histories that replay', async () => {
    expect(await replayStack(brokerage?.stack.environment ?? {})).toBeGreaterThan(0);
  }, 600_000);
});

function say(line: string): void {
  said.push(line);
}

function seconds(): number {
  return Math.round((Date.now() - startedAt) / 1000);
}
