import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, median, wordsOf } from './bench';
import { cases } from './cases';
import { decide } from './decide';
import { entities } from './entities';
import { feed } from './feed';
import { history } from './history';
import { inbox } from './inbox';
import { ledger } from './ledger';
import { policy } from './policy';
import { screening } from './screening';
import { startBenchServers } from './servers';
import { settlement } from './settlement';
import { withdrawal } from './withdrawal';

/** Every bench by name; what each has to reach stands in its own file. */
const benches: Readonly<Record<string, Bench>> = {
  cases,
  decide,
  entities,
  feed,
  history,
  inbox,
  ledger,
  policy,
  screening,
  settlement,
  withdrawal,
};

const resultsDir = path.join(__dirname, 'results');

/** `bench [NAME…] [--scale SHARE] [--rounds N]`: prints a line for each figure and writes `bench/results/NAME.json`. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '3' },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(benches);
  for (const name of names) {
    const bench = benches[name];
    if (!bench)
      throw new Error(`there is no bench ${name}; known: ${Object.keys(benches).join(' ')}`);
    const servers = await startBenchServers();
    try {
      const lines = await bench(servers, {
        scale: Number(values.scale),
        rounds: Number(values.rounds),
        say: (text) => void process.stderr.write(`${name}: ${text}\n`),
      });
      for (const line of lines) process.stdout.write(`${wordsOf(line)}\n`);
      mkdirSync(resultsDir, { recursive: true });
      const kept = lines.map((line) => ({
        ...line,
        ratio: median(line.product) / median(line.limit),
      }));
      writeFileSync(
        path.join(resultsDir, `${name}.json`),
        `${JSON.stringify({ scale: Number(values.scale), node: process.version, lines: kept }, null, 2)}\n`,
      );
    } finally {
      await servers.stop();
    }
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
