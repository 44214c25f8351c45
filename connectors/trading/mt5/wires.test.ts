import { checkWire } from './wires';

describe('the wires to a server', () => {
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
