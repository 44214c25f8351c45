import { describeError, loadCommands, runCommandLine } from './command';

/** `npm run keelson -- <command>`. */
async function main(): Promise<number> {
  return await runCommandLine(
    process.argv.slice(2),
    loadCommands(),
    (text) => process.stdout.write(`${text}\n`),
    (text) => process.stderr.write(`${text}\n`),
  );
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 1;
  },
);
