/**
 * Whether the halt `h` stops anything now: from its beginning until its end, unless it was lifted before. By the
 * clock and not by the transaction's beginning, since a transaction may have waited.
 */
export const inForce = `h.lifted_at is null and h.from_at <= clock_timestamp()
  and (h.until_at is null or h.until_at > clock_timestamp())`;

export type FeedState = 'running' | 'paused';

/** The state of the feed `f`: it pauses while its server is declared to be out of service. */
export const feedState = `case when exists (select 1 from halt h where h.scope = 'server' and h.scope_key = f.server_id
  and h.kind <> 'stop' and ${inForce}) then 'paused' else 'running' end`;
