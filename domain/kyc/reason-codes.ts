/** Locales that reason texts exist in. */
export type Locale = 'en';

export interface ReasonDefinition {
  /** May the client be told? Internal reasons never reach the client: tipping-off is an offence. */
  readonly clientVisible: boolean;
  /** Can the client mend it by sending something else? */
  readonly retryable: boolean;
  /** For the client where it is visible, else for the officer. */
  readonly text: Readonly<Record<Locale, string>>;
}

/** Why a document or a case is not simply fine (taxonomies: Sumsub, Veriff, Onfido). */
export const reasonCodes = {
  DOC_EXPIRED: visible('Your document has expired. Please send one that is still valid.'),
  DOC_EXPIRING: visible('Your document expires soon. Please send one that is valid for longer.'),
  DOC_UNREADABLE: visible('We cannot read the document. Please send a sharper picture.'),
  DOC_CROPPED: visible('Part of the document is cut off. Please show all four corners.'),
  DOC_SCREENSHOT: visible('Please photograph the document itself, not a screen.'),
  BACK_SIDE_MISSING: visible('The back of the document is missing.'),
  PAGE_MISSING: visible('A page of the document is missing.'),
  DOC_TYPE_NOT_ACCEPTED: visible('We do not accept this kind of document for this purpose.'),
  DOC_COUNTRY_NOT_ACCEPTED: visible('We do not accept documents issued by this country.'),
  MRZ_CHECK_DIGIT: visible(
    'The two or three lines at the bottom of the document do not add up. Please type them again exactly as printed.',
  ),
  NAME_MISMATCH: visible('The name on the document is not the name you registered with.'),
  DOB_MISMATCH: visible('The date of birth on the document is not the one you registered with.'),
  ADDRESS_MISMATCH: visible('The address on the document is not the one you registered with.'),
  POA_TOO_OLD: visible('The proof of address is too old. Please send a more recent one.'),
  UNDERAGE: {
    clientVisible: true,
    retryable: false,
    text: { en: 'You are too young to open an account.' },
  },
  DUPLICATE_IDENTITY: {
    clientVisible: true,
    retryable: false,
    text: { en: 'You seem to have an account with us already. Please contact support.' },
  },
  SAME_IMAGE_RESUBMITTED: visible('You sent the same picture again. Please send a new one.'),
  FACE_MISMATCH: visible('The selfie does not match the document. Please try again.'),
  SOURCE_NOT_SHOWN: visible(
    'What you sent does not show where your money comes from as you told us. Please read why, and tell us again.',
  ),
  SOURCE_WANTED: visible(
    'Please tell us where your money comes from, how much it is, and send papers that show it.',
  ),
  DATA_MISSING: visible('Some information is missing. Please complete it.'),
  SOURCE_UNDECIDED: internal('Declared sources of money have not been looked at.'),
  SUSPECTED_TAMPERING: internal('The document may have been altered.'),
  SANCTIONS_POSSIBLE: internal('Possible match with a sanctions list.'),
  PEP_POSSIBLE: internal('Possibly a politically exposed person.'),
  ADVERSE_MEDIA: internal('Adverse media.'),
  RISK_HIGH: internal('High risk score.'),
  APPROPRIATENESS_FAILED: internal('The appropriateness test was not passed.'),
  SCREENING_STALE: internal('The screening is too old to rely on.'),
  POLICY_ERROR: internal('A rule could not be evaluated.'),
  NO_RULE_APPLIES: internal('No rule covers this case.'),
  ALL_CHECKS_PASSED: internal('Every required check passed.'),
} as const satisfies Record<string, ReasonDefinition>;

export type ReasonCode = keyof typeof reasonCodes;

function visible(en: string): ReasonDefinition {
  return { clientVisible: true, retryable: true, text: { en } };
}

function internal(en: string): ReasonDefinition {
  return { clientVisible: false, retryable: false, text: { en } };
}

export function isReasonCode(text: string): text is ReasonCode {
  return Object.hasOwn(reasonCodes, text);
}

/** Reason codes in an officer's words: `DOC_EXPIRED, POA_TOO_OLD: please send newer ones`. */
export function reasonCodesIn(text: string): ReasonCode[] {
  return [...new Set(text.match(/[A-Z][A-Z_]{3,}/g) ?? [])].filter(isReasonCode);
}

/** Codes that a client may be told of; a house may say them in its own words. */
export const clientReasonCodes = Object.entries<ReasonDefinition>(reasonCodes).flatMap(
  ([code, { clientVisible }]) => (clientVisible && isReasonCode(code) ? [code] : []),
);

/** A house's own words for a reason, in one language. */
export interface ReasonText {
  readonly code: string;
  /** ISO 639-1. */
  readonly locale: string;
  readonly text: string;
}

/** Whose words a client reads, and in which language. */
export interface ReasonWords {
  readonly texts: readonly ReasonText[];
  readonly locale: string;
}

const shippedWords: ReasonWords = { texts: [], locale: 'en' };

/**
 * What the client may read about the codes, in order: the house's words in the client's language, else its English ones, else
 * ours. Internal and unknown codes are left out without a trace, whatever words there are for them.
 */
export function clientReasons(
  codes: readonly string[],
  { texts, locale }: ReasonWords = shippedWords,
): readonly { readonly code: ReasonCode; readonly text: string; readonly retryable: boolean }[] {
  return codes.filter(isReasonCode).flatMap((code) => {
    const definition: ReasonDefinition = reasonCodes[code];
    if (!definition.clientVisible) return [];
    const said = (language: string) =>
      texts.find((each) => each.code === code && each.locale === language)?.text;
    const text = said(locale) ?? said('en') ?? definition.text.en;
    return [{ code, text, retryable: definition.retryable }];
  });
}
