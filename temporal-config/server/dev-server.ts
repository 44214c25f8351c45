import { connect } from 'node:net';
import { Connection } from '@temporalio/client';
import { namespaceName } from '../namespace';
import { searchAttributes } from '../search-attributes';
import { dynamicConfig } from './dynamic-config';

export interface DevServerOptions {
  readonly port: number;
  /** Port of Temporal's own pages; without it the server has none. */
  readonly uiPort?: number;
  /** File that keeps all runs; without it they end with the server. */
  readonly dbFilename?: string;
  readonly namespace?: string;
  /** Events of a run from which on the server suggests a new one; its own 4,096 unless a test says fewer. */
  readonly newRunAfterEvents?: number;
}

/**
 * Arguments of `temporal` for a development server on 127.0.0.1, with the namespace and the search
 * attributes there from the first moment (registered later, they take seconds to be seen).
 */
export function devServerArguments(options: DevServerOptions): string[] {
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port)];
  args.push('--namespace', options.namespace ?? namespaceName);
  for (const key of Object.values(searchAttributes)) {
    args.push('--search-attribute', `${key.name}=Keyword`);
  }
  if (options.dbFilename !== undefined) args.push('--db-filename', options.dbFilename);
  // The default journal collapses under load: 9 workflows a second, then errors; WAL does 67.
  if (options.dbFilename !== undefined) args.push('--sqlite-pragma', 'journal_mode=WAL');
  if (options.uiPort === undefined) args.push('--headless');
  else args.push('--ui-port', String(options.uiPort));
  const suggest =
    options.newRunAfterEvents === undefined
      ? {}
      : { 'limit.historyCount.suggestContinueAsNew': options.newRunAfterEvents };
  for (const [key, value] of Object.entries({ ...dynamicConfig, ...suggest })) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  args.push('--log-level', 'error', '--log-format', 'json', '--color', 'never');
  return args;
}

/** Whether a Temporal server answers at this address now. */
export async function temporalAnswers(address: string, timeoutMs = 2000): Promise<boolean> {
  // gRPC waits a second after a refused connection; asking the socket first saves that second.
  if (!(await isListening(address))) return false;
  try {
    const connection = await Connection.connect({ address, connectTimeout: timeoutMs });
    try {
      await connection.withDeadline(Date.now() + timeoutMs, () =>
        connection.workflowService.getSystemInfo({}),
      );
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

async function isListening(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return await new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
