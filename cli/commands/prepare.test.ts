import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { testServers } from '../../tests/setup/addresses';
import { appRole, urlAs } from '../stack/database';
import { command } from './prepare';

describe('keelson prepare', () => {
  const own = process.env;
  const data = mkdtempSync(path.join(os.tmpdir(), 'keelson-prepare-'));
  const name = `prepare_${randomBytes(6).toString('hex')}`;
  const servers = testServers();
  const ownerUrl = new URL(servers.postgresAdminUrl);
  ownerUrl.pathname = `/${name}`;

  beforeAll(() => {
    process.env = {
      ...own,
      DATABASE_URL: ownerUrl.href,
      KEELSON_DATABASE_URL: urlAs(ownerUrl.href, appRole, servers.appPassword),
      TEMPORAL_ADDRESS: servers.temporalAddress,
      TEMPORAL_NAMESPACE: name.replace('_', '-'),
      KEELSON_DATA: data,
    };
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  });
  afterAll(async () => {
    process.env = own;
    jest.restoreAllMocks();
    rmSync(data, { recursive: true, force: true });
    const client = new Client({ connectionString: servers.postgresAdminUrl });
    await client.connect();
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.end();
  });

  it('makes database, schema, keys and namespace on servers that are not ours, twice alike', async () => {
    await command.run([]);
    await command.run([]);
    const client = new Client({ connectionString: process.env['KEELSON_DATABASE_URL'] });
    await client.connect();
    const { rows } = await client.query("SELECT current_user, to_regclass('event') AS event");
    await client.end();
    expect(rows).toEqual([{ current_user: appRole, event: 'event' }]);
    expect(readdirSync(path.join(data, 'secrets'))).toContain('master.key');
  });

  it('names the variable that is missing', async () => {
    delete process.env['TEMPORAL_ADDRESS'];
    await expect(command.run([])).rejects.toThrow(/TEMPORAL_ADDRESS is not set/);
  });
});
