import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfiguredServer } from '../../connectors/trading/servers';
import { namespaceName } from '../../temporal-config/namespace';
import { devServerArguments, temporalAnswers } from '../../temporal-config/server/dev-server';
import type { EnvironmentVariable } from '../../temporal-config/environment.schema';
import type { ChildSpec, ReadyLine } from './child';
import type { DataFolder } from './data-folder';
import { writeHouseAccounts } from './house-accounts';
import type { Ports } from './ports';

/** How each process of the stack is started. */

/** The checkout, or the folder of the built product. */
export const productRoot = path.resolve(__dirname, '..', '..');

/** What a process is told: variables of `environmentSchema` only. */
export type StackEnvironment = Partial<Record<EnvironmentVariable, string>>;

export const simulatorNames = ['mt5', 'mt4', 'ctrader', 'psp', 'mail'] as const;
/** Beside them: the chain, which says that it is absent where its node (anvil) is not installed, and the verifier. */
export type SimulatorName = (typeof simulatorNames)[number] | 'chain' | 'verifier';

/** What the simulators printed. Trading servers may be left out; money and mail may not. */
export type SimulatorLines = Readonly<
  Record<'psp' | 'mail', ReadyLine> & Partial<Record<SimulatorName, ReadyLine>>
>;

export class MissingAnswerError extends Error {
  override readonly name = 'MissingAnswerError';
}

/** How long a trading server is waited for, in milliseconds. */
export interface ServerTimeouts {
  readonly connectMs: number;
  readonly readMs: number;
  readonly writeMs: number;
}

/** Command and arguments that run a program of the product: from source here, built in an image. */
export function nodeProgram(file: string): { command: string; args: string[] } {
  const isSource = __filename.endsWith('.ts');
  const program = path.join(productRoot, isSource ? `${file}.ts` : `${file}.js`);
  const loader = isSource ? ['--require', path.join(productRoot, 'scripts', 'typescript.js')] : [];
  return { command: process.execPath, args: [...loader, '--enable-source-maps', program] };
}

export function temporalSpec(
  binary: string,
  folder: DataFolder,
  ports: Pick<Ports, 'temporal' | 'temporalUi'>,
): ChildSpec {
  const address = `127.0.0.1:${ports.temporal}`;
  return {
    name: 'temporal',
    command: binary,
    args: devServerArguments({
      port: ports.temporal,
      uiPort: ports.temporalUi,
      dbFilename: folder.temporalDb,
      namespace: namespaceName,
    }),
    readiness: { kind: 'probe', probe: () => temporalAnswers(address) },
    readyMsMax: 60_000,
    logFile: path.join(folder.logs, 'temporal.log'),
    stopSignal: 'SIGTERM',
    stopMsMax: 10_000,
  };
}

export function simulatorSpec(
  name: SimulatorName,
  folder: DataFolder,
  ports: Ports,
  apiUrl: string,
): ChildSpec {
  const options: Record<SimulatorName, readonly string[]> = {
    mt5: ['--rest-port', String(ports.mt5Rest), '--control-port', String(ports.mt5Control)],
    mt4: ['--rest-port', String(ports.mt4Rest), '--control-port', String(ports.mt4Control)],
    ctrader: [
      ...['--rest-port', String(ports.ctraderRest), '--manager-port', String(ports.ctraderManager)],
      ...['--control-port', String(ports.ctraderControl)],
    ],
    psp: [
      ...['--port', String(ports.psp), '--control-port', String(ports.pspControl)],
      ...['--webhook-url', `${apiUrl}/webhooks`],
    ],
    chain: [
      ...['--port', String(ports.chain), '--control-port', String(ports.chainControl)],
      ...['--block-seconds', '1', '--if-installed'],
    ],
    verifier: [
      ...['--port', String(ports.verifier), '--control-port', String(ports.verifierControl)],
      ...['--webhook-url', `${apiUrl}/webhooks`, '--review-ms', '2000'],
    ],
    mail: [
      ...['--smtp-port', String(ports.smtp), '--web-port', String(ports.mail)],
      ...['--control-port', String(ports.mailControl)],
    ],
  };
  const { command, args } = nodeProgram('simulators/main');
  return {
    name: `simulator-${name}`,
    command,
    args: [...args, name, '--data', path.join(folder.simulators, name), ...options[name]],
    readiness: { kind: 'json' },
    readyMsMax: 60_000,
    logFile: path.join(folder.logs, `simulator-${name}.log`),
    stopMsMax: 8_000,
  };
}

export function workerSpec(
  number: number,
  folder: DataFolder,
  environment: StackEnvironment,
): ChildSpec {
  return {
    name: `worker-${number}`,
    ...nodeProgram('workers/main'),
    env: environment,
    readiness: { kind: 'json', accept: (line) => line['ready'] === true },
    readyMsMax: 120_000,
    logFile: path.join(folder.logs, `worker-${number}.log`),
    // Longer than the grace time in which a worker finishes its activities.
    stopMsMax: 25_000,
  };
}

export function apiSpec(folder: DataFolder, environment: StackEnvironment): ChildSpec {
  return {
    name: 'api',
    ...nodeProgram('api/main'),
    env: environment,
    readiness: { kind: 'json', accept: (line) => line['ready'] === true },
    readyMsMax: 60_000,
    logFile: path.join(folder.logs, 'api.log'),
    stopMsMax: 8_000,
  };
}

/**
 * The variables that lead to the simulators, from what these printed. Writes the files of trading servers and of
 * payment providers, which hold passwords.
 */
export function simulatorEnvironment(
  files: Pick<
    DataFolder,
    'tradingServersFile' | 'paymentProvidersFile' | 'identityVerifiersFile' | 'bankAccountsFile'
  >,
  lines: SimulatorLines,
  timeouts: ServerTimeouts = { readMs: 10_000, writeMs: 10_000, connectMs: 3_000 },
): StackEnvironment {
  const { psp, mail, chain, verifier } = lines;
  return {
    KEELSON_TRADING_SERVERS: writeServersFile(files.tradingServersFile, lines, timeouts),
    KEELSON_STRIPE_URL: answer('psp', psp, 'stripe'),
    KEELSON_STRIPE_SECRET: answer('psp', psp, 'stripeSecret'),
    KEELSON_STRIPE_WEBHOOK_SECRET: answer('psp', psp, 'webhookSecret'),
    KEELSON_STRIPE_CHECKOUT_URL: answer('psp', psp, 'checkout'),
    KEELSON_BANK_URL: answer('psp', psp, 'bank'),
    KEELSON_BANK_KEY: answer('psp', psp, 'bankKey'),
    KEELSON_PAYMENT_PROVIDERS: writeProvidersFile(files.paymentProvidersFile, psp, chain),
    ...(verifier === undefined
      ? {}
      : { KEELSON_IDENTITY_VERIFIERS: writeVerifiersFile(files.identityVerifiersFile, verifier) }),
    KEELSON_BANK_ACCOUNTS: writeHouseAccounts(files.bankAccountsFile),
    KEELSON_SMTP_URL: answer('mail', mail, 'smtp'),
  };
}

/** The variables of a second account at the simulated card provider, for routing to fail over to. */
export function secondCardAccount({ psp }: SimulatorLines): StackEnvironment {
  return {
    KEELSON_STRIPE_2_SECRET: answer('psp', psp, 'stripe2Secret'),
    KEELSON_STRIPE_2_WEBHOOK_SECRET: answer('psp', psp, 'webhook2Secret'),
  };
}

/** The simulated providers as the simulator names them, for the product to read as it would a broker's own. */
function writeProvidersFile(file: string, psp: ReadyLine, chain: ReadyLine = {}): string {
  const told: unknown = psp['providers'];
  if (!Array.isArray(told)) {
    throw new MissingAnswerError('psp did not say its "providers" when it started');
  }
  const { provider: ofChain } = chain;
  const providers: unknown[] = ofChain === undefined ? told : [...told, ofChain];
  writeFileSync(file, `${JSON.stringify(providers, null, 2)}\n`, { mode: 0o600 });
  return file;
}

function writeVerifiersFile(file: string, line: ReadyLine): string {
  const { verifier } = line;
  if (typeof verifier !== 'object') {
    throw new MissingAnswerError('verifier did not say its "verifier" when it started');
  }
  writeFileSync(file, `${JSON.stringify([verifier], null, 2)}\n`, { mode: 0o600 });
  return file;
}

/** The simulated servers as a file that the product reads as it would read a broker's own. */
function writeServersFile(
  file: string,
  { mt5, mt4, ctrader }: SimulatorLines,
  timeouts: ServerTimeouts,
): string {
  const servers: ConfiguredServer[] = [];
  if (mt5) {
    servers.push({
      id: 'mt5',
      kind: 'mt5',
      name: 'MetaTrader 5',
      rest: answer('mt5', mt5, 'rest'),
      caPath: answer('mt5', mt5, 'ca'),
      login: answer('mt5', mt5, 'login'),
      password: answer('mt5', mt5, 'password'),
      timeouts,
    });
  }
  if (mt4) {
    servers.push({
      id: 'mt4',
      kind: 'mt4',
      name: 'MetaTrader 4',
      rest: answer('mt4', mt4, 'rest'),
      authority: answer('mt4', mt4, 'authority'),
      caPath: answer('mt4', mt4, 'ca'),
      platform: answer('mt4', mt4, 'platform'),
      clientId: answer('mt4', mt4, 'clientId'),
      clientSecret: answer('mt4', mt4, 'clientSecret'),
      timeouts,
    });
  }
  if (ctrader) {
    servers.push({
      id: 'ctrader',
      kind: 'ctrader',
      name: 'cTrader',
      rest: answer('ctrader', ctrader, 'rest'),
      manager: answer('ctrader', ctrader, 'manager'),
      caPath: answer('ctrader', ctrader, 'ca'),
      login: answer('ctrader', ctrader, 'login'),
      password: answer('ctrader', ctrader, 'password'),
      plantId: answer('ctrader', ctrader, 'plantId'),
      environmentName: answer('ctrader', ctrader, 'environmentName'),
      brokerName: answer('ctrader', ctrader, 'brokerName'),
      timeouts,
    });
  }
  writeFileSync(file, `${JSON.stringify(servers, null, 2)}\n`, { mode: 0o600 });
  return file;
}

/**
 * One text of a child's ready line.
 * @throws {MissingAnswerError} when it is not there.
 */
export function answer(child: string, line: ReadyLine, key: string): string {
  const value = line[key];
  if (typeof value === 'string' && value !== '') return value;
  throw new MissingAnswerError(`${child} did not say its "${key}" when it started`);
}
