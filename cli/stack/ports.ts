import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { isComplete } from '../../domain/record';

/** The ports of one installation, kept over restarts so that addresses and bookmarks stay true. */
export const portNames = [
  'postgres',
  'temporal',
  'temporalUi',
  'api',
  'mt5Rest',
  'mt5Control',
  'mt4Rest',
  'mt4Control',
  'ctraderRest',
  'ctraderManager',
  'ctraderControl',
  'psp',
  'pspControl',
  'chain',
  'chainControl',
  'verifier',
  'verifierControl',
  'smtp',
  'mail',
  'mailControl',
] as const;

export type PortName = (typeof portNames)[number];
export type Ports = Readonly<Record<PortName, number>>;

export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/**
 * The ports to use: a fixed one if asked for, else the one used before while it is free, else a
 * free one. Remembers the answer.
 * @param moved told of each remembered port that another program has taken.
 * @throws {PortTakenError} when a fixed port is in use.
 */
export async function choosePorts(
  portsFile: string,
  fixed: Partial<Ports> = {},
  moved: (name: PortName, from: number, to: number) => void = () => undefined,
): Promise<Ports> {
  const remembered = readPorts(portsFile);
  const chosen = new Map<PortName, number>();
  for (const name of portNames) {
    const asked = fixed[name];
    if (asked !== undefined && asked !== 0) {
      if (!(await isFree(asked))) {
        throw new PortTakenError(`port ${asked} for ${name} is in use by another program`);
      }
      chosen.set(name, asked);
      continue;
    }
    const before = remembered[name];
    const isUsable =
      before !== undefined && ![...chosen.values()].includes(before) && (await isFree(before));
    const port = isUsable ? before : await freePort(new Set(chosen.values()));
    if (before !== undefined && port !== before) moved(name, before, port);
    chosen.set(name, port);
  }
  const ports: Partial<Ports> = Object.fromEntries(chosen);
  if (!isComplete(portNames, ports)) throw new Error('a port has not been chosen');
  writeFileSync(portsFile, `${JSON.stringify(ports, null, 2)}\n`, { mode: 0o600 });
  return ports;
}

function readPorts(portsFile: string): Partial<Record<PortName, number>> {
  try {
    const value = JSON.parse(readFileSync(portsFile, 'utf8')) as Record<string, unknown>;
    return Object.fromEntries(
      portNames.flatMap((name) => {
        const port = value[name];
        return typeof port === 'number' ? [[name, port]] : [];
      }),
    );
  } catch {
    return {};
  }
}

export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}

/**
 * Where free ports are looked for: below those that systems give to outgoing connections (Linux from 32768,
 * others from 49152), so that none is taken between the choice and the program that listens.
 */
const portMin = 20_000;
const portMax = 32_767;

/** A free port on 127.0.0.1 that is none of `taken`. */
export async function freePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(portMin, portMax + 1);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new PortTakenError('no free port on 127.0.0.1');
}
