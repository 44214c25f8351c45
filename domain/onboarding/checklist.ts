import { type DocumentKind, type DocumentStatus } from '../kyc/document';
import { type DocumentRequirement } from '../policy/kinds/kyc-documents';

export const slots = [
  'identity',
  'address',
  'funds',
  'wealth',
  'liveness',
  'ownership',
  'authority',
] as const satisfies readonly DocumentRequirement['slot'][];
/** What a document is there to prove. */
export type Slot = (typeof slots)[number];

/** What the checklist needs to know of a document. */
export interface ListedDocument {
  readonly slot: Slot;
  readonly kind: DocumentKind;
  readonly state: DocumentStatus;
}

export interface ChecklistItem {
  readonly slot: Slot;
  readonly accepted: readonly DocumentKind[];
  readonly count: number;
  readonly ageMonthsMax: number | null;
  /** Documents that stand in the slot: not rejected, not replaced. */
  readonly present: number;
  readonly done: boolean;
}

/** What the entity asks for and what is there of it. A rejected document counts as missing. */
export function checklistOf(
  requirements: readonly DocumentRequirement[],
  documents: readonly ListedDocument[],
): ChecklistItem[] {
  return requirements.map((requirement) => {
    const present = documents.filter(
      (document) =>
        document.slot === requirement.slot &&
        requirement.accepted.includes(document.kind) &&
        (document.state === 'new' || document.state === 'approved'),
    ).length;
    return {
      slot: requirement.slot,
      accepted: requirement.accepted,
      count: requirement.count,
      ageMonthsMax: requirement.ageMonthsMax ?? null,
      present,
      done: present >= requirement.count,
    };
  });
}

/** The slot a document is for: the one named, else the first that accepts its kind and still lacks one. */
export function slotFor(
  items: readonly ChecklistItem[],
  kind: DocumentKind,
  wanted?: Slot,
): Slot | undefined {
  const accepting = items.filter((item) => item.accepted.includes(kind));
  if (wanted !== undefined) return accepting.find((item) => item.slot === wanted)?.slot;
  return (accepting.find((item) => !item.done) ?? accepting[0])?.slot;
}
