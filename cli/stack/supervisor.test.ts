import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildSpec } from './child';
import { nodeProgram } from './children';
import { processBirth } from './data-folder';
import { restartDelayMs, Supervisor, type SupervisorEvent } from './supervisor';

const stays = `process.stdout.write(JSON.stringify({ ready: true, pid: process.pid }) + '\\n');
  setInterval(() => {}, 1000);`;

describe('the supervisor', () => {
  let dir: string;
  let supervisor: Supervisor;
  let events: SupervisorEvent[];

  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'keelson-supervisor-'));
    events = [];
    supervisor = new Supervisor((event) => events.push(event));
  });
  afterEach(async () => {
    await supervisor.stopAll();
    rmSync(dir, { recursive: true, force: true });
  });

  function child(name: string, script: string, more: Partial<ChildSpec> = {}): ChildSpec {
    return {
      name,
      command: process.execPath,
      args: ['-e', script],
      readiness: { kind: 'json', accept: (line) => line['ready'] === true },
      readyMsMax: 10_000,
      logFile: path.join(dir, `${name}.log`),
      ...more,
    };
  }
  const alive = (pid: unknown) => processBirth(Number(pid)) !== undefined;

  it('waits for the line that says ready, past other lines', async () => {
    const script = `console.log('{"level":30}'); console.log('not json');${stays}`;
    const line = await supervisor.start(child('a', script));
    expect(line['pid']).toBe(supervisor.pid('a'));
  });

  it('shows the last output of a child that fails to start, and does not try again', async () => {
    const script = "console.error('port 80 is not for you'); process.exit(3)";
    await expect(supervisor.start(child('a', script))).rejects.toThrow(
      /a ended with code 3; its log is .*a\.log\n\s+port 80 is not for you/,
    );
    await sleep(300);
    expect(events).toEqual([]);
  });

  it('gives up on a child that never gets ready, and ends it', async () => {
    const script =
      "require('fs').writeFileSync(process.argv[1], String(process.pid)); setInterval(() => {}, 1000)";
    const pidFile = path.join(dir, 'pid');
    // Long enough for a busy machine to start it: it tells its pid before it is given up.
    const spec = child('a', script, { readyMsMax: 2_000 });
    const started = supervisor.start({ ...spec, args: [...spec.args, pidFile] });
    await expect(started).rejects.toThrow(/was not ready after/);
    expect(alive(readFileSync(pidFile, 'utf8'))).toBe(false);
  });

  it('restarts a killed child and counts the kill, not a crash', async () => {
    const before = await supervisor.start(child('a', stays));
    await supervisor.kill('a');
    const after = await supervisor.whenReady('a');
    expect(after['pid']).not.toBe(before['pid']);
    expect(alive(before['pid'])).toBe(false);
    expect(supervisor.counts()).toEqual({ a: { starts: 2, kills: 1, crashes: 0 } });
    expect(events.map((event) => event.kind)).toEqual(['started', 'died', 'restarted']);
  });

  it('restarts a child that crashes', async () => {
    const first = await supervisor.start(child('a', stays));
    process.kill(Number(first['pid']), 'SIGABRT');
    while (alive(first['pid'])) await sleep(10);
    await sleep(50);
    await supervisor.whenReady('a');
    expect(supervisor.counts()).toEqual({ a: { starts: 2, kills: 0, crashes: 1 } });
  });

  it('leaves a stopped child stopped until it is resumed', async () => {
    const before = await supervisor.start(child('a', stays));
    await supervisor.stop('a');
    await sleep(400);
    expect(alive(before['pid'])).toBe(false);
    const after = await supervisor.resume('a');
    expect(alive(after['pid'])).toBe(true);
  });

  it('kills a child that does not end when asked', async () => {
    const script = `process.on('SIGTERM', () => {});${stays}`;
    const { pid } = await supervisor.start(child('a', script, { stopMsMax: 200 }));
    await supervisor.stop('a');
    expect(alive(pid)).toBe(false);
  });

  it('ends children in the order of the stages', async () => {
    for (const name of ['database', 'worker', 'api']) await supervisor.start(child(name, stays));
    await supervisor.stopAll([['api'], ['worker']]);
    const stopped = events.flatMap((event) => (event.kind === 'stopped' ? [event.name] : []));
    expect(stopped).toEqual(['api', 'worker', 'database']);
  });

  it('leaves no orphan when it is killed itself', async () => {
    const parent = spawn(
      process.execPath,
      [...nodeProgram('tests/setup/children/parent').args, dir],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const said = await new Promise<string>((resolve) => {
      parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    });
    const pid = Number(said);
    expect(alive(pid)).toBe(true);
    parent.kill('SIGKILL');
    for (let waited = 0; waited < 5000 && alive(pid); waited += 50) await sleep(50);
    expect(alive(pid)).toBe(false);
  });

  it('names the children it has when asked for another', async () => {
    await supervisor.start(child('a', stays));
    await expect(supervisor.kill('b')).rejects.toThrow('no child "b"; there are: a');
  });
});

it('waits longer with every restart in a row, up to 15 s', () => {
  expect([1, 2, 3, 8, 9, 1000].map(restartDelayMs)).toEqual([
    100, 200, 400, 12_800, 15_000, 15_000,
  ]);
});
