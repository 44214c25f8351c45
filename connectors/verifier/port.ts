import type { DocumentKind } from '../../domain/kyc/document';
import type { VerifierFinding } from '../../domain/kyc/outside-check';
import type { MediaType } from '../../domain/onboarding/media-type';
import type { WebhookHeaders } from '../psp/messages';

/** A person to be verified, and what they have sent in. */
export interface CheckOrder {
  /** Our id of the check: the verifier keeps it, so that asking twice is asking once. */
  readonly reference: string;
  /** Which of the verifier's flows. */
  readonly level: string;
  readonly person: {
    readonly name: string;
    /** `YYYY-MM-DD`. */
    readonly birthDate?: string;
    /** ISO alpha-2. */
    readonly nationality?: string;
  };
  readonly documents: readonly CheckedPaper[];
}

export interface CheckedPaper {
  readonly kind: DocumentKind;
  /** ISO alpha-2 of who issued it. */
  readonly issuer?: string;
  readonly mediaType: MediaType;
  readonly content: Uint8Array;
}

/** `refused`: it will never take this. `unknown`: no answer that can be relied on; the same may be sent again. */
export type Ordered =
  | { readonly kind: 'sent'; readonly providerRef: string }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export type Looked =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'answered'; readonly finding: VerifierFinding; readonly at: Date }
  | { readonly kind: 'unknown'; readonly reason: string };

interface MessageBase {
  readonly provider: string;
  /** To drop repetitions by. */
  readonly eventId: string;
  readonly occurredAt: Date;
}

/** The verifier has decided on a check, for the first time or anew. */
export interface CheckAnswered extends MessageBase {
  readonly type: 'check_answered';
  readonly operationId: string;
  readonly finding: VerifierFinding;
}

/** A genuine message that decides nothing. */
export interface CheckMoved extends MessageBase {
  readonly type: 'check_moved';
  readonly operationId: string | null;
  readonly providerType: string;
}

export type VerifierMessage = CheckAnswered | CheckMoved;

/** Who verifies identities for the house. */
export interface IdentityVerifier {
  readonly name: string;
  /** Hands a person over. Repeated with the same reference it is the same order. */
  order(check: CheckOrder): Promise<Ordered>;
  /** Asks how an order stands, for where a message was lost. */
  look(reference: string): Promise<Looked>;
  /**
   * Reads a message, over the bytes as they came.
   * @throws {WebhookRejected} when it is not the verifier's, or cannot be read.
   */
  verifyWebhook(rawBody: Buffer, headers: WebhookHeaders, target: string): VerifierMessage;
}
