import { type AccountAccess, type AccountRight } from '../../../domain/trading/account';

/** Bits of `enableFlags`. MT4 has one bit for "may not trade"; there is no looking-only beside it. */
export const flags = { enabled: 0x1, mayChangePassword: 0x2, readOnly: 0x4, otp: 0x8 } as const;

export const defaultFlags = flags.enabled | flags.mayChangePassword;

export function accessOf(bits: number): AccountAccess {
  return {
    loginEnabled: (bits & flags.enabled) !== 0,
    tradingEnabled: (bits & flags.readOnly) === 0,
    readOnly: false,
    closeOnly: false,
  };
}

/** Gives a new log-in these rights; what MT4 keeps no flag for is its group's to say. */
export function withRights(bits: number, given: readonly AccountRight[]): number {
  const changed = withBit(bits, flags.mayChangePassword, given.includes('change_password'));
  return withBit(changed, flags.readOnly, !given.includes('trade'));
}

/** Changes the bits of access that are named and leaves every other flag as it is. */
export function withAccess(bits: number, access: Partial<AccountAccess>): number {
  let changed = bits;
  if (access.loginEnabled !== undefined) {
    changed = withBit(changed, flags.enabled, access.loginEnabled);
  }
  const { tradingEnabled, readOnly } = access;
  if (tradingEnabled !== undefined || readOnly !== undefined) {
    changed = withBit(changed, flags.readOnly, tradingEnabled === false || readOnly === true);
  }
  return changed;
}

function withBit(bits: number, bit: number, on: boolean): number {
  return on ? bits | bit : bits & ~bit;
}
