import { randomBytes } from 'node:crypto';
import { alpha3Of } from '../../../domain/kyc/countries';
import { parseJson, type Answered } from '../../psp/http';
import type { Refused, Unknown } from '../../psp/port';
import type { CheckedPaper, CheckOrder, IdentityVerifier, Looked, Ordered } from '../port';
import { callSumsub, type SumsubSettings } from './client';
import { findingOf } from './labels';
import { readMessage } from './messages';
import { applicant, error } from './wire';

/** Its words for our kinds; another kind is a paper without a name of its own. Source: docs.sumsub.com, "Document types". */
const documentTypes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    passport: 'PASSPORT',
    id_card: 'ID_CARD',
    driving_licence: 'DRIVERS',
    residence_permit: 'RESIDENCE_PERMIT',
    selfie: 'SELFIE',
    utility_bill: 'UTILITY_BILL',
    bank_statement: 'BANK_STATEMENT',
    source_of_income: 'INCOME_SOURCE',
  }),
);

type Reply = Answered | Refused | Unknown;

/** Sumsub: one applicant for each check, known by our id, so that an order that was cut short is taken up where it is. */
export function createSumsubVerifier(settings: SumsubSettings): IdentityVerifier {
  const { name } = settings;
  return {
    name,
    async order(check) {
      const opened = await open(settings, check);
      if ('kind' in opened) return opened;
      // Handed in already, by an order whose answer was lost.
      if (opened.status !== 'init') return { kind: 'sent', providerRef: opened.id };
      for (const paper of check.documents) {
        const sent = outcomeOf(await sendPaper(settings, opened.id, paper), opened.id);
        if (sent.kind !== 'sent') return sent;
      }
      const target = `/resources/applicants/${encodeURIComponent(opened.id)}/status/pending`;
      return outcomeOf(await callSumsub(settings, { method: 'POST', target }), opened.id);
    },
    async look(reference): Promise<Looked> {
      const found = read(await find(settings, reference));
      if ('kind' in found) {
        return { kind: 'unknown', reason: found.kind === 'refused' ? found.code : found.reason };
      }
      const { reviewStatus, reviewResult, reviewDate } = found.review;
      if (reviewStatus !== 'completed' || reviewResult === undefined) return { kind: 'waiting' };
      return { kind: 'answered', finding: findingOf(reviewResult), at: reviewDate ?? new Date() };
    },
    verifyWebhook: (rawBody, headers) => readMessage(settings, rawBody, headers),
  };
}

/** The applicant of the check: made now, or there since an earlier try (409). */
async function open(
  settings: SumsubSettings,
  { reference, level, person }: CheckOrder,
): Promise<{ readonly id: string; readonly status: string } | Exclude<Ordered, { kind: 'sent' }>> {
  const { name, birthDate, nationality } = person;
  const words = name.trim().split(/\s+/);
  const country = nationality === undefined ? undefined : alpha3Of(nationality);
  const made = await callSumsub(settings, {
    method: 'POST',
    target: `/resources/applicants?levelName=${encodeURIComponent(level)}`,
    contentType: 'application/json',
    body: Buffer.from(
      JSON.stringify({
        externalUserId: reference,
        fixedInfo: {
          firstName: words.slice(0, -1).join(' '),
          lastName: words.at(-1) ?? '',
          ...(birthDate === undefined ? {} : { dob: birthDate }),
          ...(country === undefined ? {} : { nationality: country }),
        },
      }),
    ),
  });
  const there = made.kind === 'answered' && made.status === 409;
  const found = read(there ? await find(settings, reference) : made);
  return 'kind' in found ? found : { id: found.id, status: found.review.reviewStatus };
}

function find(settings: SumsubSettings, reference: string): Promise<Reply> {
  const target = `/resources/applicants/-;externalUserId=${encodeURIComponent(reference)}/one`;
  return callSumsub(settings, { method: 'GET', target });
}

function read(reply: Reply) {
  const outcome = outcomeOf(reply, '');
  if (outcome.kind !== 'sent' || reply.kind !== 'answered') {
    return outcome.kind === 'sent' ? ({ kind: 'unknown', reason: 'no answer' } as const) : outcome;
  }
  const parsed = applicant.safeParse(parseJson(reply.text));
  return parsed.success ? parsed.data : ({ kind: 'unknown', reason: 'another shape' } as const);
}

/** A 4xx is a refusal for good, but for what says that we came too often, too late or without the right. */
function outcomeOf(reply: Reply, providerRef: string): Ordered {
  if (reply.kind === 'unknown') return { kind: 'unknown', reason: reply.reason };
  if (reply.kind === 'refused') return { kind: 'unknown', reason: reply.reason };
  const { status, text } = reply;
  if (status < 400) return { kind: 'sent', providerRef };
  if (status === 401 || status === 403 || status === 408) {
    return { kind: 'unknown', reason: `status ${status}` };
  }
  const told = error.safeParse(parseJson(text));
  return { kind: 'refused', code: `${told.success ? told.data.code : status}` };
}

/** A picture with what it is, as one form. */
function sendPaper(settings: SumsubSettings, id: string, paper: CheckedPaper): Promise<Reply> {
  const boundary = `keelson${randomBytes(12).toString('hex')}`;
  const country = paper.issuer === undefined ? undefined : alpha3Of(paper.issuer);
  const metadata = JSON.stringify({
    idDocType: documentTypes.get(paper.kind) ?? 'OTHER',
    ...(country === undefined ? {} : { country }),
  });
  const part = (head: string) => `--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n`;
  return callSumsub(settings, {
    method: 'POST',
    target: `/resources/applicants/${encodeURIComponent(id)}/info/idDoc`,
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([
      Buffer.from(`${part('name="metadata"')}${metadata}\r\n`),
      Buffer.from(part(`name="content"; filename="document"\r\ncontent-type: ${paper.mediaType}`)),
      paper.content,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  });
}
