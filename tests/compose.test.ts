import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { environmentSchema, readEnvironment } from '../temporal-config/environment.schema';

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly deploy?: { readonly replicas?: number };
}

const root = path.resolve(__dirname, '..');
const file = path.join(root, 'docker-compose.yml');
const compose = parse(readFileSync(file, 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const ours = Object.entries(compose.services).filter(([, service]) =>
  service.image?.startsWith('keelson:'),
);

/** What a variable is when .env sets nothing: `${NAME:-default}`. */
const substituted = (service: Service) =>
  Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([name, value]) => [
      name,
      String(value).replace(/\$\{\w+:-([^}]*)\}/g, '$1'),
    ]),
  );

/** The schema's defaults serve inside the image. */
const leftAtDefault = ['KEELSON_SECRETS_DIR'];
/** The image says it (Dockerfile). */
const saidByImage = ['KEELSON_WORKFLOW_BUNDLE'];

describe('docker-compose.yml', () => {
  it('runs workers, API and the preparation from one image', () => {
    expect(ours.map(([name]) => name).sort()).toEqual(['api', 'prepare', 'worker']);
    expect(compose.services['worker']?.deploy?.replicas).toBe(2);
  });

  it.each(ours)('gives %s only variables of the schema, with values it takes', (_name, service) => {
    const known = Object.keys(environmentSchema.shape);
    const given = substituted(service);
    expect(Object.keys(given).filter((name) => !known.includes(name))).toEqual([]);
    expect(() => readEnvironment(given)).not.toThrow();
  });

  it('says every variable of the schema somewhere', () => {
    const said = new Set([
      ...ours.flatMap(([, service]) => Object.keys(service.environment ?? {})),
      ...leftAtDefault,
      ...saidByImage,
    ]);
    expect(Object.keys(environmentSchema.shape).filter((name) => !said.has(name))).toEqual([]);
    const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
    for (const name of saidByImage) expect(dockerfile).toContain(`${name}=`);
  });

  it('keeps the owner’s log-in from workers and API', () => {
    for (const [name, service] of ours) {
      expect([name, 'DATABASE_URL' in (service.environment ?? {})]).toEqual([
        name,
        name === 'prepare',
      ]);
    }
  });

  it('has no name at the top, which older docker-compose refuses', () => {
    expect(compose).not.toHaveProperty('name');
  });

  const program = '/usr/bin/docker-compose';
  if (existsSync(program)) {
    it('is accepted by docker-compose config', () => {
      const { status, stderr } = spawnSync(program, ['-f', file, 'config', '-q'], {
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
    });
  }
});
