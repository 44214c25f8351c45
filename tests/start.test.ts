import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { dataFolder } from '../cli/stack/data-folder';
import { until } from './processes/until';
import { replayStack } from './setup/temporal';

const variables = z.record(z.string(), z.string());

/** `npm start` as a person uses it: everything comes up, Ctrl-C ends everything, data stays. */
describe('npm start', () => {
  const parent = mkdtempSync(path.join(os.tmpdir(), 'keelson-start-'));
  const data = path.join(parent, 'data');
  let running: ChildProcess | undefined;

  afterAll(() => {
    running?.kill('SIGKILL');
    rmSync(parent, { recursive: true, force: true });
  });

  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(KEELSON_|TEMPORAL_|DATABASE_URL|NODE_ENV)/.test(name),
  );
  const env = { ...Object.fromEntries(kept), KEELSON_DATA: data };

  function run(name: string): { child: ChildProcess; output: () => string } {
    const script = path.resolve(__dirname, '..', 'scripts', 'run.js');
    const child = spawn(process.execPath, [script, name], { env, stdio: 'pipe' });
    running = child;
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return { child, output: () => output };
  }

  const ended = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => {
      if (child.exitCode !== null) resolve(child.exitCode);
      else child.once('exit', resolve);
    });

  /** Starts, waits until it says that it is up, and answers the address it prints. */
  async function start(): Promise<{ child: ChildProcess; url: string }> {
    const { child, output } = run('start');
    while (!output().includes('Ctrl-C ends it')) {
      if (child.exitCode !== null) throw new Error(output());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { child, url: /Keelson +(http:\S+)/.exec(output())?.[1] ?? '' };
  }

  /** Processes that were told of our data folder, by their arguments or environment. */
  function processesOnData(): string[] {
    return readdirSync('/proc').filter((entry) => {
      if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return false;
      try {
        const told = ['cmdline', 'environ'].map((file) =>
          readFileSync(`/proc/${entry}/${file}`, 'utf8'),
        );
        return told.some((text) => text.includes(data));
      } catch {
        return false;
      }
    });
  }

  it('brings everything up, ends everything on Ctrl-C, and keeps its address', async () => {
    const first = await start();
    expect((await fetch(first.url)).status).toBeLessThan(500);
    expect(processesOnData().length).toBeGreaterThan(6);
    first.child.kill('SIGINT');
    expect(await ended(first.child)).toBe(0);
    expect(processesOnData()).toEqual([]);

    const second = await start();
    expect(second.url).toBe(first.url);
    const told: unknown = JSON.parse(readFileSync(dataFolder(data).environmentFile, 'utf8'));
    // The feeds of the trading servers, if nothing else: they are started a moment after the rest.
    await until('histories that replay', () => replayStack(variables.parse(told)));
    const refused = run('reset');
    expect(await ended(refused.child)).toBe(1);
    expect(refused.output()).toMatch(/Keelson runs on .* end it first/);
    running = second.child;
    second.child.kill('SIGTERM');
    expect(await ended(second.child)).toBe(0);

    const dropped = run('reset');
    expect(await ended(dropped.child)).toBe(0);
    expect(readdirSync(parent)).toEqual([]);
  }, 180_000);
});
