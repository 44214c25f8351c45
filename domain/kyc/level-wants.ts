import { type Evaluation } from '../policy/evaluate';
import { comparisonsOf } from '../policy/trace';
import { evidenceFacts, isKycLevel, type KycLevel } from './levels';
import { type DocumentRequirement } from '../policy/kinds/kyc-documents';

type Slot = DocumentRequirement['slot'];

/** What is still missing for a level: a proof, something the client can do, or what only people can. */
export type LevelWant =
  { readonly kind: 'document'; readonly slot: Slot } | { readonly kind: 'application' | 'people' };

export interface NextLevel {
  readonly level: KycLevel;
  readonly wants: readonly LevelWant[];
}

const slotsByFact = new Map<string, Slot>(
  Object.entries(evidenceFacts).flatMap(([slot, fact]): [string, Slot][] =>
    isSlot(slot) ? [[fact, slot]] : [],
  ),
);

function isSlot(text: string): text is Slot {
  return Object.hasOwn(evidenceFacts, text);
}

const byClient: ReadonlySet<string> = new Set([
  'case.approved',
  'details.complete',
  'questionnaire.complete',
]);

/**
 * The next level above the one that the evaluation gave, and what its nearest row still asks for; undefined where there
 * is none. Rows are named by what does not hold in them.
 */
export function nextLevelOf(
  { hits, trace, outcome }: Evaluation<'kyc.levels'>,
  rules: readonly LevelRule[],
): NextLevel | undefined {
  const has = Math.max(outcome.level, ...hits.map(({ then }) => then.level));
  const above = rules.filter(({ then }) => then.level > has);
  const level = Math.min(...above.map(({ then }) => then.level));
  if (!isKycLevel(level)) return undefined;
  const missing = above
    .filter(({ then }) => then.level === level)
    .map(({ id }) => {
      const row = trace.find(({ ruleId }) => ruleId === id);
      const failing = row ? comparisonsOf(row.tree).filter(({ result }) => result !== 'true') : [];
      return [...new Set(failing.map(({ fact }) => fact))];
    })
    .sort((a, b) => a.length - b.length);
  const facts = missing[0] ?? [];
  const wants = facts.map((fact): LevelWant => {
    const slot = slotsByFact.get(fact);
    if (slot !== undefined) return { kind: 'document', slot };
    return { kind: byClient.has(fact) || fact.startsWith('answer.') ? 'application' : 'people' };
  });
  const once = new Map(
    wants.map((want) => [want.kind === 'document' ? want.slot : want.kind, want]),
  );
  return { level, wants: [...once.values()] };
}

interface LevelRule {
  readonly id: string;
  readonly then: { readonly level: number };
}

const slotWords: Readonly<Record<Slot, string>> = {
  identity: 'a proof of your identity',
  address: 'a proof of your address',
  funds: 'a proof of where your money comes from',
  wealth: 'a proof of how you came by what you have',
  liveness: 'a selfie',
  ownership: 'a proof of who owns the company',
  authority: 'a proof of who may act for the company',
};

/** What the client has to do for the next level: "To go on, send us a proof of your address." */
export function wantsInWords(next: NextLevel | undefined): string {
  if (next === undefined) return '';
  const { wants } = next;
  if (wants.some(({ kind }) => kind === 'application'))
    return 'To go on, complete your application.';
  const proofs = wants.flatMap((want) => (want.kind === 'document' ? [slotWords[want.slot]] : []));
  if (proofs.length === 0) return 'To go on, please write to support.';
  const last = proofs.at(-1) ?? '';
  const listed = proofs.length === 1 ? last : `${proofs.slice(0, -1).join(', ')} and ${last}`;
  return `To go on, send us ${listed}.`;
}
