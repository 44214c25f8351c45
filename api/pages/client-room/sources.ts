import { nameOfKind } from '../../../domain/kyc/document';
import { currencies } from '../../../domain/money';
import {
  sourceBases,
  sourceKinds,
  sourcePeriods,
  type SourceBasis,
  type SourceKind,
  type SourcePeriod,
} from '../../../domain/kyc/sources';
import { documentBytesMax, mediaTypes } from '../../../domain/onboarding/media-type';
import { readPaperContent } from '../../../db/client-papers';
import type { Tx } from '../../../db/connection';
import {
  acceptedFor,
  addSourcePaper,
  declareSource,
  listDeclaredSources,
  openSource,
  readDeclaredSource,
  withdrawSource,
  type DeclaredSource,
} from '../../../db/declared-sources';
import { inTurn } from '../../../db/in-turn';
import { readAllRequirements } from '../../../db/kyc-requirements';
import type { KycDocumentsOutcome } from '../../../domain/policy/kinds/kyc-documents';
import { openCase } from '../../../db/kyc';
import { atFile, chosenPaper, paperDownload, paperUpload, requiredFile } from '../../paper-file';
import { clientOf } from '../../routes/client-scope';
import { saidOf, sourceFields } from '../../routes/declared-sources';
import { documentKind, idOf } from '../../schemas';
import { defineForm, definePage } from '../page';
import { readOwnApplication, type ApplicationView } from './application';
import { kindOptions, kindsInWords, slotLabels } from './choices';

const path = '/client/sources';
const shown = 40;

export const sourceKindWords: Readonly<Record<SourceKind, string>> = {
  salary: 'Salary or wages',
  business: 'Own business',
  inheritance: 'Inheritance',
  property_sale: 'Sale of property',
  investments: 'Investments',
  savings: 'Savings',
  gift: 'Gift',
  pension: 'Pension',
  other: 'Something else',
};

export const basisWords: Readonly<Record<SourceBasis, string>> = {
  funds: 'The money I pay in',
  wealth: 'All that I have',
};

export const periodWords: Readonly<Record<SourcePeriod, string>> = {
  year: 'Every year',
  once: 'Once',
};

const stateWords: Readonly<Record<DeclaredSource['state'], { label: string; tone: string }>> = {
  declared: { label: 'Received', tone: 'busy' },
  corroborated: { label: 'Accepted', tone: 'good' },
  refused: { label: 'Not accepted', tone: 'bad' },
  withdrawn: { label: 'Taken back', tone: 'quiet' },
};

/** The choices of the form, for the client's page and the officer's. */
export const sourceChoices = {
  bases: sourceBases.map((value) => ({ value, label: basisWords[value] })),
  sourceKinds: sourceKinds.map((value) => ({ value, label: sourceKindWords[value] })),
  periods: sourcePeriods.map((value) => ({ value, label: periodWords[value] })),
  currencies: currencies.map((value) => ({ value, label: value })),
};

/** What the client has declared, what became of each, and what is still asked for. */
const page = definePage({
  path,
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId } = clientOf(scope);
    const view = await readOwnApplication(tx, clientId);
    const { application, outcome } = view;
    const of = application.case;
    const mayDeclare = view.canChange || view.isApproved;
    const missing = new Set(view.missingSources);
    const asked = await readAllRequirements(tx, application);
    return {
      view: 'client/sources',
      title: 'Where your money comes from',
      data: {
        mayDeclare,
        ...sourceChoices,
        currency: application.client.currency,
        wanted: outcome.declarations.map(({ slot, accepted, count, ageMonthsMax }) => ({
          label: slotLabels[slot],
          isDone: !missing.has(slot),
          papers: count,
          kinds: kindsInWords(accepted, outcome.kinds),
          ageMonthsMax,
        })),
        sources: await inTurn(await listDeclaredSources(tx, of.id, { limit: shown }), (source) =>
          showSource(tx, { view, asked, source, mayDeclare }),
        ),
        accept: mediaTypes.join(','),
        megabytesMax: documentBytesMax / 1024 / 1024,
        back: view.isApproved
          ? { href: '/client/profile', label: 'Profile' }
          : { href: '/client/onboarding', label: 'Your application' },
      },
    };
  },
});

async function showSource(
  tx: Tx,
  {
    view,
    asked,
    source,
    mayDeclare,
  }: {
    readonly view: ApplicationView;
    readonly asked: KycDocumentsOutcome;
    readonly source: DeclaredSource;
    readonly mayDeclare: boolean;
  },
) {
  const { details, papers, clientReason } = await openSource(tx, source);
  const isOpen = source.state === 'declared' && mayDeclare;
  return {
    id: source.id,
    basis: basisWords[source.basis],
    state: stateWords[source.state],
    declaredAt: source.declaredAt,
    byOfficer: source.byOfficer,
    details: details && {
      ...details,
      kind: sourceKindWords[details.kind],
      per: periodWords[details.per].toLowerCase(),
      isRange: details.amountFrom !== details.amountTo,
    },
    clientReason,
    papers: papers.map(({ id, purpose, uploadedAt }) => ({
      ...{ id, uploadedAt, kind: nameOfKind(view.outcome.kinds, purpose) },
    })),
    isOpen,
    paperKinds: isOpen ? kindOptions(acceptedFor(asked, source.basis), view.outcome.kinds) : [],
  };
}

const declareForm = defineForm({
  path,
  auth: { client: true },
  body: sourceFields,
  page,
  handle: async ({ tx, scope, body }) => {
    const { id } = await openCase(tx, clientOf(scope).clientId);
    await declareSource(tx, id, saidOf(body));
    return { to: path, flash: 'Kept. Now add a paper that shows it.' };
  },
});

const params = { id: idOf('declaredSource') };

const paperForm = defineForm({
  path: '/client/sources/:id/papers',
  auth: { client: true },
  params,
  upload: paperUpload,
  // More than one source stands on the page: what is wrong with a paper is told above them.
  body: { paperKind: documentKind },
  page,
  handle: async ({ tx, params: { id }, body, file }) => {
    await readDeclaredSource(tx, id);
    const { bytes } = requiredFile(file, chosenPaper);
    await addSourcePaper(tx, id, { kind: body.paperKind, content: bytes }).catch(atFile);
    return { to: path, flash: 'Received.' };
  },
});

const withdrawForm = defineForm({
  path: '/client/sources/:id/withdraw',
  auth: { client: true },
  params,
  page,
  handle: async ({ tx, params: { id } }) => {
    await withdrawSource(tx, id);
    return { to: path, flash: 'Taken back.' };
  },
});

const paperPage = definePage({
  path: '/client/sources/:id/papers/:paperId',
  auth: { client: true },
  params: { ...params, paperId: idOf('paper') },
  handle: async ({ tx, params: { id, paperId } }) =>
    paperDownload(paperId, await readPaperContent(tx, id, paperId)),
});

export const sourcePages = [page, declareForm, paperForm, withdrawForm, paperPage];
