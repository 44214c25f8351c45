import type { ScheduleDefinition } from './server/register';

/**
 * Every Temporal Schedule of the product. `startStack` and `keelson prepare` bring them into being.
 * A row says its business time zone, buffers what overlaps (`SKIP` drops a period silently) and
 * pauses when a run fails.
 */
export const schedules: readonly ScheduleDefinition[] = [];
