import { describeError, loadCommands, runCommandLine } from './command';

/** `npm run keelson -- <command>`. */
async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  return await runCommandLine(
    argv,
    loadCommands(argv[0]),
    (text) => process.stdout.write(`${text}\n`),
    (text) => process.stderr.write(`${text}\n`),
  );
}

// `keelson … | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 1;
  },
);
