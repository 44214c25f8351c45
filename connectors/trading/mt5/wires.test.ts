import { checkWire, isLoopback, splitAddress } from './wires';

describe('the wires to a server', () => {
  it.each([
    ['mt5.example:443', { host: 'mt5.example', port: 443 }],
    ['10.0.0.5:1', { host: '10.0.0.5', port: 1 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['mt5.example', null],
    ['mt5.example:0', null],
    ['mt5.example:65536', null],
    ['https://mt5.example:443', null],
    ['::1:443', null],
  ])('reads the address %s', (text, address) => {
    expect(splitAddress(text)).toEqual(address);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.3.2.1', true],
    ['::1', true],
    ['localhost', true],
    ['127.0.0.1.example', false],
    ['10.0.0.5', false],
    ['localhost.example', false],
  ])('knows whether %s is this machine', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });

  const rest = { transport: 'rest', caPath: null, contentType: 'application/json' } as const;

  it('takes REST over https, raw with a cipher anywhere, and without one to this machine', () => {
    for (const wire of [
      { ...rest, rest: 'https://mt5.example' },
      { transport: 'raw', raw: 'mt5.example:443', crypt: 'aes256ofb' },
      { transport: 'raw', raw: '127.0.0.1:4430', crypt: 'none' },
    ] as const) {
      expect(() => checkWire(wire)).not.toThrow();
    }
  });

  it('takes no wire that carries passwords in clear, and none that leads nowhere', () => {
    for (const wire of [
      { ...rest, rest: 'http://127.0.0.1:1' },
      { transport: 'raw', raw: 'mt5.example:443', crypt: 'none' },
      { transport: 'raw', raw: 'mt5.example', crypt: 'aes256ofb' },
    ] as const) {
      expect(() => checkWire(wire)).toThrow(RangeError);
    }
  });
});
