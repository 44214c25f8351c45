import { accessOf, defaultRights, withAccess } from './rights';

describe('MT5 rights', () => {
  it('freezes by setting 0x4 and keeps every other right', () => {
    const frozen = withAccess(defaultRights, { tradingEnabled: false });
    expect(frozen).toBe(0x167n);
    expect(withAccess(frozen, { tradingEnabled: true })).toBe(defaultRights);
  });

  it('blocks by clearing 0x1', () => {
    expect(withAccess(defaultRights, { loginEnabled: false })).toBe(0x162n);
  });

  it('makes read-only by setting 0x200', () => {
    expect(withAccess(defaultRights, { readOnly: true })).toBe(0x363n);
  });

  it('reads back what it wrote', () => {
    for (const loginEnabled of [true, false])
      for (const tradingEnabled of [true, false])
        for (const readOnly of [true, false]) {
          const access = { loginEnabled, tradingEnabled, readOnly, closeOnly: false };
          expect(accessOf(withAccess(defaultRights, access))).toEqual(access);
        }
  });
});
