import { parseArgs } from 'node:util';
import { findAnvil } from './anvil';
import { startChain } from './simulator';

/**
 * Runs an Ethereum chain (anvil) with two tokens until SIGTERM or SIGINT and prints its addresses as one JSON line.
 *
 * `--data DIR [--port N] [--control-port N] [--block-seconds N] [--forget]
 * [--if-installed]`: without anvil it says that it is absent, and waits to be ended.
 */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      data: { type: 'string', default: '.keelson/chain' },
      port: { type: 'string', default: '0' },
      'control-port': { type: 'string', default: '0' },
      'block-seconds': { type: 'string' },
      forget: { type: 'boolean', default: false },
      'if-installed': { type: 'boolean', default: false },
    },
  });
  if (values['if-installed'] && findAnvil() === undefined) return beAbsent();
  const simulator = await startChain({
    data: values.data,
    port: Number(values.port),
    controlPort: Number(values['control-port']),
    keeps: !values.forget,
    ...(values['block-seconds'] === undefined
      ? {}
      : { blockSeconds: Number(values['block-seconds']) }),
  });
  process.stdout.write(`${JSON.stringify(simulator.addresses)}\n`);
  simulator.onExit((how) => {
    process.stderr.write(`anvil ended (${how})\n`);
    process.exit(1);
  });
  const stop = () => {
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** Where anvil is not installed, which is a part of development alone. */
function beAbsent(): void {
  process.stdout.write(`${JSON.stringify({ absent: true })}\n`);
  const idle = setInterval(() => undefined, 3_600_000);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => clearInterval(idle));
  }
}
