import { existsSync } from 'node:fs';
import path from 'node:path';
import { ListUnreadable } from '../../connectors/screening/list-file';
import { readLists } from '../../connectors/screening/read-list';
import { systemScope } from '../../domain/access/scope';
import { shrinkage } from '../../domain/screening/delta';
import { inScope } from '../../db/connection';
import { loadList, versionsInForce, type StoredListVersion } from '../../db/sanction-lists';
import { actingPerson } from '../acting-person';
import { type Command, UsageError } from '../command';
import { withDatabase } from '../database';
import { withEnvironment } from '../stack/environment';

/** Shows the sanctions lists in force, or brings newer versions of them into force. */
export const command: Command = {
  name: 'lists',
  summary: 'shows the sanctions lists in force, or loads newer versions of them',
  usage: `                 the lists in force
       load FILE…       reads lists (as \`screen --list\`) and brings them into force, for a person who is
                        logged in (keelson login) and may; all of them or, where one is broken, none`,
  async run(args) {
    const [action, ...files] = args;
    if (action === undefined) return showLists();
    if (action !== 'load' || files.some((file) => file.startsWith('--')))
      throw new UsageError('lists takes nothing, or load with files and folders');
    if (files.length === 0) throw new UsageError('load takes at least one file or folder');
    return loadFiles(files.map(placeOf));
  },
};

function showLists(): Promise<number> {
  return withEnvironment((environment) =>
    withDatabase(environment, async (db) => {
      const found = await inScope(db, systemScope('os:lists'), versionsInForce);
      for (const version of found) process.stdout.write(`${inWords(version)}\n`);
      if (found.length === 0) process.stdout.write('no list is in force: nobody is cleared\n');
      return 0;
    }),
  );
}

async function loadFiles(places: readonly string[]): Promise<number> {
  try {
    const lists = await readLists(places);
    return await withEnvironment((environment) =>
      withDatabase(environment, async (db) => {
        const loaded = await inScope(db, await actingPerson(db, environment), async (tx) => {
          const done = [];
          for (const list of lists) done.push(await loadList(tx, list));
          return done;
        });
        for (const { version, isNew } of loaded) {
          const { added, changed, removed } = version;
          const delta = `${added} added, ${changed} changed, ${removed} removed`;
          process.stdout.write(
            isNew
              ? `${inWords(version)}: ${delta}\n`
              : `${inWords(version)}: these very files are in force; nothing has changed\n`,
          );
          const share = isNew ? shrinkage(version) : undefined;
          if (share !== undefined)
            process.stderr.write(
              `warning: ${version.listName} has lost ${Math.round(share * 100)} percent of its entries. Compare with what its publisher says; the file may be cut short.\n`,
            );
        }
        return 0;
      }),
    );
  } catch (error) {
    if (!(error instanceof ListUnreadable)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function inWords({ listName, number, publishedOn, entries, loadedAt }: StoredListVersion): string {
  return `${listName}  version ${number} of ${publishedOn}, ${entries} entries, loaded ${loadedAt.slice(0, 16).replace('T', ' ')} UTC`;
}

/** npm runs in the repository's root; what is typed is meant from where it was typed. */
function placeOf(file: string): string {
  const typed = path.resolve(process.env['INIT_CWD'] ?? '.', file);
  return existsSync(typed) ? typed : path.resolve(file);
}
