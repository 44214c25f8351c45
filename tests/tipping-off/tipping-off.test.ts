import { Client } from 'pg';
import type { Person } from '../../api/testing/api';
import { rows } from '../../db/connection';
import { readUser, scopeOf } from '../../db/users';
import { permissionsOf } from '../../domain/access/roles';
import type { Scope } from '../../domain/access/scope';
import { setStage, type Actor, type Stage } from '../api/actors';
import { firstDifference } from './compare';
import { keepSecret } from './secrets';
import { surfacesOf, type Surface } from './surfaces';
import { differences, rowsSeenBy } from './tables';

type Reading = ReadonlyMap<string, string>;
type Tables = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** Reading these is recorded where others read it: they are read before and after everything else. */
const isRecorded = ({ name }: Surface) =>
  /provider-messages\/:id|documents\/.*content|\/evidence\/|\.csv|\/export|\/bundle/.test(name);

let stage: Stage;
let surfaces: readonly Surface[];
let mlros: ReadonlyMap<string, Person>;
let sinceMs: number;
let before: Reading;
let after: Reading;
/** Of what waits to be sent, while nothing is. */
let unsent: Reading;
let rowsBefore: Tables;
let rowsAfter: Tables;

const isInCircle = ({ name }: Actor) => name === 'mlro';

/** Everybody who may open it; with a filter, of the colleagues the one who may most. */
function outside({ auth, isFiltered }: Surface): Actor[] {
  const all = stage.actorsOf(auth).filter((actor) => !isInCircle(actor));
  if (!isFiltered) return all;
  const colleagues = all.filter(({ area }) => area === 'staff');
  const mostOf = ({ person }: Actor) => permissionsOf(person.user.roles).size;
  return [
    ...colleagues.sort((a, b) => mostOf(b) - mostOf(a)).slice(0, 1),
    ...all.filter(({ area }) => area !== 'staff'),
  ];
}

/** A page may take a second connection of the few. */
const atOnce = 3;

/** The surfaces as everybody who may open them sees them. */
async function readAll(some: readonly Surface[]): Promise<[string, string][]> {
  const found: [string, string][] = [];
  const readOf = async (surface: Surface, actor: Actor) =>
    void found.push([`${actor.name}: ${surface.name}`, await surface.read(actor)]);
  for (const surface of some) {
    const actors = outside(surface);
    for (let at = 0; at < actors.length; at += atOnce)
      await Promise.all(actors.slice(at, at + atOnce).map((actor) => readOf(surface, actor)));
  }
  return found;
}

/** Every row that anybody outside the circle could be shown. */
async function readTables(): Promise<Tables> {
  const found = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>();
  for (const actor of stage.actorsOf({ loggedIn: true }).filter((each) => !isInCircle(each)))
    found.set(actor.name, await rowsSeenBy(stage.api, await scopeOfActor(actor)));
  return found;
}

async function scopeOfActor({ person }: Actor): Promise<Exclude<Scope, { kind: 'system' }>> {
  const scope = await stage.api.system(async (tx) =>
    scopeOf(tx, await readUser(tx, person.user.id)),
  );
  if (scope.kind === 'system') throw new Error('a person is not the system');
  return scope;
}

/**
 * As the relay does within milliseconds: what waits to be sent is the same whatever wakes a process. No worker runs here;
 * so every process has waited for one long enough to be an orphan by now, and none becomes one between the readings.
 */
async function letTimePass(): Promise<void> {
  await stage.api.system(async (tx) => {
    await rows(tx, 'update outbox set dispatched_at = now() where dispatched_at is null');
    await rows(
      tx,
      `update process set since = since - interval '1 day' where since > now() - interval '1 hour'`,
    );
  });
}

beforeAll(async () => {
  stage = await setStage({ limits: { exportsMax: 10_000, requestsMax: 1_000_000 } });
  surfaces = await surfacesOf(stage.api, stage.actorsOf({ loggedIn: true }));
  const entities = [...new Set(stage.holdings.map(({ entityId }) => entityId))];
  mlros = new Map(
    await Promise.all(
      entities.map(async (id) => [id, await stage.api.staff(['mlro'], [id])] as const),
    ),
  );
  await letTimePass();
  sinceMs = Date.now();
  const recorded = surfaces.filter(isRecorded);
  const others = surfaces.filter((surface) => !isRecorded(surface));
  const first = await readAll(recorded);
  before = new Map([...first, ...(await readAll(others))]);
  rowsBefore = await readTables();
  for (const holder of stage.holdings) {
    const mlro = mlros.get(holder.entityId);
    if (mlro) await keepSecret(stage.api, holder, mlro);
  }
  await stage.api.system((tx) =>
    rows(
      tx,
      `update outbox set created_at = now() - interval '1 hour' where dispatched_at is null`,
    ),
  );
  unsent = new Map(await readAll(others.filter(({ name }) => name.endsWith('/orphans'))));
  await letTimePass();
  rowsAfter = await readTables();
  const second = await readAll(others);
  after = new Map([...second, ...(await readAll(recorded))]);
}, 900_000);
afterAll(() => stage.api.close());

describe('what the MLRO’s circle does about a client', () => {
  it('leaves no trace in anything that anybody outside the circle can read', () => {
    expect(unsent.size).toBeGreaterThan(1);
    const traces = [...unsent, ...after].flatMap(([name, now]) => {
      const difference = firstDifference(before.get(name) ?? '', now, sinceMs);
      return difference === undefined ? [] : [`${name}: ${difference}`];
    });
    expect(traces).toEqual([]);
  });

  it('leaves no trace in any row that they could be shown', () => {
    const traces = [...rowsAfter].flatMap(([name, seen]) =>
      differences(rowsBefore.get(name) ?? new Map(), seen).map((each) => `${name}: ${each}`),
    );
    expect(traces).toEqual([]);
  });

  /** What finds nothing wherever it looks would call every leak clean. */
  it('would be found on pages, in answers and in rows, if the database let it be read', async () => {
    const owner = new Client({ connectionString: stage.api.ownerUrl });
    await owner.connect();
    for (const table of ['restriction', 'task', 'event'])
      await owner.query(`alter policy visible on ${table} using (may_see_staff(entity_id))`);
    await owner.end();
    const some = surfaces.filter(({ name }) =>
      [
        'GET /api/v1/clients/:id/restrictions',
        'GET /api/v1/clients/:id/events',
        'page /staff/clients/:id',
      ].includes(name),
    );
    const leaking = await readAll(some);
    const found = leaking.filter(
      ([name, text]) => firstDifference(before.get(name) ?? '', text, sinceMs) !== undefined,
    );
    for (const { name } of some)
      expect(found.some(([each]) => each.startsWith('compliance') && each.endsWith(name))).toBe(
        true,
      );
    const rowsNow = await readTables();
    const [seen, was] = [rowsNow.get('compliance'), rowsBefore.get('compliance')];
    const tables = differences(was ?? new Map(), seen ?? new Map()).map(
      (each) => each.split(':')[0],
    );
    expect(tables).toEqual(expect.arrayContaining(['restriction', 'task', 'event']));
  });
});
