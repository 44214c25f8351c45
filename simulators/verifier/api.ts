import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isObject, readJson, text } from '../http/control';
import { json, type Answer, type Call, type Reply, type Routes } from '../http/server';
import { put, shown, type Applicant } from './applicant';
import { type Verifier } from './verifier';

/** A request is signed over its time, method, target and bytes, and is good for a minute. */
const toleranceSeconds = 60;

/** Levels that there are; another one is answered with 404. */
const levels: readonly string[] = ['basic-kyc-level', 'id-only', 'id-and-liveness'];

export function verifierRoutes(routes: Routes, verifier: Verifier): void {
  const on = (
    operation: 'create' | 'document' | 'submit' | 'lookup',
    handle: (call: Call) => Answer,
  ) => {
    return async (call: Call): Promise<Reply> => {
      if (!isSigned(verifier, call)) return failure(401, 'Invalid signature');
      return verifier.perform(operation, call, () => handle(call));
    };
  };
  const known = (call: Call, handle: (applicant: Applicant) => Answer): Answer => {
    const applicant = verifier.state.get('applicants', call.params.id ?? '');
    return applicant ? handle(applicant) : failure(404, 'Applicant not found');
  };
  routes
    .on(
      'POST',
      '/resources/applicants',
      on('create', (call) => create(verifier, call)),
    )
    .on(
      'GET',
      '/resources/applicants/:who/one',
      on('lookup', (call) => {
        const [, reference = ''] = /^-;externalUserId=(.+)$/.exec(call.params.who ?? '') ?? [];
        const applicant = verifier.byReference(reference);
        return applicant ? json(200, shown(applicant)) : failure(404, 'Applicant not found');
      }),
    )
    .on(
      'POST',
      '/resources/applicants/:id/info/idDoc',
      on('document', (call) => known(call, (applicant) => addPaper(verifier, applicant, call))),
    )
    .on(
      'POST',
      '/resources/applicants/:id/status/pending',
      on('submit', (call) =>
        known(call, (applicant) => {
          if (applicant.documents.length === 0) return failure(400, 'Applicant has no documents');
          if (applicant.reviewStatus === 'init') verifier.submit(applicant);
          return json(200, { ok: 1 });
        }),
      ),
    );
}

function isSigned({ settings }: Verifier, call: Call): boolean {
  const { 'x-app-token': token, 'x-app-access-ts': at, 'x-app-access-sig': given } = call.headers;
  if (token !== settings.appToken || typeof at !== 'string' || typeof given !== 'string')
    return false;
  if (Math.abs(Date.now() / 1000 - Number(at)) > toleranceSeconds) return false;
  const wanted = createHmac('sha256', settings.secretKey)
    .update(`${at}${call.method}${call.target}`)
    .update(call.raw)
    .digest('hex');
  return given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));
}

export function failure(code: number, description: string): Answer {
  return json(code, { description, code, correlationId: `req-${randomBytes(8).toString('hex')}` });
}

function create(verifier: Verifier, call: Call): Answer {
  const levelName = call.query.get('levelName') ?? '';
  if (!levels.includes(levelName)) return failure(404, `Level ${levelName} is not found`);
  const body = readJson(call.raw);
  const externalUserId = body && text(body, 'externalUserId');
  if (!body || !externalUserId) return failure(400, 'externalUserId is missing');
  const known = verifier.byReference(externalUserId);
  if (known) {
    return failure(
      409,
      `Applicant with external user id '${externalUserId}' already exists: ${known.id}`,
    );
  }
  const { fixedInfo } = body;
  const applicant: Applicant = {
    id: randomBytes(12).toString('hex'),
    inspectionId: randomBytes(12).toString('hex'),
    externalUserId,
    levelName,
    fixedInfo: isObject(fixedInfo) ? fixedInfo : {},
    createdMs: Date.now(),
    documents: [],
    reviewStatus: 'init',
    reviewMs: null,
    result: null,
  };
  verifier.commit([put('applicants', applicant.id, applicant)]);
  return json(201, shown(applicant));
}

/** A form of two parts: what the paper is, and its bytes. */
function addPaper(verifier: Verifier, applicant: Applicant, call: Call): Answer {
  const boundary = /boundary=(\S+)/.exec(call.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) return failure(400, 'not a form');
  const [, metadata = '', content = ''] = call.raw.toString('latin1').split(`--${boundary}`);
  const said = readJson(Buffer.from(bodyOf(metadata), 'latin1'));
  const idDocType = said && text(said, 'idDocType');
  if (!idDocType || !content.includes('name="content"')) return failure(400, 'metadata is missing');
  const paper = { idDocType, bytes: bodyOf(content).length };
  verifier.commit([
    put('applicants', applicant.id, { ...applicant, documents: [...applicant.documents, paper] }),
  ]);
  return json(200, said);
}

function bodyOf(part: string): string {
  return part.slice(part.indexOf('\r\n\r\n') + 4).replace(/\r\n$/, '');
}
