import { timingSafeEqual } from 'node:crypto';
import type { Express, Request } from 'express';
import { Problem } from '../domain/problem';
import type { ApiDeps } from './deps';
import { named } from './mount';
import type { Metrics } from './metrics';

/** `/healthz`: the process lives. `/readyz`: it reaches PostgreSQL. `/metrics`: for this machine, or with the token. */
export function mountHealth(app: Express, deps: ApiDeps, metrics: Metrics): void {
  app.get('/healthz', named('/healthz'), (_request, response) => {
    response.json({ ok: true });
  });
  app.get('/readyz', named('/readyz'), async (_request, response) => {
    await deps.db.pool.raw('select 1');
    response.json({ ready: true });
  });
  app.get('/metrics', named('/metrics'), async (request, response) => {
    if (!isLocal(request) && !hasToken(request, deps.metricsToken)) {
      throw new Problem({ status: 404, code: 'not_found', detail: 'There is nothing here.' });
    }
    response.type(metrics.contentType).send(await metrics.text());
  });
}

/** A proxy on this machine adds X-Forwarded-For: what it passes on comes from elsewhere. */
function isLocal(request: Request): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = /^(::1|127\.\d+\.\d+\.\d+|::ffff:127\.\d+\.\d+\.\d+)$/.test(address);
  return isLoopback && request.get('x-forwarded-for') === undefined;
}

function hasToken(request: Request, token: string | undefined): boolean {
  if (token === undefined) return false;
  const sent = Buffer.from(request.get('authorization') ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}
