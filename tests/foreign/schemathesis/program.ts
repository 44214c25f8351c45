import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { routes } from '../../../api/routes';
import { admits, type Actor } from './actors';
import { installFromPyPI } from '../install';

const requirement = 'schemathesis==4.32.5';
const document = resolve(__dirname, '../../../docs/openapi.json');

/** What one run has to say. */
export interface Outcome {
  readonly actor: string;
  readonly code: number | null;
  readonly seconds: number;
  readonly cases: string;
  /** From the first failure on; what comes before counts what passed. */
  readonly failures: string;
}

/** The program of the variable SCHEMATHESIS, of the PATH, or one that is installed in the folder. */
export function findSchemathesis(folder: string): string {
  const named = process.env['SCHEMATHESIS'];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`SCHEMATHESIS names ${named}, which is not there`);
  }
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((place) => join(place, 'schemathesis'))
    .find((file) => existsSync(file));
  return found ?? join(installFromPyPI(folder, requirement), 'schemathesis');
}

/** Everything that it can hold against an answer, but opinions on which input a rule must take. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'allow_header_conformance',
  'use_after_free',
  'ensure_resource_availability',
];

export interface Running {
  readonly program: string;
  readonly url: string;
  /** Where the run keeps its files. */
  readonly folder: string;
  /** How many requests are made up per operation, of good and of bad input. */
  readonly examples: number;
  readonly seed: number;
}

/** Sends requests to every operation of the document as the actor. */
export function runAs(
  { program, url, folder, examples, seed }: Running,
  { name, headers, names }: Actor,
): Promise<Outcome> {
  const place = join(folder, name);
  mkdirSync(place);
  const namesFile = join(place, 'names.json');
  const configFile = join(place, 'schemathesis.toml');
  writeFileSync(namesFile, JSON.stringify(names));
  writeFileSync(configFile, configuration(name));
  const own = name === 'session' ? [] : ['ignored_auth'];
  const args = [
    ...['--config-file', configFile, 'run', document, '--url', url],
    ...['--phases', 'examples,coverage,fuzzing,stateful', '--max-examples', String(examples)],
    ...['--seed', String(seed), '--no-shrink', '--continue-on-failure'],
    ...['--checks', [...checks, ...own].join(','), '--suppress-health-check', 'all'],
    ...['--warnings', 'off', '--generation-database', 'none', '--request-timeout', '20'],
    ...['--no-color'],
    ...Object.entries(headers).flatMap(([key, value]) => ['--header', `${key}: ${value}`]),
  ];
  const environment = { KEELSON_NAMES: namesFile, KEELSON_SEED: String(seed) };
  return outcomeOf(name, { program, args, place, environment });
}

/**
 * A caller who is let in tries every boundary of what the operation takes; of the others, who are refused before
 * the input is read, a few requests are made.
 */
function configuration(name: Actor['name']): string {
  const list = (items: readonly (string | number)[]) => JSON.stringify(items);
  const closed = routes.filter(({ auth }) => !admits(auth, name));
  const lines = [
    `hooks = ${JSON.stringify(join(__dirname, 'hooks.py'))}`,
    '[checks.missing_required_header]',
    // RFC 6585: a missing If-Match is 428.
    `expected-statuses = ${list([400, 401, 403, 404, 406, 415, 422, 428])}`,
    '[[operations]]',
    `include-operation-id = ${list(closed.map(({ operationId }) => operationId))}`,
    '[operations.phases.coverage]',
    'enabled = false',
    // A session needs no Authorization header: leaving it out is not bad input there.
    ...(name === 'session' ? ['[generation]', 'with-security-parameters = false'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function outcomeOf(
  actor: string,
  run: {
    readonly program: string;
    readonly args: readonly string[];
    readonly place: string;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<Outcome> {
  const startedAt = Date.now();
  const child = spawn(run.program, run.args, {
    cwd: run.place,
    env: { ...process.env, ...run.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => (output += chunk.toString('utf8'));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolvePromise, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolvePromise({
        actor,
        code,
        seconds: Math.round((Date.now() - startedAt) / 1000),
        cases: /Test cases:\n\s*(.*)/.exec(output)?.[1] ?? 'no result',
        failures: output.slice(Math.max(0, output.search(/=+ (FAILURES|ERRORS) =+/))),
      });
    });
  });
}
