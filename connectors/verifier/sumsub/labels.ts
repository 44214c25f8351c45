import type { VerifierFinding } from '../../../domain/kyc/outside-check';
import type { ReasonCode } from '../../../domain/kyc/reason-codes';
import type { ReviewResult } from './wire';

/** Reject labels in our codes. Source: docs.sumsub.com, "Rejection labels"; whatever is not here is for a person. */
const codes: Readonly<Record<string, ReasonCode>> = {
  LOW_QUALITY: 'DOC_UNREADABLE',
  UNSATISFACTORY_PHOTOS: 'DOC_UNREADABLE',
  BLACK_AND_WHITE: 'DOC_UNREADABLE',
  DOCUMENT_DAMAGED: 'DOC_UNREADABLE',
  INCOMPLETE_DOCUMENT: 'DOC_CROPPED',
  SCREENSHOTS: 'DOC_SCREENSHOT',
  FRONT_SIDE_MISSING: 'PAGE_MISSING',
  BACK_SIDE_MISSING: 'BACK_SIDE_MISSING',
  DOCUMENT_PAGE_MISSING: 'PAGE_MISSING',
  NOT_DOCUMENT: 'DOC_TYPE_NOT_ACCEPTED',
  BAD_PROOF_OF_IDENTITY: 'DOC_TYPE_NOT_ACCEPTED',
  UNFILLED_ID: 'DOC_TYPE_NOT_ACCEPTED',
  ID_INVALID: 'DOC_EXPIRED',
  EXPIRATION_DATE: 'DOC_EXPIRED',
  WRONG_USER_REGION: 'DOC_COUNTRY_NOT_ACCEPTED',
  REGULATIONS_VIOLATIONS: 'DOC_COUNTRY_NOT_ACCEPTED',
  PROBLEMATIC_APPLICANT_DATA: 'NAME_MISMATCH',
  WRONG_ADDRESS: 'ADDRESS_MISMATCH',
  BAD_PROOF_OF_ADDRESS: 'ADDRESS_MISMATCH',
  AGE_REQUIREMENT_MISMATCH: 'UNDERAGE',
  DUPLICATE: 'DUPLICATE_IDENTITY',
  SELFIE_MISMATCH: 'FACE_MISMATCH',
  BAD_FACE_MATCHING: 'FACE_MISMATCH',
  BAD_SELFIE: 'FACE_MISMATCH',
  BAD_VIDEO_SELFIE: 'FACE_MISMATCH',
  BAD_AVATAR: 'FACE_MISMATCH',
  ADDITIONAL_DOCUMENT_REQUIRED: 'DATA_MISSING',
  NOT_ALL_CHECKS_COMPLETED: 'DATA_MISSING',
  FORGERY: 'SUSPECTED_TAMPERING',
  DOCUMENT_TEMPLATE: 'SUSPECTED_TAMPERING',
  GRAPHIC_EDITOR: 'SUSPECTED_TAMPERING',
  DOCUMENT_DEPRIVED: 'SUSPECTED_TAMPERING',
  FRAUDULENT_PATTERNS: 'SUSPECTED_TAMPERING',
  INCONSISTENT_PROFILE: 'SUSPECTED_TAMPERING',
  SPAM: 'SUSPECTED_TAMPERING',
  PEP: 'PEP_POSSIBLE',
  ADVERSE_MEDIA: 'ADVERSE_MEDIA',
};

/** Labels that tell of a list: nobody reads them who may not decide on screenings. */
const listed: ReadonlySet<string> = new Set([
  'SANCTIONS',
  'CRIMINAL',
  'BLACKLIST',
  'COMPROMISED_PERSONS',
]);

/** What a review came to. A red one without a word that we know is still a refusal. */
export function findingOf(result: ReviewResult): VerifierFinding {
  const told = result.rejectLabels ?? [];
  const labels = told.filter((label) => !listed.has(label));
  const reasons = [...new Set(labels.flatMap((label) => codes[label] ?? []))];
  const answer =
    result.reviewAnswer === 'GREEN'
      ? 'passed'
      : result.reviewRejectType === 'RETRY'
        ? 'retry'
        : 'refused';
  return { answer, reasons, labels, nearListed: labels.length < told.length };
}
