import { missingDeclarations, type SourceBasis } from '../../../domain/kyc/sources';
import { clientReasons } from '../../../domain/kyc/reason-codes';
import { missingAnswers } from '../../../domain/onboarding/questions';
import type { ChecklistItem, Slot } from '../../../domain/onboarding/checklist';
import type { Tx } from '../../../db/connection';
import { readOpenRequirements, renewableSlots, slotsToGoOn } from '../../../db/document-renewal';
import type { Document } from '../../../db/documents';
import { openCase, type KycCase } from '../../../db/kyc';
import {
  missingOf,
  readApplication,
  readChecklist,
  reasonWordsOf,
  requiredDetails,
  wantedDeclarations,
  type Application,
} from '../../../db/kyc-requirements';
import type { KycDocumentsOutcome } from '../../../domain/policy/kinds/kyc-documents';
import { kindsInWords, slotLabels } from './choices';
import type { Words } from './words';

export interface Step {
  readonly label: string;
  readonly hint: string;
  readonly href: string | undefined;
  readonly done: boolean;
  /** What was wrong with it last time. */
  readonly again: readonly string[];
}

export interface ApplicationView {
  readonly application: Application;
  readonly outcome: KycDocumentsOutcome;
  readonly items: readonly ChecklistItem[];
  readonly steps: readonly Step[];
  /** Of the sources of money that have to be declared, those that are not there yet. */
  readonly missingSources: readonly SourceBasis[];
  readonly left: number;
  readonly state: Words;
  /** What the client was asked about, in words that may be told. */
  readonly asked: readonly string[];
  readonly canChange: boolean;
  readonly canSubmit: boolean;
  /** Where a newer document is wanted although the application is approved. */
  readonly renewable: ReadonlySet<Slot>;
  /** What would bring an approved client to the next level. */
  readonly wanted: ReadonlySet<Slot>;
  readonly isApproved: boolean;
  /** Being looked at by the checks: it moves on within seconds. */
  readonly isMoving: boolean;
}

/** The client's application as the client may read it; opened on first sight. */
export async function readOwnApplication(tx: Tx, clientId: string): Promise<ApplicationView> {
  const of = await openCase(tx, clientId);
  const application = await readApplication(tx, of);
  const wanted = await slotsToGoOn(tx, of);
  const outcome = await readOpenRequirements(tx, application, wanted);
  const { items } = readChecklist(application, outcome);
  const missing = await missingOf(tx, application);
  const canChange = of.state === 'collecting' || of.state === 'information_requested';
  const missingSources = missingDeclarations(wantedDeclarations(outcome), application.sources);
  const steps = stepsOf(application, items, { outcome, canChange, missing, missingSources });
  return {
    application,
    outcome,
    items,
    steps,
    missingSources,
    left: steps.filter((step) => !step.done).length,
    state: stateOf(of),
    asked:
      of.state === 'information_requested'
        ? clientReasons(of.requested, reasonWordsOf(application, outcome)).map(
            (reason) => reason.text,
          )
        : [],
    canChange,
    canSubmit: canChange && missing.length === 0,
    renewable: await renewableSlots(
      tx,
      of,
      new Date().toISOString().slice(0, 10),
      application.holder.id,
    ),
    wanted,
    isApproved: of.state === 'approved',
    isMoving: of.state === 'checking',
  };
}

function stepsOf(
  application: Application,
  items: readonly ChecklistItem[],
  {
    outcome,
    canChange,
    missing,
    missingSources,
  }: {
    outcome: KycDocumentsOutcome;
    canChange: boolean;
    missing: readonly string[];
    missingSources: readonly SourceBasis[];
  },
): Step[] {
  const { personal, answers, company, others } = application;
  const isTold =
    (company !== undefined || requiredDetails.every((field) => personal[field] !== undefined)) &&
    missingAnswers(outcome.questions, answers?.questionnaire ?? {}).length === 0;
  return [
    { label: 'E-mail address confirmed', hint: '', href: undefined, done: true, again: [] },
    {
      label: company ? 'About the company’s business' : 'About you',
      hint: company
        ? 'What it does, where its money is from'
        : 'Date of birth, address, what you do',
      href: canChange ? '/client/onboarding/details' : undefined,
      done: isTold && answers !== undefined,
      again: [],
    },
    ...(company !== undefined || others.length > 0 ? [peopleStep(missing, canChange)] : []),
    ...items.map((item) => ({
      label: slotLabels[item.slot],
      hint: hintOf(item, outcome.kinds),
      href: canChange ? `/client/documents/${item.slot}` : undefined,
      done: item.done,
      again: rejections(application, item.slot, { outcome }),
    })),
    ...outcome.declarations.map(({ slot }) => ({
      label: slotLabels[slot],
      hint: 'Each source with its amount, and papers that show it',
      href: canChange ? '/client/sources' : undefined,
      done: !missingSources.includes(slot),
      again: application.sources.some(({ basis, state }) => basis === slot && state === 'refused')
        ? ['What you told us was not accepted: read why.']
        : [],
    })),
  ];
}

/** The people of a company, and whoever applies with somebody. */
function peopleStep(missing: readonly string[], canChange: boolean): Step {
  return {
    label: 'People and who owns what',
    hint: 'Directors, owners, joint holders, and their papers',
    href: canChange ? '/client/company' : undefined,
    done: !missing.some((what) => what.startsWith('company:') || what.startsWith('party:')),
    again: [],
  };
}

/** The client's own papers, without those of the people that belong to it. */
export function ownOf({ documents, holder }: Application): Document[] {
  return documents.filter(({ partyId }) => partyId === holder.id);
}

function hintOf(
  { accepted, ageMonthsMax, count }: ChecklistItem,
  known: KycDocumentsOutcome['kinds'],
): string {
  const kinds = kindsInWords(accepted, known);
  const what = `${kinds.charAt(0).toUpperCase()}${kinds.slice(1)}`;
  const many = count > 1 ? `${count} documents: ${kinds}` : what;
  return ageMonthsMax === null ? many : `${many}, not older than ${ageMonthsMax} months`;
}

/** Why documents of the slot that still stand there were rejected, the client’s own unless told whose. */
export function rejections(
  application: Application,
  slot: Slot,
  {
    outcome,
    partyId = application.holder.id,
  }: { readonly outcome: KycDocumentsOutcome; readonly partyId?: string },
): string[] {
  const words = reasonWordsOf(application, outcome);
  return application.documents
    .filter(
      (document) =>
        document.partyId === partyId && document.slot === slot && document.state === 'rejected',
    )
    .flatMap((document) => clientReasons(document.reasons, words).map((reason) => reason.text));
}

/** The same words whoever looks at it and why: nothing is given away while it is looked at. */
function stateOf(of: KycCase): Words {
  switch (of.state) {
    case 'collecting':
      return { label: 'Not handed in yet', tone: 'wait', text: 'Complete the steps below.' };
    case 'checking':
    case 'in_review':
      return {
        label: 'In review',
        tone: 'busy',
        text: 'We have everything and are checking it. Most applications take a minute, some up to two working days. We write to you by e-mail.',
      };
    case 'information_requested':
      return {
        label: 'We need something from you',
        tone: 'wait',
        text: 'Please mend what is named here and hand it in again.',
      };
    case 'approved':
      return { label: 'Approved', tone: 'good', text: 'You are verified.' };
    case 'rejected':
      return {
        label: 'Not approved',
        tone: 'bad',
        text: 'We cannot open an account for you. Please contact support if you have questions.',
      };
  }
}
