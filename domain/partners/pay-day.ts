import { startOfWorkingDay, type BusinessCalendar } from '../task/business-calendar';
import type { Period } from './period';
import type { PaymentDays } from './plan';

const dayMs = 86_400_000;

/**
 * When what a period earned is paid, RFC 3339: the beginning of the plan's day after it in the entity's zone, or of the next
 * day on which the entity works. Null: when it is approved.
 */
export function payDayOf(
  { kind, to }: Pick<Period, 'kind' | 'to'>,
  { paidOn, calendar }: { readonly paidOn: PaymentDays; readonly calendar: BusinessCalendar },
): string | null {
  const after = dayAfter(kind, { to, paidOn });
  return after === null ? null : startOfWorkingDay(calendar, after).toISOString();
}

/** The day on which it is paid where that is a working day. Weeks end at a Monday's midnight, months at a first's. */
function dayAfter(
  kind: Period['kind'],
  { to, paidOn: { ofMonth, ofWeek } }: { readonly to: string; readonly paidOn: PaymentDays },
): string | null {
  switch (kind) {
    case 'daily':
      return to.slice(0, 10);
    case 'weekly':
      return ofWeek === null
        ? null
        : new Date(Date.parse(to) + (ofWeek - 1) * dayMs).toISOString().slice(0, 10);
    case 'monthly':
      return ofMonth === null ? null : `${to.slice(0, 7)}-${String(ofMonth).padStart(2, '0')}`;
  }
}
