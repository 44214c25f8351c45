import { parseArgs } from 'node:util';
import { startMail } from './simulator';

/**
 * Runs the mail catcher until SIGTERM or SIGINT and prints its addresses as one JSON line.
 *
 * `--data DIR [--smtp-port N] [--web-port N] [--control-port N]`
 */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      data: { type: 'string', default: '.keelson/mail' },
      'smtp-port': { type: 'string', default: '0' },
      'web-port': { type: 'string', default: '0' },
      'control-port': { type: 'string', default: '0' },
    },
  });
  const simulator = await startMail({
    data: values.data,
    smtpPort: Number(values['smtp-port']),
    webPort: Number(values['web-port']),
    controlPort: Number(values['control-port']),
  });
  process.stdout.write(`${JSON.stringify(simulator.addresses)}\n`);
  const stop = () => {
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
