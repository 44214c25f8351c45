import path from 'node:path';
import { Supervisor } from '../../../cli/stack/supervisor';

/** Supervises one child that ignores its standard input, as a foreign server does. */
const supervisor = new Supervisor();
void supervisor
  .start({
    name: 'child',
    command: process.execPath,
    args: ['-e', 'console.log(JSON.stringify({ pid: process.pid })); setInterval(() => {}, 1000)'],
    readiness: { kind: 'json' },
    readyMsMax: 10_000,
    logFile: path.join(process.argv[2] ?? '', 'child.log'),
  })
  .then((line) => process.stdout.write(`${String(line['pid'])}\n`));
