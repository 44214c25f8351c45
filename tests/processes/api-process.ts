import path from 'node:path';
import { answer, nodeProgram } from '../../cli/stack/children';
import { createApiKey } from '../../db/api-keys';
import { createUser, readUser } from '../../db/users';
import type { Role } from '../../domain/access/roles';
import { newId } from '../../domain/ids';
import type { TestClient } from './people';
import type { Stage } from './stage';

/** Somebody with an API key. */
export interface Caller {
  readonly userId: string;
  readonly token: string;
}

export interface ApiReply {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

/** The API as a process of its own, beside the stage's workers. */
export interface ApiProcess {
  readonly url: string;
  /** A colleague of both entities with these roles. */
  staff(...roles: Role[]): Promise<Caller>;
  /** Another key of the same person. */
  keyOf(userId: string): Promise<Caller>;
  client(client: TestClient): Promise<Caller>;
  /** With a new idempotency key each time. */
  call(as: Caller, method: string, path: string, body?: object): Promise<ApiReply>;
}

export async function startApiProcess(stage: Stage): Promise<ApiProcess> {
  const line = await stage.supervisor.start({
    name: 'api',
    ...nodeProgram('api/main'),
    env: { ...stage.variables, KEELSON_REQUESTS_MAX: '1000000000' },
    readiness: { kind: 'json', accept: (said) => said['ready'] === true },
    readyMsMax: 60_000,
    logFile: path.join(stage.variables['KEELSON_DATA'] ?? '.', 'api.log'),
    stopMsMax: 10_000,
  });
  const url = answer('api', line, 'url');
  const keyOf = (userId: string) =>
    stage.system(async (tx) => {
      const user = await readUser(tx, userId);
      const { token } = await createApiKey(tx, user, { name: 'test', hours: 1 });
      return { userId, token };
    });
  return {
    url,
    keyOf,
    client: ({ userId }) => keyOf(userId),
    staff: async (...roles) => {
      const user = await stage.system((tx) =>
        createUser(tx, {
          ...{ kind: 'staff', email: `${newId('user')}@staff.example`, name: 'Fay Finance' },
          ...{ roles, entities: ['cy', 'off'] },
        }),
      );
      return keyOf(user.id);
    },
    call: async (as, method, target, body) => {
      const response = await fetch(`${url}${target}`, {
        method,
        headers: {
          authorization: `Bearer ${as.token}`,
          ...(method === 'GET' ? {} : { 'idempotency-key': newId('command') }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      // A parser: what the test expects of it, it asks.
      return { status: response.status, json: (await response.json()) as Record<string, unknown> };
    },
  };
}
