import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { choosePorts, freePort, portNames, PortTakenError } from './ports';

async function occupy(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

describe('ports', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'keelson-ports-'));
    file = path.join(dir, 'ports.json');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('are all different and stay over restarts', async () => {
    const first = await choosePorts(file);
    expect(new Set(Object.values(first)).size).toBe(portNames.length);
    expect(await choosePorts(file)).toEqual(first);
  });

  it('are none that the system gives to outgoing connections', async () => {
    const ports = Object.values(await choosePorts(file));
    expect(ports.filter((port) => port >= 32_768)).toEqual([]);
  });

  it('move when another program has taken one, and say so', async () => {
    const first = await choosePorts(file);
    const other = await occupy(first.psp);
    const moved: unknown[] = [];
    try {
      const second = await choosePorts(file, {}, (...move) => moved.push(move));
      expect(second).toEqual({ ...first, psp: second.psp });
      expect(moved).toEqual([['psp', first.psp, second.psp]]);
    } finally {
      other.close();
    }
  });

  it('keep to the one asked for, or fail', async () => {
    const port = await freePort();
    expect((await choosePorts(file, { api: port })).api).toBe(port);
    const other = await occupy(port);
    try {
      await expect(choosePorts(file, { api: port })).rejects.toThrow(PortTakenError);
    } finally {
      other.close();
    }
  });

  it('are chosen afresh when the file is broken', async () => {
    writeFileSync(file, '{"api": "eighty"');
    expect((await choosePorts(file)).api).toBeGreaterThan(0);
  });
});
