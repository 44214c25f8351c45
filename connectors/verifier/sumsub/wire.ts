import { z } from 'zod';

/** What of Sumsub's answers and messages is read; the rest may be anything. Source: docs.sumsub.com. */
const label = z.string().regex(/^[A-Z0-9_]{1,60}$/);

/** Its times are UTC without saying so: `2026-11-30 12:30:01.123`; ISO where it says. */
const time = z.string().transform((text, context) => {
  const at = new Date(/[zZ]$|[+-]\d{2}:?\d{2}$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
  if (!Number.isNaN(at.getTime())) return at;
  context.addIssue({ code: 'custom', message: 'is no time' });
  return z.NEVER;
});

export const reviewResult = z.object({
  reviewAnswer: z.enum(['GREEN', 'RED']),
  rejectLabels: z.array(label).max(50).optional(),
  reviewRejectType: z.enum(['FINAL', 'RETRY']).optional(),
});
export type ReviewResult = z.output<typeof reviewResult>;

export const message = z.object({
  applicantId: z.string().min(1).max(100),
  externalUserId: z.string().min(1).max(100).optional(),
  type: z.string().min(1).max(60),
  reviewStatus: z.string().optional(),
  createdAtMs: time,
  reviewResult: reviewResult.optional(),
});

export const applicant = z.object({
  id: z.string().min(1).max(100),
  review: z.object({
    reviewStatus: z.string(),
    reviewDate: time.optional(),
    reviewResult: reviewResult.optional(),
  }),
});

export const error = z.object({ code: z.number().int(), description: z.string().optional() });
