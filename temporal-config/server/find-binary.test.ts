import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findTemporalBinary, TemporalNotFoundError } from './find-binary';

describe('the search for a Temporal server', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'keelson-binary-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function program(folder: string, name: string, script = 'exit 0'): string {
    const file = path.join(dir, folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }
  const cacheDir = () => path.join(dir, 'cache');
  const noDownload = () => Promise.reject(new Error('no network'));

  it('prefers the one on PATH to the one in the cache', async () => {
    const onPath = program('bin', 'temporal');
    program('cache', 'temporal');
    const found = await findTemporalBinary({ path: path.dirname(onPath), cacheDir: cacheDir() });
    expect(found).toBe(onPath);
  });

  it('takes the one in the cache when PATH has none', async () => {
    const cached = program('cache', 'temporal');
    expect(await findTemporalBinary({ path: path.join(dir, 'bin'), cacheDir: cacheDir() })).toBe(
      cached,
    );
  });

  it('builds it with Go into the cache, saying so', async () => {
    const go = program(
      'bin',
      'go',
      'echo "$@" > "$GOBIN/asked"; echo "#!/bin/sh" > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"',
    );
    const said: string[] = [];
    const found = await findTemporalBinary({
      path: `${path.dirname(go)}:/usr/bin:/bin`,
      cacheDir: cacheDir(),
      progress: (message) => said.push(message),
    });
    expect(found).toBe(path.join(cacheDir(), 'temporal'));
    expect(said.join()).toMatch(/about 3 minutes/);
  });

  it('downloads it when there is no Go', async () => {
    const found = await findTemporalBinary({
      path: path.join(dir, 'bin'),
      cacheDir: cacheDir(),
      download: (toDir) => {
        writeFileSync(path.join(toDir, 'temporal-sdk-typescript-1.24.0'), '#!/bin/sh\n');
        return Promise.resolve();
      },
    });
    expect(found).toBe(path.join(cacheDir(), 'temporal'));
    expect(existsSync(path.join(cacheDir(), 'download'))).toBe(false);
  });

  it('says what it tried and what to install when all fails', async () => {
    const go = program('bin', 'go', 'echo "dial tcp: no route to host" >&2; exit 1');
    const search = findTemporalBinary({
      path: `${path.dirname(go)}:/bin`,
      cacheDir: cacheDir(),
      download: noDownload,
    });
    await expect(search).rejects.toThrow(TemporalNotFoundError);
    await expect(search).rejects.toThrow(/temporal on PATH: not there/);
    await expect(search).rejects.toThrow(/go install .*@v1\.5\.1: dial tcp: no route to host/);
    await expect(search).rejects.toThrow(/download by the Temporal SDK: no network/);
    await expect(search).rejects.toThrow(/TEMPORAL_ADDRESS=host:port/);
  });

  it('only looks when it may not fetch', async () => {
    program('bin', 'go', 'touch "$GOBIN/temporal"');
    const looked = findTemporalBinary({
      path: path.join(dir, 'bin'),
      cacheDir: cacheDir(),
      mayFetch: false,
    });
    await expect(looked).rejects.toThrow(TemporalNotFoundError);
    expect(existsSync(cacheDir())).toBe(false);
  });
});
