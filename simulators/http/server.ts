import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { readBody } from './body';

/** One request, read whole. `raw` is the body as it came: signatures are over these bytes. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly raw: Buffer;
  readonly params: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** `drop`: the socket is destroyed without an answer. `hang`: the answer never comes. */
export type Reply = Answer | 'drop' | 'hang';
export type Handler = (call: Call) => Reply | Promise<Reply>;

interface Route {
  readonly method: string;
  readonly parts: readonly string[];
  readonly handler: Handler;
}

/** A table of routes; a part that starts with `:` is a parameter. */
export class Routes {
  readonly #routes: Route[] = [];

  on(method: string, pattern: string, handler: Handler): this {
    this.#routes.push({ method, parts: pattern.split('/'), handler });
    return this;
  }

  find(
    method: string,
    path: string,
  ): { handler: Handler; params: Record<string, string> } | undefined {
    const given = path.split('/');
    for (const route of this.#routes) {
      const params = route.method === method ? matchParts(route.parts, given) : undefined;
      if (params) return { handler: route.handler, params };
    }
    return undefined;
  }
}

function matchParts(
  parts: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  if (parts.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = safeDecode(value);
    else if (part !== value) return undefined;
  }
  return params;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}

/** Strict pages: nothing from elsewhere, no scripts. */
export function page(status: number, html: string, policy = "default-src 'none'"): Answer {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    body: html,
  };
}

export function escapeHtml(text: string): string {
  const marks: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (mark) => marks[mark] ?? mark);
}

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

const bodyBytesMax = 1_000_000;

/**
 * Serves the routes on 127.0.0.1. Only requests that name this machine as their host are answered,
 * so that a page somewhere else cannot reach the server through a name of its own.
 */
export async function serve(routes: Routes, port: number): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    void answer(routes, request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${boundPort(server.address())}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function boundPort(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

async function answer(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const reply = await handle(routes, request);
    if (reply === 'hang') return;
    if (reply === 'drop') {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { ...reply.headers });
    response.end(reply.body);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'error'}\n`);
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
    response.end('{"error":{"message":"the simulator failed"}}');
  }
}

async function handle(routes: Routes, request: IncomingMessage): Promise<Reply> {
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    return json(421, { error: { message: 'this server answers on 127.0.0.1 only' } });
  }
  const method = request.method ?? 'GET';
  const target = request.url ?? '/';
  const url = new URL(target, 'http://127.0.0.1');
  const raw = await readBody(request, bodyBytesMax);
  if (raw === null) return json(413, { error: { message: 'the body is too large' } });
  const found = routes.find(method, url.pathname);
  if (!found) {
    return json(404, {
      error: {
        type: 'invalid_request_error',
        message: `Unrecognized request URL (${method}: ${url.pathname}).`,
      },
    });
  }
  return found.handler({
    method,
    path: url.pathname,
    target,
    query: url.searchParams,
    headers: request.headers,
    raw,
    params: found.params,
  });
}
