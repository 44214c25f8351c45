import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { examine, type Finding } from './doctor';
import { freePort } from './stack/ports';

describe('the doctor', () => {
  const data = mkdtempSync(path.join(os.tmpdir(), 'keelson-doctor-'));
  afterAll(() => rmSync(data, { recursive: true, force: true }));
  const base = { PATH: process.env['PATH'], KEELSON_DATA: path.join(data, 'not', 'yet') };
  const about = (findings: Finding[], what: string) =>
    findings.find((finding) => finding.what === what);

  it('finds nothing missing where the tests run', async () => {
    const findings = await examine(base);
    expect(findings.filter((finding) => finding.verdict === 'missing')).toEqual([]);
  });

  it('says how to get a Temporal server when there is none', async () => {
    const finding = about(await examine({ ...base, PATH: '/nowhere' }, data), 'Temporal');
    expect(finding?.verdict).toBe('missing');
    expect(finding?.remedy).toMatch(/Install Go .* or set TEMPORAL_ADDRESS/);
  });

  it('calls what only some commands need optional', async () => {
    const finding = about(await examine({ ...base, PATH: '/nowhere' }), 'psql');
    expect(finding).toMatchObject({
      verdict: 'optional',
      remedy: expect.stringMatching(/apt-get install/) as string,
    });
  });

  it('notices that the chosen port is in use', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    try {
      const findings = await examine({ ...base, KEELSON_API_PORT: String(port) });
      expect(about(findings, 'port of the API')?.verdict).toBe('missing');
    } finally {
      server.close();
    }
  });

  it('names a variable that is wrong', async () => {
    const findings = await examine({ ...base, TEMPORAL_ADDRESS: 'http://x' });
    expect(about(findings, 'environment variables')?.detail).toMatch(/TEMPORAL_ADDRESS/);
  });
});
