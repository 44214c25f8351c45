import { z } from 'zod';
import { clientReasons } from '../../../domain/kyc/reason-codes';
import { nameOfKind, powerOfAttorney } from '../../../domain/kyc/document';
import { isCountry } from '../../../domain/kyc/countries';
import { parseMrz } from '../../../domain/kyc/mrz';
import { slots, type Slot } from '../../../domain/onboarding/checklist';
import { documentBytesMax, mediaTypes } from '../../../domain/onboarding/media-type';
import { malformed, notFound, type Problem } from '../../../domain/problem';
import type { Tx } from '../../../db/connection';
import { inTurn } from '../../../db/in-turn';
import { checkOne } from '../../../db/document-check';
import { readDocumentContent, type Document } from '../../../db/documents';
import { renewableSlots } from '../../../db/document-renewal';
import {
  outcomeFor,
  readAllRequirements,
  readPartyChecklists,
  reasonWordsOf,
} from '../../../db/kyc-requirements';
import { uploadDocument } from '../../../db/kyc-submission';
import { atFile, paperDownload, paperUpload, requiredFile } from '../../paper-file';
import type { Upload } from '../../route';
import { clientOf } from '../../routes/client-scope';
import { civilDate, country, documentKind, idOf, line } from '../../schemas';
import { defineForm, definePage } from '../page';
import { ownOf, readOwnApplication, rejections, type ApplicationView } from './application';
import { countryOptions, kindOptions, kindsInWords, slotLabelOf, slotLabels } from './choices';

/** Every document with what became of it, and what is still asked for. */
const documents = definePage({
  path: '/client/documents',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const view = await readOwnApplication(tx, clientOf(scope).clientId);
    const standing = ownOf(view.application).filter(({ state }) => state !== 'archived');
    return {
      view: 'client/documents',
      title: 'Documents',
      data: {
        canChange: view.canChange,
        canSubmit: view.canSubmit,
        state: view.state,
        declares: view.outcome.declarations.length > 0,
        lacksSources: view.missingSources.length > 0,
        slots: await inTurn(view.items, async (item) => ({
          slot: item.slot,
          label: slotLabels[item.slot],
          done: item.done,
          isRenewable: view.renewable.has(item.slot),
          isWanted: view.wanted.has(item.slot),
          ask: kindsInWords(item.accepted, view.outcome.kinds),
          ageMonthsMax: item.ageMonthsMax,
          documents: await inTurn(
            standing.filter(({ slot }) => slot === item.slot),
            (document) => showDocument(tx, view, document),
          ),
        })),
      },
    };
  },
});

const stateWords = {
  new: { label: 'Received', tone: 'busy' },
  approved: { label: 'Accepted', tone: 'good' },
  rejected: { label: 'Please send again', tone: 'bad' },
  archived: { label: 'Replaced', tone: 'quiet' },
} as const;

async function showDocument(tx: Tx, view: ApplicationView, document: Document) {
  const isMendable =
    (view.canChange || view.renewable.has(document.slot) || view.wanted.has(document.slot)) &&
    document.state === 'new';
  return {
    id: document.id,
    kind: nameOfKind(view.outcome.kinds, document.kind),
    isPicture: document.mediaType !== 'application/pdf',
    state: stateWords[document.state],
    reasons: clientReasons(document.reasons, reasonWordsOf(view.application, view.outcome)).map(
      (reason) => reason.text,
    ),
    // What the checks will find: it can be mended before it is handed in.
    warnings: isMendable ? await warningsOf(tx, view, document) : [],
    uploadedAt: document.uploadedAt,
  };
}

async function warningsOf(tx: Tx, view: ApplicationView, document: Document): Promise<string[]> {
  const { application, outcome } = view;
  const today = new Date().toISOString().slice(0, 10);
  const { checks } = await checkOne(tx, application, { document, outcome, today });
  const failed = checks.filter((check) => check.result === 'failed').map((check) => check.code);
  return clientReasons(failed, reasonWordsOf(application, outcome)).map((reason) => reason.text);
}

const content = definePage({
  path: '/client/documents/content/:id',
  auth: { client: true },
  params: { id: idOf('document') },
  handle: async ({ tx, params }) =>
    paperDownload(params.id, await readDocumentContent(tx, params.id)),
});

/** What the kinds that are accepted here need to be told beside the picture. */
function askedOf(
  { accepted, ageMonthsMax }: ApplicationView['items'][number],
  { kinds }: ApplicationView['outcome'],
) {
  const here = kinds.filter(({ code }) => accepted.includes(code));
  const ages = here.flatMap(({ ageDaysMax }) => ageDaysMax ?? []);
  return {
    asksMrz: here.some(({ mrz }) => mrz),
    asksIssuer: here.some(({ identity, countries }) => identity || countries !== undefined),
    asksExpiry: here.some(({ expires }) => expires),
    asksScope: here.some(({ code }) => code === powerOfAttorney),
    asksIssued: ageMonthsMax !== null || ages.length > 0,
    issuedHint:
      ageMonthsMax !== null
        ? `Not older than ${ageMonthsMax} months.`
        : ages.length > 0
          ? `Not older than ${Math.min(...ages)} days.`
          : '',
    severalSides: here.filter(({ sides }) => sides > 1).map(({ name, sides }) => ({ name, sides })),
  };
}

const slot = z.enum(slots);

const upload = definePage({
  path: '/client/documents/:slot',
  auth: { client: true },
  params: { slot },
  handle: async ({ tx, scope, params }) => {
    const view = await readOwnApplication(tx, clientOf(scope).clientId);
    const item = view.items.find((each) => each.slot === params.slot);
    if (!item) throw notFound('document to upload');
    return {
      view: 'client/upload',
      title: slotLabels[params.slot],
      data: {
        canChange:
          view.canChange || view.renewable.has(params.slot) || view.wanted.has(params.slot),
        action: `/client/documents/${params.slot}`,
        back: { href: '/client/documents', label: 'Documents' },
        kinds: kindOptions(item.accepted, view.outcome.kinds),
        again: rejections(view.application, params.slot, { outcome: view.outcome }),
        ...askedOf(item, view.outcome),
        accept: mediaTypes.join(','),
        megabytesMax: documentBytesMax / 1024 / 1024,
        countries: countryOptions,
      },
    };
  },
});

const partyParams = { partyId: idOf('party'), slot };

/** The same of somebody who belongs to the client. */
const partyUpload = definePage({
  path: '/client/parties/:partyId/documents/:slot',
  auth: { client: true },
  params: partyParams,
  handle: async ({ tx, scope, params }) => {
    const view = await readOwnApplication(tx, clientOf(scope).clientId);
    const asked = await readAllRequirements(tx, view.application);
    const found = readPartyChecklists(view.application, asked).find(
      ({ related }) => related.party.id === params.partyId,
    );
    const item = found?.items.find((each) => each.slot === params.slot);
    if (!found || !item) throw notFound('document to upload');
    const { party, personal } = found.related;
    const outcome = outcomeFor(view.application, asked, party);
    const renewable = await renewableSlots(
      tx,
      view.application.case,
      new Date().toISOString().slice(0, 10),
      party.id,
    );
    return {
      view: 'client/upload',
      title: `${slotLabelOf(party, params.slot)} of ${personal.name}`,
      data: {
        canChange: view.canChange || renewable.has(params.slot),
        action: `/client/parties/${party.id}/documents/${params.slot}`,
        back: { href: '/client/company', label: 'People' },
        kinds: kindOptions(item.accepted, outcome.kinds),
        again: rejections(view.application, params.slot, { outcome, partyId: party.id }),
        ...askedOf(item, outcome),
        accept: mediaTypes.join(','),
        megabytesMax: documentBytesMax / 1024 / 1024,
        countries: countryOptions,
      },
    };
  },
});

const paperBody = {
  kind: documentKind,
  mrz: z.string().max(400).optional(),
  issuer: country.refine(isCountry, 'is not a country').optional(),
  issuedOn: civilDate.optional(),
  expiresOn: civilDate.optional(),
};

const paperFields = {
  upload: paperUpload,
  body: paperBody,
};

const notTaken = 'The document cannot be taken like this.';
const missingFile = { problem: notTaken, detail: 'is missing: choose a picture or a PDF' };

/** Takes what was filled in; a wrong file is a wrong field of the form. */
async function takePaper(
  tx: Tx,
  clientId: string,
  {
    body,
    file,
    slot: wanted,
    partyId,
    to,
  }: {
    readonly body: z.output<z.ZodObject<typeof paperBody>> & {
      readonly scope?: string | undefined;
    };
    readonly file: Upload | undefined;
    readonly slot: Slot;
    readonly partyId?: string;
    readonly to: string;
  },
) {
  const today = new Date().toISOString().slice(0, 10);
  const { bytes } = requiredFile(file, missingFile);
  if (body.mrz !== undefined) {
    const read = parseMrz(body.mrz, today);
    if (!read.ok) throw atField('mrz', read.detail);
  }
  const { kind, ...details } = body;
  const { warnings } = await uploadDocument(tx, clientId, {
    ...{ kind, partyId, slot: wanted, content: bytes, today },
    details: Object.fromEntries(Object.entries(details).filter(([, value]) => value)),
  }).catch(atFile);
  return {
    to,
    flash:
      warnings.length > 0
        ? 'Uploaded. Something may be wrong with it: see below.'
        : 'Uploaded. It looks fine.',
  };
}

const uploadForm = defineForm({
  path: '/client/documents/:slot',
  auth: { client: true },
  params: { slot },
  ...paperFields,
  page: upload,
  handle: async ({ tx, scope, params, body, file }) =>
    takePaper(tx, clientOf(scope).clientId, {
      ...{ body, file, slot: params.slot },
      to: '/client/documents',
    }),
});

const partyUploadForm = defineForm({
  path: '/client/parties/:partyId/documents/:slot',
  auth: { client: true },
  params: partyParams,
  ...paperFields,
  // What an attorney may do.
  body: { ...paperBody, scope: line(300).optional() },
  page: partyUpload,
  handle: async ({ tx, scope, params, body, file }) =>
    takePaper(tx, clientOf(scope).clientId, {
      ...{ body, file, slot: params.slot, partyId: params.partyId },
      to: '/client/company',
    }),
});

function atField(name: string, detail: string): Problem {
  return malformed(notTaken, [{ pointer: `/body/${name}`, detail }]);
}

export const documentPages = [documents, content, upload, uploadForm, partyUpload, partyUploadForm];
