import os from 'node:os';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { z } from 'zod';
import { requireVariable } from '../../temporal-config/environment.schema';
import { keepLogIn, type LogIn } from '../acting-person';
import { type Command, UsageError } from '../command';
import { withEnvironment } from '../stack/environment';

/** Logs a staff member in for an hour; commands that act for a person use it. */
export const command: Command = {
  name: 'login',
  summary: 'logs a staff member in for an hour, for commands that act for a person',
  usage: 'EMAIL  (asks for the password, or reads it from standard input)',
  async run(args) {
    const [email, ...rest] = args;
    if (email === undefined || rest.length > 0) throw new UsageError('login takes an e-mail');
    await withEnvironment(async (environment) => {
      const api = requireVariable(environment, 'KEELSON_PUBLIC_URL');
      const password = await readPassword();
      const logIn = await askToken(api, { email, password });
      keepLogIn(environment, logIn);
      process.stdout.write(`Logged in until ${logIn.expiresAt}.\n`);
    });
  },
};

/** A log-in, or a problem. */
const answerShape = z.object({
  token: z.string().optional(),
  expiresAt: z.string().optional(),
  userId: z.string().optional(),
  detail: z.string().optional(),
});

async function askToken(
  api: string,
  { email, password }: { email: string; password: string },
): Promise<LogIn> {
  const response = await fetch(`${api}/api/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'staff',
      email,
      password,
      name: `keelson login on ${os.hostname()}`,
    }),
  });
  const answer = answerShape.parse(await response.json());
  const { token, expiresAt, userId } = answer;
  if (!response.ok || token === undefined || expiresAt === undefined || userId === undefined) {
    throw new Error(answer.detail ?? `The API answered ${response.status}.`);
  }
  return { token, expiresAt, userId };
}

/** Without an echo on a terminal; the first line otherwise. */
async function readPassword(): Promise<string> {
  const isTerminal = process.stdin.isTTY;
  if (isTerminal) process.stderr.write('Password: ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTerminal });
  try {
    for await (const line of lines) return line;
    throw new UsageError('a password is needed');
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}
