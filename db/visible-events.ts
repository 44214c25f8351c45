import { eventsSeenBy } from '../domain/access/event-access';
import type { Tx } from './connection';

/**
 * Which events the reader may see, as a condition on `event`; bound by `visibleEvents`. The steps of a process and
 * its resumption belong to what the process is about: the first word of their subject, not of their type, counts.
 */
export const isVisible = `(:seesAll or case
    when split_part(type, '.', 1) = 'task' then payload::jsonb ->> 'kind' = any (:taskKinds::text[])
    when type = any (:singular::text[]) then type = any (:types::text[])
    when split_part(type, '.', 1) in ('intent', 'process') then split_part(subject, '/', 1) = any (:seenFamilies::text[])
    else split_part(type, '.', 1) = any (:seenFamilies::text[]) end)`;

export function visibleEvents({ scope }: Tx) {
  const seen = eventsSeenBy(scope.kind === 'staff' ? scope.permissions : new Set());
  return {
    seesAll: scope.kind === 'system',
    taskKinds: [...seen.taskKinds],
    singular: [...seen.singular],
    types: [...seen.types],
    seenFamilies: [...seen.families],
  };
}
