import { z } from 'zod';
import type { MemberRole } from '../../domain/kyc/ownership';

export const memberRoles = [
  'holder',
  'joint_holder',
  'beneficial_owner',
  'shareholder',
  'director',
  'signatory',
  'attorney',
] as const satisfies readonly MemberRole[];

export const memberKinds = ['individual', 'organisation'] as const;

/** More than nothing and at most all, to the hundredth of a percent. */
export const sharePercent = z
  .string()
  .regex(/^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$/, 'is not a percentage such as 25.50')
  .refine((text) => Number(text) > 0, 'is more than nothing')
  .meta({ example: '25.50' });

/** ISO 17442: 18 letters or digits and two check digits, which leave 1 modulo 97. */
export const lei = z
  .string()
  .regex(/^[A-Z0-9]{18}\d{2}$/, 'is not a LEI')
  .refine((code) => remainder97(code) === 1, 'has a wrong check digit')
  .meta({ description: 'Legal entity identifier, ISO 17442.' });

function remainder97(code: string): number {
  return [...code].reduce((rest, letter) => {
    const value = Number.parseInt(letter, 36);
    return (rest * (value > 9 ? 100 : 10) + value) % 97;
  }, 0);
}

/** A share of one as a percentage of two places. */
export function percentOf(share: number): string {
  return (share * 100).toFixed(2);
}
