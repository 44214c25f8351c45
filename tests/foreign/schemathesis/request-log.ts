import { readFileSync } from 'node:fs';
import { routes } from '../../../api/routes';

/** A request as the API's own log has it. */
export interface Logged {
  readonly operation: string;
  readonly status: number;
}

const operations = new Map(
  routes.map(({ method, path, operationId }) => [`${method} ${path}`, operationId]),
);

/** What the API says it has answered, by operation. */
export function answered(logFile: string): Logged[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"msg":"answered"'))
    .map((line) => {
      const { method, route, status } = JSON.parse(line) as {
        method: string;
        route: string;
        status: number;
      };
      return { operation: operations.get(`${method} ${route}`) ?? `${method} ${route}`, status };
    });
}

/** The operations of the document that were answered with 2xx. */
export function reached(requests: readonly Logged[]): Set<string> {
  const known = new Set(operations.values());
  const good = requests.filter(({ operation, status }) => known.has(operation) && status < 300);
  return new Set(good.map(({ operation }) => operation));
}
