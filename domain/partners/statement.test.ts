import { formatLots, maskName } from './statement';

describe('a statement', () => {
  it.each([
    [0n, '0'],
    [1n, '0.00000001'],
    [150_000_000n, '1.5'],
    [12_345_000_000n, '123.45'],
  ])('writes %s units of volume as %s lots', (lots, text) => {
    expect(formatLots(lots)).toBe(text);
  });

  it('masks names to their first letters', () => {
    expect(maskName('Ada  Testwoman')).toBe('A••• T•••');
    expect(maskName('Иван')).toBe('И•••');
  });
});
