import { z } from 'zod';
import type { EventFilter } from '../db/event-filter';
import { endOf, moment, startOf } from './period';

/** A chain's name, or an actor's: an id, or a path such as `policy/withdrawal/base/`. */
const name = z.string().regex(/^[A-Za-z0-9._/:-]{1,200}$/, 'is not an id');

/** What a client's timeline can be narrowed to, the same on the page and in the API. */
export const timelineQuery = {
  actor: name.optional().meta({
    description: 'Who did it: `user:usr_…`, or the process, `workflow:deposit/dep_…`.',
    example: 'user:usr_01JDZ0000000000000000000A1',
  }),
  subject: name
    .optional()
    .meta({ description: 'What it happened to.', example: 'dep_01JDZ0000000000000000000A1' }),
  from: moment.optional().meta({ description: 'Not before this day or instant (UTC).' }),
  to: moment.optional().meta({ description: 'Not after this day, or before this instant (UTC).' }),
};

interface AskedTimeline {
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export function timelineFilter({ actor, subject, from, to }: AskedTimeline): EventFilter {
  return {
    actor,
    subject,
    fromAt: from === undefined ? undefined : startOf(from),
    toAt: to === undefined ? undefined : endOf(to),
  };
}
