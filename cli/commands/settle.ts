import path from 'node:path';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Command, UsageError } from '../command';
import { readSettleFiles } from '../settle/read-files';
import { withScratchDatabase } from '../settle/scratch-database';
import { settledTable, settleFiles } from '../settle/settle';
import { SettleFault } from '../settle/settle-fault';

/** Settles plain files. Needs no stack: it starts a PostgreSQL of its own and leaves nothing behind. */
export const command: Command = {
  name: 'settle',
  summary:
    'settles partners’ commission from plain files (docs/settlement.md): audits, migrations, what-if',
  usage: '--input DIR [--adjust] [--json]',
  async run(args) {
    const { input, adjust, json } = parse(args);
    let files;
    try {
      files = readSettleFiles(placeOf(input));
    } catch (error) {
      if (!(error instanceof SettleFault)) throw error;
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    if (adjust && files.previous === undefined) {
      process.stderr.write('previous.json: there is nothing to adjust without it\n');
      return 2;
    }
    if (adjust && files.previous?.plans.length === 0) {
      process.stderr.write(
        `plans.json: /plans/0/from, from: no plan was in force in ${files.previous.run.period}, which is to be adjusted\n`,
      );
      return 2;
    }
    const settled = await withScratchDatabase((db) => settleFiles(db, files, { adjust }));
    process.stdout.write(`${json ? JSON.stringify(settled) : settledTable(settled)}\n`);
    return 0;
  },
};

function parse(args: readonly string[]): { input: string; adjust: boolean; json: boolean } {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        input: { type: 'string' },
        adjust: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { input, adjust, json } = values;
  if (input === undefined) throw new UsageError('settle takes --input and a folder');
  return { input, adjust, json };
}

/** npm runs in the repository's root; what is typed is meant from where it was typed. */
function placeOf(folder: string): string {
  const typed = path.resolve(process.env['INIT_CWD'] ?? '.', folder);
  return existsSync(typed) ? typed : path.resolve(folder);
}
