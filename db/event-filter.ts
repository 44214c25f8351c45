/** What a list of events is narrowed to. */
export interface EventFilter {
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  /** UTC; from this instant on, and before this one. */
  readonly fromAt?: string | undefined;
  readonly toAt?: string | undefined;
}

/** As a condition on `event`; bound by `eventFilter`. */
export const isWanted = `(:actor::text is null or actor = :actor) and (:subject::text is null or subject = :subject)
  and (:fromAt::timestamptz is null or at >= :fromAt::timestamptz) and (:toAt::timestamptz is null or at < :toAt::timestamptz)`;

export function eventFilter({ actor, subject, fromAt, toAt }: EventFilter) {
  return {
    actor: actor ?? null,
    subject: subject ?? null,
    fromAt: fromAt ?? null,
    toAt: toAt ?? null,
  };
}
