import { parseArgs } from 'node:util';
import { startPsp } from './simulator';

/**
 * Runs the payment provider until SIGTERM or SIGINT and prints its addresses as one JSON line.
 *
 * `--data DIR [--port N] [--control-port N] [--webhook-url URL] [--stripe-secret S]
 * [--webhook-secret S] [--bank-key K] [--settle-ms N]`
 */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      data: { type: 'string', default: '.keelson/psp' },
      port: { type: 'string', default: '0' },
      'control-port': { type: 'string', default: '0' },
      'webhook-url': { type: 'string' },
      'stripe-secret': { type: 'string' },
      'webhook-secret': { type: 'string' },
      'bank-key': { type: 'string' },
      'settle-ms': { type: 'string', default: '300' },
    },
  });
  const simulator = await startPsp({
    data: values.data,
    port: Number(values.port),
    controlPort: Number(values['control-port']),
    settleMs: Number(values['settle-ms']),
    ...(values['webhook-url'] === undefined ? {} : { webhookUrl: values['webhook-url'] }),
    ...(values['stripe-secret'] === undefined ? {} : { stripeSecret: values['stripe-secret'] }),
    ...(values['webhook-secret'] === undefined ? {} : { webhookSecret: values['webhook-secret'] }),
    ...(values['bank-key'] === undefined ? {} : { bankKey: values['bank-key'] }),
  });
  process.stdout.write(`${JSON.stringify(simulator.addresses)}\n`);
  const stop = () => {
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
