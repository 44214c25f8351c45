import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BankFileFault } from '../../connectors/bank-files/fault';
import { readStatement } from '../../connectors/bank-files/read-statement';
import type { Reading } from '../../connectors/bank-files/statement';
import { type Command, describeError, UsageError } from '../command';
import { statementJson, statementTable } from '../statement';

/** Reads a bank's file and shows what is in it. Needs neither database nor server. */
export const command: Command = {
  name: 'statement',
  summary:
    'reads a bank’s statement (camt.052, 053, 054, MT940, MT942, BAI2) and shows what is in it',
  usage: 'read FILE [--json]',
  run: (args) => Promise.resolve(run(args)),
};

function run(args: readonly string[]): number {
  const { file, json } = parse(args);
  const reading = read(file);
  if (reading === undefined) return 2;
  for (const doubt of reading.doubts) {
    const { line, field, reason } = doubt;
    complain(new BankFileFault(line, `warning: ${field}`, reason).inFile(file));
  }
  const shown = json ? JSON.stringify(statementJson(reading)) : statementTable(reading);
  process.stdout.write(`${shown}\n`);
  return 0;
}

function parse(args: readonly string[]): { readonly file: string; readonly json: boolean } {
  let parsed;
  try {
    const options = { json: { type: 'boolean' } } as const;
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const [action, file, ...more] = parsed.positionals;
  if (action !== 'read' || file === undefined || more.length > 0) {
    throw new UsageError('statement takes read and one file');
  }
  return { file, json: parsed.values.json === true };
}

/** Undefined when it cannot be read; then one line has said why. */
function read(file: string): Reading | undefined {
  let content;
  try {
    content = readFileSync(placeOf(file));
  } catch (error) {
    complain(`${file}: ${describeError(error)}`);
    return undefined;
  }
  try {
    return readStatement(content);
  } catch (error) {
    if (!(error instanceof BankFileFault)) throw error;
    complain(error.inFile(file));
    return undefined;
  }
}

/** npm runs in the repository's root; what is typed is meant from where it was typed. */
function placeOf(file: string): string {
  const typed = path.resolve(process.env['INIT_CWD'] ?? '.', file);
  return existsSync(typed) ? typed : path.resolve(file);
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}
