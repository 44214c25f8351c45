import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeFault } from '../../domain/audit/fault';
import { systemScope } from '../../domain/access/scope';
import { exportClient } from '../../db/audit/bundle/export-client';
import { checkpointCopyPath } from '../../db/audit/checkpoint-copy';
import { writeCheckpoint } from '../../db/audit/checkpoints';
import { verifyAudit } from '../../db/audit/verify';
import { actingPerson } from '../acting-person';
import { type Command, UsageError } from '../command';
import { withDatabase } from '../database';
import { withEnvironment } from '../stack/environment';

/** Verifies the audit trail, a bundle of it, writes one, or signs a checkpoint now. */
export const command: Command = {
  name: 'audit',
  summary: 'verifies the audit trail or a bundle, exports a client’s, signs a checkpoint',
  usage: `verify [--copy FILE]            every event of the database against the signed checkpoints
       verify BUNDLE --key PUB         a bundle, with nothing but the public key
       export --client ID --out DIR [--personal]
                                       a client’s whole trail; --personal opens what is sealed, for a
                                       person who is logged in (keelson login) and may
       checkpoint                      signs where every chain ends, now`,
  async run(args) {
    const [action, ...rest] = args;
    switch (action) {
      case 'verify':
        return await verify(rest);
      case 'export':
        return await exportBundle(rest);
      case 'checkpoint':
        return await checkpoint(rest);
      default:
        throw new UsageError('audit takes verify, export or checkpoint');
    }
  },
};

async function verify(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, {
    key: { type: 'string' },
    copy: { type: 'string' },
  });
  const [bundle, ...more] = positionals;
  if (more.length > 0) throw new UsageError('verify takes one bundle');
  if (bundle !== undefined) {
    if (values['key'] === undefined) throw new UsageError('a bundle needs --key PUB');
    return await verifyBundle(bundle, values['key']);
  }
  if (values['key'] !== undefined) throw new UsageError('--key is for a bundle');
  return await verifyDatabase(values['copy']);
}

/** By the product's own verifier, not the one in the bundle: that one came with what it is to verify. */
async function verifyBundle(bundle: string, key: string): Promise<number> {
  readFileSync(key);
  const verifier = path.join(__dirname, '..', '..', 'db', 'audit', 'bundle', 'verify.mjs');
  const child = spawn(
    process.execPath,
    [verifier, path.resolve(bundle), '--key', path.resolve(key)],
    {
      stdio: 'inherit',
    },
  );
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function verifyDatabase(copy: string | undefined): Promise<number> {
  return await withEnvironment((environment) =>
    withDatabase(environment, async (db) => {
      const copyPath = copy ?? checkpointCopyPath(environment.KEELSON_DATA);
      const verdict = await verifyAudit(db, { copyPath });
      const say = (text: string) => process.stdout.write(`${text}\n`);
      say(
        `${verdict.events} events in ${verdict.subjects} chains, ${verdict.checkpoints} checkpoints`,
      );
      say(
        verdict.anchored === null
          ? 'no checkpoint yet'
          : `checkpoint ${verdict.anchored.checkpoint} of ${verdict.anchored.at}; ${verdict.statesChecked} signed states computed again`,
      );
      say(
        `unanchored tail: ${verdict.unanchored.events} events of ${verdict.unanchored.subjects} chains`,
      );
      for (const fault of verdict.faults) say(`FAULT  ${describeFault(fault)}`);
      const rest = verdict.faultCount - verdict.faults.length;
      if (rest > 0) say(`FAULT  … and ${rest} more`);
      say(verdict.faultCount === 0 ? 'everything holds' : `${verdict.faultCount} faults`);
      return verdict.faultCount === 0 ? 0 : 1;
    }),
  );
}

async function exportBundle(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, {
    client: { type: 'string' },
    out: { type: 'string' },
    personal: { type: 'boolean' },
  });
  const { client, out, personal } = values;
  if (client === undefined || out === undefined || positionals.length > 0) {
    throw new UsageError('export takes --client ID and --out DIR');
  }
  return await withEnvironment((environment) =>
    withDatabase(environment, async (db) => {
      const openPersonal = personal === true;
      const scope = openPersonal
        ? await actingPerson(db, environment)
        : systemScope(machineOwner());
      const done = await exportClient(db, scope, {
        clientId: client,
        out: path.resolve(out),
        openPersonal,
        copyPath: checkpointCopyPath(environment.KEELSON_DATA),
      });
      process.stdout.write(
        `${done.events} events in ${done.subjects} chains, checkpoint ${done.checkpoint ?? 'none'}: ${path.resolve(out)}\n`,
      );
      process.stdout.write(
        `Verify it: npm run keelson -- audit verify ${out} --key ${path.join(environment.KEELSON_SECRETS_DIR, 'signing.pub')}\n`,
      );
      return 0;
    }),
  );
}

async function checkpoint(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw new UsageError('checkpoint takes no options');
  return await withEnvironment((environment) =>
    withDatabase(environment, async (db) => {
      const copyPath = checkpointCopyPath(environment.KEELSON_DATA);
      const outcome = await writeCheckpoint(db, { copyPath });
      switch (outcome.kind) {
        case 'written': {
          const { number, subjects } = outcome.checkpoint;
          process.stdout.write(`checkpoint ${number} signs ${subjects} chains\n`);
          return 0;
        }
        case 'nothing_new':
          process.stdout.write('nothing was recorded since the last checkpoint\n');
          return 0;
        case 'busy':
          process.stdout.write(`not now: ${outcome.reason}\n`);
          return 1;
        case 'refused':
          process.stdout.write(
            `the state that checkpoint ${outcome.last} signed has changed: run audit verify\n`,
          );
          return 1;
      }
    }),
  );
}

function machineOwner(): string {
  return `os:${os.userInfo().username}`;
}

type Options = Record<string, { readonly type: 'string' } | { readonly type: 'boolean' }>;

function parse<O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
