import { type AccountAccess, type AccountRight } from '../../../domain/trading/account';

/** Bits of `User.Rights`. */
export const rights = {
  enabled: 0x1n,
  password: 0x2n,
  tradeDisabled: 0x4n,
  investor: 0x8n,
  confirmed: 0x10n,
  trailing: 0x20n,
  expert: 0x40n,
  reports: 0x100n,
  readOnly: 0x200n,
  resetPassword: 0x400n,
  otp: 0x800n,
} as const;

/** What MT5 gives a new log-in: enabled, password, trailing, experts, reports. */
export const defaultRights = 0x163n;

export function accessOf(bits: bigint): AccountAccess {
  return {
    loginEnabled: (bits & rights.enabled) !== 0n,
    tradingEnabled: (bits & rights.tradeDisabled) === 0n,
    readOnly: (bits & rights.readOnly) !== 0n,
    closeOnly: false,
  };
}

const bitsOfRights: readonly (readonly [AccountRight, bigint])[] = [
  ['experts', rights.expert],
  ['trailing_stops', rights.trailing],
  ['reports', rights.reports],
  ['change_password', rights.password],
];

/** Gives a new log-in these rights and no others of ours. */
export function withRights(bits: bigint, given: readonly AccountRight[]): bigint {
  const changed = bitsOfRights.reduce(
    (all, [right, bit]) => withBit(all, bit, given.includes(right)),
    bits,
  );
  return withBit(changed, rights.tradeDisabled, !given.includes('trade'));
}

/** Changes the bits of access that are named and leaves every other right as it is. */
export function withAccess(bits: bigint, access: Partial<AccountAccess>): bigint {
  let changed = bits;
  if (access.loginEnabled !== undefined)
    changed = withBit(changed, rights.enabled, access.loginEnabled);
  if (access.tradingEnabled !== undefined)
    changed = withBit(changed, rights.tradeDisabled, !access.tradingEnabled);
  if (access.readOnly !== undefined) changed = withBit(changed, rights.readOnly, access.readOnly);
  return changed;
}

function withBit(bits: bigint, bit: bigint, on: boolean): bigint {
  return on ? bits | bit : bits & ~bit;
}
