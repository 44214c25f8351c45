import type { ActivityOptions } from '@temporalio/common';

/**
 * Bounds and retries of activities, by kind. Spread one into `proxyActivities` together with a
 * task queue: `proxyActivities<DbActivities>({ ...idempotentWrite, taskQueue: taskQueues.db })`.
 *
 * `startToCloseTimeout` bounds one attempt and is also how long a killed worker goes unnoticed.
 * `scheduleToCloseTimeout` bounds all attempts and the waiting between them: a night's outage of
 * PostgreSQL or a provider must fit, since a process that gives up needs a person.
 */

/** Reads: no effect, so they are repeated quickly. */
export const read = {
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '12 hours',
  retry: {
    initialInterval: '200 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '15 seconds',
  },
} as const satisfies ActivityOptions;

/** Writes that carry a key under which a repetition changes nothing. */
export const idempotentWrite = {
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: {
    initialInterval: '200 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '15 seconds',
  },
} as const satisfies ActivityOptions;

/**
 * Calls whose effect cannot be keyed: one attempt. A timeout means "unknown" and is resolved by
 * looking; raising `maximumAttempts` here pays a client twice.
 */
export const onceOnly = {
  startToCloseTimeout: '20 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: { maximumAttempts: 1 },
} as const satisfies ActivityOptions;

/** A once-only call that heartbeats, so that a killed worker is noticed in seconds and the look-up begins. */
export const onceOnlyCall = {
  ...onceOnly,
  startToCloseTimeout: '60 seconds',
  heartbeatTimeout: '6 seconds',
} as const satisfies ActivityOptions;

/** Calls to an outside system that accepts an idempotency key, or only answers a question. */
export const provider = {
  startToCloseTimeout: '20 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
  },
} as const satisfies ActivityOptions;

/** One page of thousands of rows; the heartbeat carries the cursor. */
export const bulkPage = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '24 hours',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const satisfies ActivityOptions;

/** A page of calls to a trading server that may be away: given up after two hours, since tomorrow looks again. */
export const serverPage = {
  ...bulkPage,
  scheduleToCloseTimeout: '2 hours',
} as const satisfies ActivityOptions;

/** The one long reading of a feed: ten minutes at a time, a killed worker noticed in seconds, for ever. */
export const feedRead = {
  startToCloseTimeout: '15 minutes',
  scheduleToCloseTimeout: '3650 days',
  heartbeatTimeout: '6 seconds',
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 1.5,
    maximumInterval: '10 seconds',
  },
} as const satisfies ActivityOptions;

/** A compensation has no total bound: it must happen, however long the other side is away. */
export const compensation = {
  startToCloseTimeout: '20 seconds',
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
  },
} as const satisfies ActivityOptions;

export const activityBounds = {
  read,
  idempotentWrite,
  onceOnly,
  onceOnlyCall,
  provider,
  bulkPage,
  serverPage,
  feedRead,
  compensation,
} as const satisfies Record<string, ActivityOptions>;
