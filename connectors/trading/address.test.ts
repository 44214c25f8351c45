import { isLoopback, splitAddress } from './address';

describe('the address of a server', () => {
  it.each([
    ['mt5.example:443', { host: 'mt5.example', port: 443 }],
    ['10.0.0.5:1', { host: '10.0.0.5', port: 1 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['mt5.example', null],
    ['mt5.example:0', null],
    ['mt5.example:65536', null],
    ['https://mt5.example:443', null],
    ['::1:443', null],
  ])('is read: %s', (text, address) => {
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
});
