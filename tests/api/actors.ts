import { randomBytes } from 'node:crypto';
import type { Audience } from '../../api/auth/audience';
import { startApi, type Person, type TestApi, type TestApiOptions } from '../../api/testing/api';
import { permissionsOf, roles, type Role } from '../../domain/access/roles';
import { idPrefixes, newId, type IdKind } from '../../domain/ids';
import { createApiKey } from '../../db/api-keys';
import { noteAbsence } from '../../db/absences';
import { inScope, rows } from '../../db/connection';
import { declareServer } from '../../db/declarations';
import { requestBackfill } from '../../db/feeds';
import { saveFilter } from '../../db/saved-filters';
import { readUser, scopeOf } from '../../db/users';
import { makeHoldings, type Holdings } from './holdings';

/** Somebody who asks, what is theirs, and who has what is not. */
export interface Actor {
  readonly name: string;
  readonly person: Person;
  readonly area: 'staff' | 'client' | 'partner';
  /** Ids by kind: theirs, or of their entity. */
  readonly own: Readonly<Record<string, string>>;
  readonly others: readonly Holdings[];
}

/** Two legal entities, two clients and partners in one of them, and colleagues of every role in the other. */
export interface Stage {
  readonly api: TestApi;
  readonly holdings: readonly Holdings[];
  /** Everybody whom the audience lets in. */
  actorsOf(audience: Audience): Actor[];
  /**
   * Of its colleagues the first, the middle and the last: what is seen of another entity hangs on no role, and
   * `keelson prove access` tries each role with every store.
   */
  someOf(audience: Audience): Actor[];
  /** A name of the kind that is the holder's. */
  nameOf(holder: Holdings, kind: string): Promise<string | undefined>;
}

/** Not of one entity, client or partner: a trading server serves all entities, a list is what is published, with its backfills and what is declared of it. */
export const shared: ReadonlySet<string> = new Set([
  'server',
  'command',
  'declaration',
  'workflow',
  'listVersion',
  'rescreening',
]);

export async function setStage(options: TestApiOptions = {}): Promise<Stage> {
  const api = await startApi(options);
  // The first of an entity leaves a halt on it, which lets no exchange through.
  const cyToo = await makeHoldings(api, 'cy', { number: 2, isFirst: false });
  const cy = await makeHoldings(api, 'cy', { number: 1, isFirst: true });
  const off = await makeHoldings(api, 'off', { number: 3, isFirst: true });
  const command = await api.system((tx) =>
    requestBackfill(tx, {
      serverId: 'mt5',
      fromAt: '2026-01-01T00:00:00Z',
      toAt: '2026-01-02T00:00:00Z',
    }),
  );
  const inDays = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString();
  const planned = await api.system((tx) =>
    declareServer(tx, {
      serverId: 'mt5',
      kind: 'maintenance',
      from: inDays(20),
      until: inDays(21),
      reason: 'test',
    }),
  );
  const spareKey = (person: Person) =>
    api.system(async (tx) => {
      const { key } = await createApiKey(tx, person.user, { name: 'spare', hours: 1 });
      return key.id;
    });
  const spareFilter = async (user: string) => {
    const scope = await api.system(async (tx) => scopeOf(tx, await readUser(tx, user)));
    const filter = { list: 'payments', name: newId('savedFilter'), query: 'kind=deposit' } as const;
    const kept = await inScope(api.db, scope, (tx) =>
      saveFilter(tx, { ...filter, entityId: null }),
    );
    return kept.id;
  };
  /** What a colleague has at their own desk. */
  const ofDesk = async (user: string) => ({
    savedFilter: await spareFilter(user),
    taskBulk: await spareBulk(user),
    absence: await spareAbsence(user),
  });
  const deskOf = (user: string) => api.system(async (tx) => scopeOf(tx, await readUser(tx, user)));
  const spareAbsence = async (user: string) => {
    const { id } = await inScope(api.db, await deskOf(user), (tx) =>
      noteAbsence(tx, { userId: user, from: inDays((absences += 2)), until: inDays(absences + 1) }),
    );
    return id;
  };
  const spareBulk = async (user: string) => {
    const id = newId('taskBulk');
    await api.system((tx) =>
      rows(
        tx,
        `insert into task_bulk (id, made_by, action, items) values (:id, :user, '{"kind": "claim"}', '[]')`,
        { id, user },
      ),
    );
    return id;
  };
  let absences = 0;
  const actor = async (
    name: string,
    person: Person,
    { own, others }: { own: Holdings; others: Holdings[] },
  ): Promise<Actor> => ({
    name,
    person,
    area: person.user.kind,
    own: {
      ...own.ids,
      ...{ server: 'mt5', command, declaration: planned.id, workflow: 'onboarding' },
      apiKey: await spareKey(person),
      ...(person.user.kind === 'staff' ? await ofDesk(person.user.id) : {}),
    },
    others,
  });
  const staff = new Map<Role, Actor>();
  for (const role of roles) {
    const person = await api.staff([role], ['off']);
    staff.set(role, await actor(role, person, { own: off, others: [cy] }));
  }
  const others = [cy, off];
  const client = await actor('client', cyToo.client, { own: cyToo, others });
  const partner = await actor('partner', cyToo.partner, { own: cyToo, others });

  const actorsOf = (audience: Audience): Actor[] => {
    if ('any' in audience) return [...new Set(audience.any.flatMap(actorsOf))];
    if ('client' in audience) return [client];
    if ('partner' in audience) return [partner];
    const held = [...staff].filter(
      ([role]) => !('permission' in audience) || permissionsOf([role]).has(audience.permission),
    );
    const colleagues = held.map(([, each]) => each);
    return 'loggedIn' in audience ? [...colleagues, client, partner] : colleagues;
  };
  return {
    api,
    holdings: [cy, cyToo, off],
    actorsOf,
    someOf: (audience) => {
      const all = actorsOf(audience);
      const colleagues = all.filter(({ area }) => area === 'staff');
      const several = [...new Set([0, colleagues.length >> 1, colleagues.length - 1])];
      return [
        ...all.filter(({ area }) => area !== 'staff'),
        ...several.flatMap((at) => colleagues[at] ?? []),
      ];
    },
    nameOf: async (holder, kind) => {
      if (kind === 'apiKey') return spareKey(holder.client);
      if (kind === 'savedFilter') return spareFilter(holder.ids['user'] ?? '');
      if (kind === 'taskBulk') return spareBulk(holder.ids['user'] ?? '');
      if (kind === 'absence') return spareAbsence(holder.ids['user'] ?? '');
      return holder.ids[kind];
    },
  };
}

/** The name of something of the kind that is not there. */
export function unknownOf(kind: string): string {
  // The prefixes' keys are the kinds, which `hasOwn` does not say.
  if (Object.hasOwn(idPrefixes, kind)) return newId(kind as IdKind);
  switch (kind) {
    case 'entity':
      return 'zz';
    case 'entityPlace':
      return 'entity/zz';
    case 'ticket':
      return '999999999';
    case 'workflowId':
      return `onboarding/${newId('client')}`;
    case 'caseTask':
    case 'settlementTask':
      return newId('task');
    case 'partnerPerson':
      return newId('user');
    case 'sourcePaper':
      return newId('paper');
    case 'leavingParty':
      return newId('party');
    case 'entityEdit':
      return newId('entityProposal');
    case 'planPolicy':
      return newId('policyVersion');
    case 'payoutAddress':
      return newId('source');
    case 'ledgerAccount':
      return `zz/wallet/${newId('client')}/EUR`;
    case 'platformLink':
      return randomBytes(32).toString('base64url');
    default:
      throw new Error(`say in tests/api/actors.ts what an unknown ${kind} looks like`);
  }
}

/** Kinds of which every holder, or the test itself, has one. */
export function knownKinds(holder: Holdings): ReadonlySet<string> {
  return new Set([
    ...Object.keys(holder.ids),
    ...shared,
    'apiKey',
    'savedFilter',
    'taskBulk',
    'absence',
    'secret',
  ]);
}
