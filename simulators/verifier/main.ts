import { parseArgs } from 'node:util';
import { startVerifier } from './verifier';

/**
 * Runs the verifier of identities until SIGTERM or SIGINT and prints its addresses as one JSON line.
 *
 * `--data DIR [--port N] [--control-port N] [--webhook-url URL] [--review-ms N]`
 */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      data: { type: 'string', default: '.keelson/verifier' },
      port: { type: 'string', default: '0' },
      'control-port': { type: 'string', default: '0' },
      'webhook-url': { type: 'string' },
      'review-ms': { type: 'string' },
    },
  });
  const simulator = await startVerifier({
    data: values.data,
    port: Number(values.port),
    controlPort: Number(values['control-port']),
    ...(values['webhook-url'] === undefined ? {} : { webhookUrl: values['webhook-url'] }),
    ...(values['review-ms'] === undefined ? {} : { reviewMs: Number(values['review-ms']) }),
  });
  process.stdout.write(`${JSON.stringify(simulator.addresses)}\n`);
  const stop = () => {
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
