import { z } from 'zod';
import type { View } from './page';

/** Query of a page that shows a state while it moves: what the browser has on its screen. */
export const liveQuery = { seen: z.string().max(200).optional() };

/** A page asks again for so long after the thing was made; then the reader loads it anew. */
export const watchMsMax = 15 * 60_000;

export interface Moving {
  /** The page's own address: it is asked for again. */
  readonly path: string;
  /** Changes whenever the page would look different. */
  readonly mark: string;
  /** RFC 3339: when it began to move. */
  readonly since: string;
  /** Whether it will go on by itself, without a person. */
  readonly isMoving: boolean;
}

/**
 * Lets the partial `live` follow a state: 204 while nothing changed, 286 (htmx: stop asking) when it has
 * waited long enough, so that a page left open neither asks for ever nor keeps its session alive.
 */
export function follow(view: View, moving: Moving, seen: string | undefined): View {
  const isWatched = moving.isMoving && Date.now() - Date.parse(moving.since) < watchMsMax;
  const live = isWatched
    ? { href: `${moving.path}?seen=${encodeURIComponent(moving.mark)}` }
    : { href: undefined };
  const followed = { ...view, data: { ...view.data, live } };
  if (seen === undefined || seen !== moving.mark) return followed;
  return { ...followed, status: isWatched ? 204 : 286 };
}
