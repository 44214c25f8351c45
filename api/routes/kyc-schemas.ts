import { z } from 'zod';
import { occupations } from '../../domain/onboarding/answers';
import { fundsSources } from '../../domain/policy/kinds/kyc-risk';
import { platform } from '../schemas';

/** What the client says of themselves besides personal data. */
export const answersAnswer = z.object({
  pep: z.boolean(),
  occupation: z.enum(occupations),
  fundsSource: z.enum(fundsSources),
  expectedDeposit: z.string(),
  account: z
    .object({ accountType: z.string(), currency: z.string(), platform: platform.optional() })
    .nullable(),
  questionnaire: z
    .record(z.string(), z.union([z.string(), z.array(z.string()).readonly()]))
    .optional()
    .meta({ description: 'To the questions of the entity, by their codes.' }),
});

export const personalAnswer = z.object({
  name: z.string(),
  email: z.string(),
  birth_date: z.string().optional(),
  phone: z.string().optional(),
  address: z.string().optional(),
  nationality: z.string().optional(),
  document_number: z.string().optional(),
});

/** What was typed in beside the picture. */
export const detailsAnswer = z.object({
  mrz: z.string().optional(),
  number: z.string().optional(),
  issuer: z.string().optional(),
  issuedOn: z.string().optional(),
  expiresOn: z.string().optional(),
  scope: z.string().optional().meta({ description: 'Of a power of attorney.' }),
});

/** Somebody on the list who comes near, and why: every part of the name, and what else agrees or does not. */
export const candidateAnswer = z.object({
  entryId: z.string(),
  entryVersion: z.string(),
  kind: z.string(),
  listedName: z.string(),
  subjectName: z.string(),
  programmes: z.array(z.string()),
  score: z.number(),
  nameScore: z.number(),
  parts: z.array(
    z.object({
      subject: z.string(),
      listed: z.string(),
      similarity: z.number(),
      share: z.number(),
    }),
  ),
  subjectLeftOver: z.array(z.string()),
  listedLeftOver: z.array(z.string()),
  qualifiers: z.array(z.object({ kind: z.string(), verdict: z.string() })),
  qualifierAgrees: z.boolean(),
});
