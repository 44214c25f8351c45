import { z } from 'zod';
import { civilDate, instant } from './schemas';

/** A day of a period: nothing here is of another century. */
export const periodDay = civilDate.refine(
  (text) => text >= '2000' && text < '2100',
  'is not of this century',
);

/** Where a period begins or ends: a day, which belongs to it whole, or an instant. */
export const moment = z.union([periodDay, instant]);

/** An instant, or a day: from its beginning, or to its end. */
export function startOf(text: string): string {
  return text.length === 10 ? `${text}T00:00:00Z` : text;
}

export function endOf(text: string): string {
  if (text.length !== 10) return text;
  const next = new Date(Date.parse(`${text}T00:00:00Z`) + 86_400_000);
  return `${next.toISOString().slice(0, 19)}Z`;
}
