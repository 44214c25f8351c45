import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { platformsOf, readTradingServers, ServersFileError } from './servers';
import { closeTradingPlatforms } from './registry';

const mt5 = {
  id: 'mt5',
  kind: 'mt5',
  name: 'MetaTrader 5',
  rest: 'https://127.0.0.1:1',
  caPath: null,
  login: '1000',
  password: 'planted-secret',
};

const { rest: _rest, caPath: _caPath, ...manager } = mt5;
const raw = { ...manager, transport: 'raw', raw: 'mt5.example:443', crypt: 'aes256ofb' };

describe('the file of trading servers', () => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'keelson-servers-'));
  });

  afterAll(async () => {
    await closeTradingPlatforms();
    rmSync(dir, { recursive: true });
  });

  function file(content: string): string {
    const name = path.join(dir, 'servers.json');
    writeFileSync(name, content);
    return name;
  }

  it('gives each server its connector, and none to a stranger', () => {
    const servers = readTradingServers(file(JSON.stringify([mt5, { ...mt5, id: 'mt5-b' }])));
    const platformFor = platformsOf(servers);
    expect(platformFor('mt5-b')?.capabilities.kind).toBe('mt5');
    expect(platformFor('mt5')).not.toBe(platformFor('mt5-b'));
    expect(platformFor('elsewhere')).toBeUndefined();
  });

  it('chooses the wire to MetaTrader 5', () => {
    const local = { ...raw, id: 'mt5-c', raw: '127.0.0.1:4430', crypt: 'none' };
    const paced = { ...mt5, transport: 'rest', requestsPerSecond: 20 };
    const written = [paced, { ...raw, id: 'mt5-b' }, local];
    expect(readTradingServers(file(JSON.stringify(written)))).toEqual(written);
  });

  it.each([
    ['is not JSON', '{'],
    ['is empty', '[]'],
    ['names a server twice', JSON.stringify([mt5, mt5])],
    ['has an unknown kind', JSON.stringify([{ ...mt5, kind: 'mt6' }])],
    ['has a field too many', JSON.stringify([{ ...mt5, colour: 'red' }])],
    ['would send passwords in clear', JSON.stringify([{ ...mt5, rest: 'http://127.0.0.1:1' }])],
    ['would send them in clear over raw', JSON.stringify([{ ...raw, crypt: 'none' }])],
    ['names no port', JSON.stringify([{ ...raw, raw: 'mt5.example' }])],
    ['names a port too high', JSON.stringify([{ ...raw, raw: '127.0.0.1:99999', crypt: 'none' }])],
    ['names two wires', JSON.stringify([{ ...raw, rest: 'https://127.0.0.1:1' }])],
    ['names an unknown cipher', JSON.stringify([{ ...raw, crypt: 'rot13' }])],
    ['allows no request at all', JSON.stringify([{ ...mt5, requestsPerSecond: 0 }])],
  ])('is refused when it %s, without telling its secrets', (_why, content) => {
    expect(() => readTradingServers(file(content))).toThrow(ServersFileError);
    expect(() => readTradingServers(file(content))).not.toThrow(/planted-secret/);
  });
});
