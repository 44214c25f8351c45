import { randomBytes } from 'node:crypto';
import { mrzCheckDigit } from '../../domain/kyc/mrz';
import type { DocumentKind } from '../../domain/kyc/document';
import type { Answers } from '../../domain/onboarding/answers';
import type { Scope } from '../../domain/access/scope';
import { inScope, rows } from '../../db/connection';
import { declareSource } from '../../db/declared-sources';
import { registerClient } from '../../db/client-registration';
import { latestCase, openCase, readCase, type KycCase } from '../../db/kyc';
import type { KycCaseState } from '../../domain/kyc/case-state';
import { saveDetails, submitCase, uploadDocument } from '../../db/kyc-submission';
import { readClient } from '../../db/clients';
import type { DocumentDetails } from '../../db/documents';
import type { Stage } from './stage';
import { until } from './until';

/** As much of a stage as applying needs; a test of stores alone has no more. */
export type Ground = Pick<Stage, 'db' | 'system'>;

export interface Applicant {
  readonly clientId: string;
  readonly userId: string;
  readonly entityId: string;
  readonly name: string;
  readonly email: string;
  readonly birthDate: string;
  readonly scope: Scope;
}

export interface ApplicantOptions {
  readonly given?: string;
  readonly family?: string;
  readonly birthDate?: string;
  /** ISO alpha-2; CY goes to the CySEC entity, SC offshore. */
  readonly residence?: string;
  readonly currency?: string;
  readonly answers?: Partial<Answers>;
}

/** A word that nobody else in the run has, of letters only. */
export function letters(): string {
  return [...randomBytes(8)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
}

/** Registers as anybody would and says who they are. */
export async function register(stage: Ground, options: ApplicantOptions = {}): Promise<Applicant> {
  const { given = 'Quennia', family = letters(), birthDate = '1988-04-17' } = options;
  const { residence = 'CY', currency = 'EUR' } = options;
  const name = `${given} ${family}`;
  const email = `${letters()}@applicants.example`;
  const registered = await stage.system((tx) =>
    registerClient(tx, { name, email, residence, currency, nationality: residence }),
  );
  if (registered.kind !== 'registered') throw new Error('the applicant was known already');
  const { clientId, userId } = registered;
  const { entityId } = await stage.system((tx) => readClient(tx, clientId));
  const scope = { kind: 'client', actor: `user:${userId}`, userId, clientId, entityId } as const;
  const answers: Answers = {
    pep: false,
    occupation: 'employed',
    fundsSource: 'salary',
    expectedDeposit: '5000.00',
    account: null,
    ...options.answers,
  };
  await inScope(stage.db, scope, (tx) =>
    saveDetails(tx, clientId, {
      personal: { birth_date: birthDate, nationality: residence, address: '1 Quay, Limassol' },
      answers,
    }),
  );
  return { clientId, userId, entityId, name, email, birthDate, scope };
}

export interface PassportOptions {
  readonly expiresOn?: string;
  readonly number?: string;
  readonly birthDate?: string;
  readonly sex?: 'F' | 'M';
  readonly country?: string;
}

/** The two lines of a passport for the name, with every check digit right. Sources: ICAO 9303-4. */
export function passportLines(name: string, options: PassportOptions = {}): string {
  const { expiresOn = '2033-05-01', birthDate = '1988-04-17' } = options;
  const country = (options.country ?? 'CYP').padEnd(3, '<');
  const number = (options.number ?? randomBytes(4).toString('hex').toUpperCase()).padEnd(9, '<');
  const [given = '', ...family] = name.toUpperCase().split(' ');
  const first = `P<${country}${family.join('<')}<<${given}`.padEnd(44, '<').slice(0, 44);
  const short = (date: string) => date.replaceAll('-', '').slice(2);
  const digit = (field: string) => `${field}${mrzCheckDigit(field)}`;
  const [numbered, born, expires] = [
    digit(number),
    digit(short(birthDate)),
    digit(short(expiresOn)),
  ];
  const optional = `${'<'.repeat(14)}0`;
  const body = `${numbered}${country}${born}${options.sex ?? 'F'}${expires}${optional}`;
  const composite = mrzCheckDigit(`${numbered}${born}${expires}${optional}`);
  return `${first}\n${body}${composite}`;
}

/** The smallest thing that begins like a JPEG, each one different. */
export function picture(): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(64)]);
}

export async function upload(
  stage: Ground,
  who: Applicant,
  kind: DocumentKind,
  details: DocumentDetails,
  content: Buffer = picture(),
) {
  const today = new Date().toISOString().slice(0, 10);
  return inScope(stage.db, who.scope, (tx) =>
    uploadDocument(tx, who.clientId, { kind, slot: undefined, content, details, today }),
  );
}

export function passport(stage: Ground, who: Applicant, options: PassportOptions = {}) {
  const mrz = passportLines(who.name, { birthDate: who.birthDate, ...options });
  return upload(stage, who, 'passport', { mrz });
}

/** A bill of this month, as CySEC's entity asks for one. */
export function utilityBill(stage: Ground, who: Applicant) {
  return upload(stage, who, 'utility_bill', { issuedOn: new Date().toISOString().slice(0, 10) });
}

/** Tells where the money of somebody exposed is from. */
export async function declareSources(
  stage: Pick<Ground, 'db'>,
  who: Pick<Applicant, 'clientId' | 'scope'>,
): Promise<void> {
  await inScope(stage.db, who.scope, async (tx) => {
    const { id } = await openCase(tx, who.clientId);
    for (const basis of ['funds', 'wealth'] as const)
      await declareSource(tx, id, {
        ...{ basis, kind: 'salary', per: 'year', narrative: 'A shipyard pays it.' },
        ...{ amountFrom: '30000.00', amountTo: '40000.00', currency: 'EUR' },
      });
  });
}

/** The same, and an officer has corroborated it. */
export async function proveSources(
  stage: Pick<Ground, 'db' | 'system'>,
  who: Pick<Applicant, 'clientId' | 'scope'>,
): Promise<void> {
  await declareSources(stage, who);
  await stage.system((tx) =>
    rows(
      tx,
      `update declared_source set state = 'corroborated', ended_at = clock_timestamp() where client_id = :id`,
      { id: who.clientId },
    ),
  );
}

export async function submit(stage: Ground, who: Applicant): Promise<KycCase> {
  return inScope(stage.db, who.scope, (tx) => submitCase(tx, who.clientId));
}

export function caseOf(stage: Ground, who: Applicant): Promise<KycCase | undefined> {
  return stage.system((tx) => latestCase(tx, who.clientId));
}

/** Waits until the case is in the state. */
export function caseIn(stage: Ground, of: KycCase, state: KycCaseState): Promise<KycCase> {
  return until(`case ${of.id} to be ${state}`, async () => {
    const now = await stage.system((tx) => readCase(tx, of.id));
    if (now.state !== state) throw new Error(`${now.state} ${JSON.stringify(now.issues)}`);
    return now;
  });
}
