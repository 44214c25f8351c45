import { comparableAddress, comparableIp, comparableName } from './comparable';

describe('what people are compared by', () => {
  it.each([
    ['Maria Example', ' EXAMPLE,  María '],
    ['Дмитрий Иванов', 'Ivanov Dmitriy'],
  ])('is one name: %s', (one, other) => {
    expect(comparableName(one)).toBe(comparableName(other));
    expect(comparableName(one)).not.toBe('');
  });

  it('is another name with a word more, and none of one word', () => {
    expect(comparableName('Maria Example Smith')).not.toBe(comparableName('Maria Example'));
    expect(comparableName('Maria')).toBe('');
    expect(comparableName('Maria Maria')).toBe('');
  });

  it('is one postal address however it is written, and another of another house', () => {
    const address = comparableAddress('7, Peculiar Lane, 1000 Löndon');
    expect(comparableAddress('7 PECULIAR LANE 1000 London')).toBe(address);
    expect(comparableAddress('8 Peculiar Lane 1000 London')).not.toBe(address);
    expect(comparableAddress('London')).toBe('');
  });

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2::7', '2001:db8:1:2'],
    ['2001:0DB8:1:2:ffff:0:0:1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
  ])('is one connection: %s', (text, network) => {
    expect(comparableIp(text)).toBe(network);
  });

  it.each([
    ...['127.0.0.1', '::1', '::ffff:10.0.0.1', '192.168.1.1', '172.31.255.255', '100.64.0.1'],
    ...['169.254.1.1', 'fd00::1', 'fe80::1%eth0', '', 'unknown', '203.0.113.7:443', '1.2.3'],
  ])('is none of the internet: %s', (text) => {
    expect(comparableIp(text)).toBe('');
  });

  it('tells two connections apart', () => {
    expect(comparableIp('172.32.0.1')).not.toBe(comparableIp('172.32.0.2'));
    expect(comparableIp('2001:db8:1:2::7')).not.toBe(comparableIp('2001:db8:1:3::7'));
  });
});
