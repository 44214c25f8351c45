import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isLoopback, splitAddress } from './address';
import type { TradingPlatform } from './port';
import { tradingPlatformFor, type TradingServer } from './registry';

/** A trading server of the file of servers: how to reach it, and the name people know it by. */
export type ConfiguredServer = TradingServer & { readonly name: string };

const id = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'lower case letters, digits and dashes');
const https = z.string().regex(/^https:\/\//, 'must be an https:// address');
const secret = z.string().min(1);
const address = z.string().refine((text) => splitAddress(text) !== null, 'must be host:port');
const caPath = z.string().min(1).nullable();
const every = {
  id,
  name: z.string().min(1).max(60),
  timeouts: z
    .strictObject({
      connectMs: z.number().int().min(100).max(120_000).exactOptional(),
      readMs: z.number().int().min(100).max(300_000).exactOptional(),
      writeMs: z.number().int().min(100).max(300_000).exactOptional(),
    })
    .exactOptional(),
};

const mt5 = {
  ...every,
  kind: z.literal('mt5'),
  login: z.string().regex(/^\d+$/),
  password: secret,
  requestsPerSecond: z.number().int().min(1).max(10_000).exactOptional(),
};

const mt5Rest = z.strictObject({
  ...mt5,
  transport: z.literal('rest').exactOptional(),
  rest: https,
  caPath,
  contentType: z.enum(['application/json', 'application/x-www-form-urlencoded']).exactOptional(),
});

const mt5Raw = z
  .strictObject({
    ...mt5,
    transport: z.literal('raw'),
    raw: address,
    crypt: z.enum(['aes256ofb', 'none']),
  })
  .refine(({ raw, crypt }) => crypt !== 'none' || isLoopback(splitAddress(raw)?.host ?? ''), {
    path: ['crypt'],
    message: 'none is for this machine only: passwords would travel in clear',
  });

const serverSchema = z.discriminatedUnion('kind', [
  z.discriminatedUnion('transport', [mt5Rest, mt5Raw]),
  z.strictObject({
    ...every,
    kind: z.literal('mt4'),
    caPath,
    rest: https,
    authority: https,
    platform: z.uuid(),
    clientId: secret,
    clientSecret: secret,
  }),
  z.strictObject({
    ...every,
    kind: z.literal('ctrader'),
    caPath,
    rest: https,
    manager: address,
    login: z.string().regex(/^\d+$/),
    password: secret,
    plantId: z.string().min(1),
    environmentName: z.string().min(1),
    brokerName: z.string().min(1),
  }),
]);

const fileSchema = z
  .array(serverSchema)
  .min(1)
  .max(100)
  .refine(
    (servers) => new Set(servers.map((server) => server.id)).size === servers.length,
    'two servers have the same id',
  );

/** The file of servers cannot be used; the message names the place and never a value. */
export class ServersFileError extends Error {
  override readonly name = 'ServersFileError';
}

/**
 * Reads the trading servers from a JSON file of mode 0600: an array, one object a server.
 * @throws {ServersFileError} when it cannot be read or is not what it should be.
 */
export function readTradingServers(path: string): ConfiguredServer[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new ServersFileError(`${path} cannot be read as JSON`);
  }
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ServersFileError(`${path}: ${issue?.path.join('/') ?? ''} ${issue?.message ?? ''}`);
}

/** The connector of each configured server, by id; undefined for a server that is not configured. */
export function platformsOf(
  servers: readonly ConfiguredServer[],
): (serverId: string) => TradingPlatform | undefined {
  const known = new Map(servers.map((server) => [server.id, server]));
  return (serverId) => {
    const server = known.get(serverId);
    return server && tradingPlatformFor(server);
  };
}
