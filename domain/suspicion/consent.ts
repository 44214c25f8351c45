/** What the authority was asked, and has said, about doing what a report is about. */
export const consents = ['none', 'asked', 'granted', 'refused'] as const;
export type Consent = (typeof consents)[number];

export interface ConsentStanding {
  readonly consent: Consent;
  /** The last day of the authority's time to answer; null where it was not asked. Civil dates, `2026-12-01`. */
  readonly noticeEndsOn: string | null;
  /** The last day on which a refusal binds. */
  readonly moratoriumEndsOn: string | null;
}

/** Whether a hold may be lifted today, and otherwise what stands in the way until the end of which day. */
export type ConsentAnswer =
  | { readonly kind: 'free' }
  | { readonly kind: 'bound'; readonly by: 'notice' | 'moratorium'; readonly until: string };

/**
 * POCA 2002 s. 335: nothing is done in the notice period unless consent was given; silence to its end is consent; a
 * refusal in it binds for the moratorium. Both days are whole: what ends on a day binds on it.
 * @param today in the entity's own zone.
 */
export function consentAnswer(standing: ConsentStanding, today: string): ConsentAnswer {
  const { consent, noticeEndsOn, moratoriumEndsOn } = standing;
  if (consent === 'asked' && noticeEndsOn !== null && today <= noticeEndsOn)
    return { kind: 'bound', by: 'notice', until: noticeEndsOn };
  if (consent === 'refused' && moratoriumEndsOn !== null && today <= moratoriumEndsOn)
    return { kind: 'bound', by: 'moratorium', until: moratoriumEndsOn };
  return { kind: 'free' };
}

/** The last day of a moratorium that begins with the day of the refusal. */
export function moratoriumEnd(refusedOn: string, days: number): string {
  const end = Date.parse(`${refusedOn}T00:00:00Z`) + Math.max(days - 1, 0) * 86_400_000;
  return new Date(end).toISOString().slice(0, 10);
}
