/** What a list of payments is narrowed to; at most `limit`. */
export interface PaymentFilter {
  readonly clientId?: string;
  readonly state?: string;
  /** The last payment of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Ends the statement of every list of payments: the newest first, since ids grow with time. */
export const newestPayments = `where (:clientId::text is null or client_id = :clientId)
  and (:state::text is null or state = :state) and (:after::text is null or id < :after)
  order by id desc limit :limit`;

/** The bindings of `newestPayments`. */
export function bindingsOf({ clientId, state, after, limit }: PaymentFilter) {
  return { clientId: clientId ?? null, state: state ?? null, after: after ?? null, limit };
}
