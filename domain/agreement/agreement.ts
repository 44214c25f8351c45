import { createHash } from 'node:crypto';
import { z } from 'zod';
import { problemsOfShape, repeatedIn, type PlanProblem } from '../plan-problem';

const words = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'is required')
    .max(max)
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'has control characters');

const agreementCode = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,39}$/, 'is not two to forty lower-case letters, digits or _');

const agreementText = z.strictObject({
  locale: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'is not a language such as en or de-AT')
    .meta({ title: 'language', description: 'such as en or de-AT' }),
  title: words(200),
  text: z.string().trim().min(1, 'is required').max(60_000).meta({ format: 'prose' }),
});

/** A new version of an agreement, as one colleague writes it and another publishes it. */
export const agreementPlanSchema = z.strictObject({
  code: agreementCode.meta({
    description: 'short and for ever: client_agreement, risk_disclosure, privacy_notice',
  }),
  texts: z
    .array(agreementText)
    .min(1, 'is required')
    .max(20)
    .meta({ description: 'one for each language; all of them are the same version' }),
  reaccept: z.boolean().meta({
    ...{ title: 'accept anew', description: 'whoever is a client already has to accept it' },
  }),
  graceDays: z
    .number()
    .int()
    .min(0)
    .max(365)
    .meta({ title: 'days to accept', description: 'that they have, from when it is in force' }),
  effectiveFrom: z.iso
    .date('is not a date of the form YYYY-MM-DD')
    .exactOptional()
    .meta({
      ...{ title: 'in force from', description: 'day (UTC); left out: from its publication' },
    }),
});

export type AgreementPlan = z.output<typeof agreementPlanSchema>;

type ReadAgreement =
  | { readonly ok: true; readonly plan: AgreementPlan }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Reads a version from outside: its shape, then that no language is there twice. */
export function readAgreementPlan(given: unknown): ReadAgreement {
  const parsed = agreementPlanSchema.safeParse(given);
  if (!parsed.success) return { ok: false, problems: problemsOfShape(parsed.error) };
  const problems = repeatedIn(
    parsed.data.texts.map(({ locale }) => locale),
    (at) => `/texts/${at}/locale`,
  );
  return problems.length > 0 ? { ok: false, problems } : { ok: true, plan: parsed.data };
}

/** What a client reads and accepts: one language of a version. */
export interface AgreementText {
  readonly locale: string;
  readonly title: string;
  readonly body: string;
}

/** SHA-256, in hex, of language, title and text, a line each: anybody can work it out with `sha256sum`. */
export function hashOfText({ locale, title, body }: AgreementText): string {
  return createHash('sha256').update(`${locale}\n${title}\n${body}`).digest('hex');
}

/** The text in the reader's language, else in its main language, else in English, else the first there is. */
export function textIn<T extends { readonly locale: string }>(
  texts: readonly [T, ...T[]],
  locale: string,
): T {
  const [language = ''] = locale.split('-');
  for (const wanted of [locale, language, 'en']) {
    const found = texts.find((text) => text.locale === wanted);
    if (found) return found;
  }
  return texts[0];
}

/** The code of a text that was given a title alone: "Client agreement" is `client_agreement`. */
export function codeOfTitle(title: string, taken: ReadonlySet<string>): string {
  const letters = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 36);
  const base = letters.length < 2 ? 'agreement' : letters;
  for (let n = 2, code = base; ; n += 1) {
    if (!taken.has(code)) return code;
    code = `${base}_${n}`;
  }
}

/** A published version, as far as its time goes. */
export interface VersionInTime {
  readonly id: string;
  readonly code: string;
  readonly version: number;
  /** Whoever is a client already has to accept it. */
  readonly reaccept: boolean;
  readonly graceDays: number;
  /** RFC 3339. */
  readonly effectiveFrom: string;
}

/** What a client still has to accept. */
export interface Outstanding<V extends VersionInTime = VersionInTime> {
  /** The version in force: accepting it is enough. */
  readonly current: V;
  /** From then on new business is refused; RFC 3339. */
  readonly dueAt: string;
  readonly isOverdue: boolean;
}

/** The newest version of each agreement that is in force, by code. */
export function versionsInForce<V extends VersionInTime>(versions: readonly V[], now: number): V[] {
  const newest = new Map<string, V>();
  for (const version of versions) {
    if (Date.parse(version.effectiveFrom) > now) continue;
    const known = newest.get(version.code);
    if (!known || known.version < version.version) newest.set(version.code, version);
  }
  return [...newest.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

/**
 * Per agreement: whether a version in force that demands it is newer than what the client has accepted. Time runs from
 * the first of them: a later version does not give more of it.
 */
export function outstandingOf<V extends VersionInTime>(
  versions: readonly V[],
  accepted: ReadonlySet<string>,
  now: number,
): Outstanding<V>[] {
  return versionsInForce(versions, now).flatMap((current) => {
    const own = versions.filter(({ code }) => code === current.code);
    const last = Math.max(0, ...own.filter(({ id }) => accepted.has(id)).map((v) => v.version));
    const ends = own
      .filter((v) => v.reaccept && v.version > last && Date.parse(v.effectiveFrom) <= now)
      .map((v) => Date.parse(v.effectiveFrom) + v.graceDays * 86_400_000);
    if (ends.length === 0) return [];
    const end = Math.min(...ends);
    return [{ current, dueAt: new Date(end).toISOString(), isOverdue: end <= now }];
  });
}
