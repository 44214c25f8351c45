import { type Change, type Journal } from '../journal/journal';
import { type Delivery } from '../psp/state';

/** A person as the verifier keeps them. */
export interface Applicant {
  readonly id: string;
  readonly inspectionId: string;
  readonly externalUserId: string;
  readonly levelName: string;
  readonly fixedInfo: Readonly<Record<string, unknown>>;
  readonly createdMs: number;
  readonly documents: readonly { readonly idDocType: string; readonly bytes: number }[];
  readonly reviewStatus: 'init' | 'pending' | 'onHold' | 'completed';
  readonly reviewMs: number | null;
  readonly result: ReviewResult | null;
}

export interface ReviewResult {
  readonly reviewAnswer: 'GREEN' | 'RED';
  readonly rejectLabels?: readonly string[];
  readonly reviewRejectType?: 'FINAL' | 'RETRY';
  readonly moderationComment?: string;
  readonly clientComment?: string;
}

interface Rows {
  applicants: Applicant;
  deliveries: Delivery<'sumsub'>;
  settings: {
    readonly appToken: string;
    readonly secretKey: string;
    readonly webhookSecret: string;
    readonly webhookUrl?: string;
  };
}

/** The simulator's typed view of its journal. */
export class VerifierState {
  constructor(readonly journal: Journal) {}

  get<T extends keyof Rows>(table: T, id: string): Rows[T] | undefined {
    return this.journal.rows(table).get(id) as Rows[T] | undefined;
  }

  all<T extends keyof Rows>(table: T): Rows[T][] {
    return [...this.journal.rows(table).values()] as Rows[T][];
  }
}

export function put<T extends keyof Rows>(table: T, id: string, row: Rows[T]): Change {
  return { table, id, row };
}

/** As the verifier writes its times: UTC, without saying so. */
export function wireTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}

/** As it answers questions about somebody. */
export function shown(applicant: Applicant): object {
  const { id, inspectionId, externalUserId, levelName, fixedInfo, createdMs } = applicant;
  return {
    id,
    createdAt: wireTime(createdMs).slice(0, 19),
    inspectionId,
    externalUserId,
    fixedInfo,
    review: {
      reviewId: `r-${id}`,
      levelName,
      reviewStatus: applicant.reviewStatus,
      ...(applicant.reviewMs === null ? {} : { reviewDate: wireTime(applicant.reviewMs) }),
      ...(applicant.result === null ? {} : { reviewResult: applicant.result }),
    },
  };
}
