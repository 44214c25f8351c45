import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isRecord } from '../domain/record';

/** One `npm run keelson -- <name>`; a file in cli/commands/ exports it as `command`. */
export interface Command {
  readonly name: string;
  /** One line of the table that `--help` prints. */
  readonly summary: string;
  /** What follows the name: `verify | export --client ID`. Empty when nothing may follow. */
  readonly usage: string;
  /** @returns the exit code; nothing means 0. */
  run(args: readonly string[]): Promise<number | void>;
}

/** The command line was wrong: exit code 2, with the command's usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export class BrokenCommandError extends Error {
  override readonly name = 'BrokenCommandError';
}

/**
 * Loads the table of commands: one per file of the folder, sorted by name. Where the command that is wanted has a file
 * of its name, the table is that one alone: the others need the whole product, which takes seconds to load.
 */
export function loadCommands(
  wanted?: string,
  folder: string = path.join(__dirname, 'commands'),
): readonly Command[] {
  // `import()` would bypass the loader that reads TypeScript.
  const load = createRequire(__filename);
  const extension = __filename.endsWith('.ts') ? '.ts' : '.js';
  const files = readdirSync(folder).filter(
    (file) =>
      file.endsWith(extension) && !file.endsWith('.d.ts') && !file.endsWith(`.test${extension}`),
  );
  const own = `${wanted}${extension}`;
  const commands: Command[] = [];
  for (const file of files.includes(own) ? [own] : files) {
    const { command }: { readonly command?: unknown } = load(path.join(folder, file));
    if (!isCommand(command)) {
      throw new BrokenCommandError(`cli/commands/${file} exports no command`);
    }
    commands.push(command);
  }
  return commands.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isCommand(value: unknown): value is Command {
  return (
    isRecord(value) &&
    [value['name'], value['summary'], value['usage']].every((text) => typeof text === 'string') &&
    typeof value['run'] === 'function'
  );
}

/** The table as `--help` prints it. */
export function describeCommands(commands: readonly Command[]): string {
  const width = Math.max(0, ...commands.map((command) => command.name.length));
  return [
    'usage: npm run keelson -- <command> [options]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'npm run keelson -- <command> --help says more about one.',
  ].join('\n');
}

export function describeCommand(command: Command): string {
  const usage = `usage: npm run keelson -- ${command.name} ${command.usage}`.trimEnd();
  return `${usage}\n\n${command.summary}`;
}

/**
 * Runs one command line.
 * @returns the exit code: 2 for a wrong command line, 1 for a failure.
 */
export async function runCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(describeCommands(commands));
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    complain(
      `There is no command "${name}". Commands: ${commands.map((known) => known.name).join(', ')}`,
    );
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    print(describeCommand(command));
    return 0;
  }
  try {
    return (await command.run(args)) ?? 0;
  } catch (error) {
    if (error instanceof UsageError) {
      complain(`${error.message}\n${describeCommand(command)}`);
      return 2;
    }
    complain(describeError(error));
    return 1;
  }
}

/** The message for a person; the stack only when KEELSON_LOG_LEVEL is debug or trace. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const level = process.env['KEELSON_LOG_LEVEL'];
  if (level === 'debug' || level === 'trace') return error.stack ?? error.message;
  return error.message || error.name;
}
