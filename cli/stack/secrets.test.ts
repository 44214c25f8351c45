import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { keepSecrets, secretFiles } from './secrets';

describe('secrets', () => {
  let dir: string;
  beforeEach(() => {
    dir = path.join(mkdtempSync(path.join(os.tmpdir(), 'keelson-secrets-')), 'secrets');
  });
  afterEach(() => rmSync(path.dirname(dir), { recursive: true, force: true }));

  it('are files that only their owner reads', async () => {
    await keepSecrets(dir);
    expect(readdirSync(dir).sort()).toEqual(Object.values(secretFiles).sort());
    for (const file of readdirSync(dir)) {
      expect(statSync(path.join(dir, file)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it('are made once, and closed again when someone opened them', async () => {
    const first = await keepSecrets(dir);
    const master = path.join(dir, secretFiles.masterKey);
    chmodSync(master, 0o644);
    expect(await keepSecrets(dir)).toEqual(first);
    expect(statSync(master).mode & 0o777).toBe(0o600);
  });

  it('differ between installations', async () => {
    const [one, two] = [await keepSecrets(dir), await keepSecrets(`${dir}-other`)];
    for (const name of Object.keys(one) as (keyof typeof one)[]) {
      expect(one[name]).not.toBe(two[name]);
    }
  });

  it('hold 32 bytes of key and a signing pair that belongs together', async () => {
    const secrets = await keepSecrets(dir);
    expect(Buffer.from(secrets.masterKey, 'hex')).toHaveLength(32);
    expect(Buffer.from(secrets.indexKey, 'hex')).toHaveLength(32);
    const signature = sign(null, Buffer.from('head'), createPrivateKey(secrets.signingKey));
    const key = createPublicKey(secrets.signingPublicKey);
    expect(verify(null, Buffer.from('head'), key, signature)).toBe(true);
  });

  it('never replace a signing key, only derive its public half again', async () => {
    const first = await keepSecrets(dir);
    rmSync(path.join(dir, secretFiles.signingPublicKey));
    expect(await keepSecrets(dir)).toEqual(first);
  });
});
