import { type Facts } from '../policy/fact';
import { type DocumentRequirement } from '../policy/kinds/kyc-documents';
import { type KycRiskOutcome } from '../policy/kinds/kyc-risk';
import { type ScreeningVerdict } from '../screening/screen';
import { type MediaWeight } from './adverse-media';
import { type CheckedDocument } from './document-checks';
import { checkReasons, checkResults, type StandingCheck } from './outside-check';

/** What a client said of herself when registering; null = not asked or not answered. */
export interface ClientProfile {
  readonly type: 'individual' | 'corporate';
  /** ISO alpha-2. */
  readonly residence: string | null;
  readonly nationality: string | null;
  readonly category: 'retail' | 'professional';
  readonly pep: boolean | null;
  readonly occupationRisk: 'low' | 'medium' | 'high' | null;
  /** salary, pension, savings, business, investments, inheritance, crypto, gambling, other. */
  readonly fundsSource: string | null;
  /** Decimal string in EUR, per year. */
  readonly expectedDeposit: string | null;
  readonly channel: 'direct' | 'partner';
  /** `code: answer` of the entity's own questionnaire. */
  readonly questionnaire?: readonly string[];
  /** The same, each as the fact of its question. */
  readonly answers?: Facts;
  /** What stands of the declared sources of money; left out, nothing was declared. */
  readonly means?: {
    /** `wealth: inheritance` */
    readonly kinds: readonly string[];
    /** Decimal string in EUR; null where a currency has no rate. */
    readonly yearly: string | null;
  };
  /** The gravest of what officers have found published about them; left out, nothing was noted. */
  readonly media?: MediaWeight;
}

/** Facts of `kyc.documents` and `kyc.risk`. */
export function profileFacts(profile: ClientProfile, verdict: ScreeningVerdict | null): Facts {
  return {
    'client.type': profile.type,
    'client.residence': profile.residence,
    'client.nationality': profile.nationality,
    'client.category': profile.category,
    'client.pep': profile.pep,
    'client.occupationRisk': profile.occupationRisk,
    'client.fundsSource': profile.fundsSource,
    'client.expectedDeposit': profile.expectedDeposit,
    'client.channel': profile.channel,
    'questionnaire.answers': profile.questionnaire ?? null,
    ...profile.answers,
    'sources.kinds': profile.means?.kinds ?? [],
    'sources.yearly': profile.means === undefined ? '0.00' : profile.means.yearly,
    'media.worst': profile.media ?? 'none',
    'screening.verdict': verdict,
  };
}

export interface CaseState {
  readonly profile: ClientProfile;
  readonly requirements: readonly DocumentRequirement[];
  /** Everybody's. */
  readonly documents: readonly CheckedDocument[];
  /** What is asked of those who belong to the client, and their papers, which are among `documents`. */
  readonly others?: readonly {
    readonly requirements: readonly DocumentRequirement[];
    readonly documents: readonly CheckedDocument[];
  }[];
  readonly screening: { readonly verdict: ScreeningVerdict; readonly ageHours: number } | null;
  readonly risk: Pick<KycRiskOutcome, 'decision' | 'score' | 'level'> | null;
  /** Whether the sources of money that policy asks for are declared. */
  readonly sourcesDeclared: boolean;
  /** Another client has the same document number; null = not looked up yet. */
  readonly duplicate: boolean | null;
  /** What outside verifiers were asked. */
  readonly checks: readonly StandingCheck[];
}

/**
 * Facts of `kyc.approval`. A document that an officer approved counts as passed whatever the checks
 * said; a rejected or archived one does not count at all.
 */
export function caseFacts(state: CaseState): Facts {
  const live = state.documents.filter(isLive);
  const identity = live.filter(({ slot }) => slot === 'identity');
  const address = live.filter(({ slot }) => slot === 'address');
  const asksAddress = state.requirements.some(({ slot, count }) => slot === 'address' && count > 0);
  const ages = live.flatMap(({ ageYears }) => ageYears ?? []);
  const expiries = identity.flatMap(({ expiresInDays }) => expiresInDays ?? []);
  return {
    'documents.complete':
      state.sourcesDeclared &&
      isComplete(state.requirements, notOf(live, state.others ?? [])) &&
      (state.others ?? []).every(({ requirements, documents }) =>
        isComplete(requirements, documents.filter(isLive)),
      ),
    'documents.failures': failuresOf(live),
    'documents.undecided': live.filter(
      (document) => document.status === 'new' && passes(document) !== true,
    ).length,
    'identity.checksPassed': allPass(identity),
    'identity.expiresInDays': expiries.length === 0 ? null : Math.min(...expiries),
    'address.verified': asksAddress ? allPass(address) : true,
    'address.ageDays': oldestOf(address),
    'client.ageYears': ages.length === 0 ? null : Math.min(...ages),
    'client.residence': state.profile.residence,
    'client.nationality': state.profile.nationality,
    'client.category': state.profile.category,
    'client.pep': state.profile.pep,
    'questionnaire.answers': state.profile.questionnaire ?? null,
    ...state.profile.answers,
    'client.duplicate': state.duplicate,
    'screening.verdict': state.screening?.verdict ?? null,
    'screening.ageHours': state.screening?.ageHours ?? null,
    // A score with data missing is not a score: the level stays unknown and a person looks.
    'risk.level': state.risk?.decision === 'scored' ? state.risk.level : null,
    'verification.results': checkResults(state.checks),
    'verification.reasons': checkReasons(state.checks),
    'risk.score': state.risk?.decision === 'scored' ? state.risk.score : null,
  };
}

function isLive({ status }: CheckedDocument): boolean {
  return status === 'new' || status === 'approved';
}

/** The client's own: not those of anybody who belongs to it. */
function notOf(
  documents: readonly CheckedDocument[],
  others: NonNullable<CaseState['others']>,
): CheckedDocument[] {
  const foreign = new Set(others.flatMap((other) => other.documents.map(({ id }) => id)));
  return documents.filter(({ id }) => !foreign.has(id));
}

function isComplete(
  requirements: readonly DocumentRequirement[],
  live: readonly CheckedDocument[],
): boolean {
  return requirements.every(
    ({ slot, count }) => live.filter((document) => document.slot === slot).length >= count,
  );
}

/** Days since the oldest of them was issued; null where one of them does not say. */
function oldestOf(documents: readonly CheckedDocument[]): number | null {
  const days = documents.flatMap(({ issuedDaysAgo }) => issuedDaysAgo ?? []);
  return days.length === 0 || days.length < documents.length ? null : Math.max(...days);
}

/** Codes of every failed check of documents that nobody has decided; what could not be checked is DATA_MISSING. */
export function failuresOf(documents: readonly CheckedDocument[]): string[] {
  const codes = documents
    .filter(({ status }) => status === 'new')
    .flatMap(({ checks }) =>
      checks.flatMap(({ code, result }) =>
        result === 'failed' ? [code] : result === 'unknown' ? ['DATA_MISSING'] : [],
      ),
    );
  return [...new Set(codes)];
}

/** True, false, or null where something could not be checked. */
function passes(document: CheckedDocument): boolean | null {
  if (document.status === 'approved') return true;
  const results = document.checks.map(({ result }) => result);
  if (results.includes('failed')) return false;
  return results.includes('unknown') ? null : true;
}

function allPass(documents: readonly CheckedDocument[]): boolean | null {
  if (documents.length === 0) return null;
  const results = documents.map(passes);
  if (results.includes(false)) return false;
  return results.includes(null) ? null : true;
}
