import { systemScope } from '../domain/access/scope';
import { isPending } from '../domain/kyc/outside-check';
import type { IdentityVerifier } from '../connectors/verifier/port';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Database } from '../db/connection';
import { readDetails, readDocument, readDocumentContent } from '../db/documents';
import {
  giveUpCheck,
  noteSent,
  readCheck,
  takeFinding,
  type IdentityCheck,
} from '../db/identity-checks';
import { readCase } from '../db/kyc';
import { readPersonalData } from '../db/parties';
import { finishProcess, setProcess } from '../db/processes';

export interface IdentityCheckDeps {
  readonly db: Database;
  readonly verifiers: readonly IdentityVerifier[];
}

/** A verifier has not said anything that can be relied on; the same is tried again. */
export class VerifierUnclear extends Error {
  override readonly name = 'VerifierUnclear';
}

/** What a check by an outside verifier does to the world. Every function may be called again. */
export function createIdentityCheckActivities({ db, verifiers }: IdentityCheckDeps) {
  const system = (id: string) => systemScope(`workflow:${workflowIds.identityCheck(id)}`);
  const verifierOf = (check: IdentityCheck) =>
    verifiers.find(({ name }) => name === check.provider);
  const giveUp = (id: string, state: 'unasked' | 'unanswered', why: string) =>
    inScope(db, system(id), (tx) => giveUpCheck(tx, id, { state, why }));

  return {
    /** Hands the person over; the verifier knows our id, so that it is done once. Throws `VerifierUnclear`. */
    async orderIdentityCheck(id: string): Promise<void> {
      const check = await inScope(db, system(id), (tx) => readCheck(tx, id));
      if (check.state !== 'asked') return;
      const verifier = verifierOf(check);
      if (!verifier) return void (await giveUp(id, 'unasked', 'no such verifier is configured'));
      if (Date.now() > Date.parse(check.dueAt)) {
        return void (await giveUp(id, 'unanswered', 'it could not be reached in time'));
      }
      const ordered = await verifier.order(await orderOf(db, check));
      switch (ordered.kind) {
        case 'sent':
          return inScope(db, system(id), (tx) => noteSent(tx, id, ordered.providerRef));
        case 'refused':
          return void (await giveUp(id, 'unasked', `the verifier refused it: ${ordered.code}`));
        case 'unknown':
          throw new VerifierUnclear(`${check.provider}: ${ordered.reason}`);
      }
    },

    /** Asks how it stands, where a message may have been lost. */
    async lookAtIdentityCheck(id: string): Promise<void> {
      const check = await inScope(db, system(id), (tx) => readCheck(tx, id));
      const looked = isPending(check) ? await verifierOf(check)?.look(id) : undefined;
      if (looked?.kind !== 'answered') return;
      const { finding, at } = looked;
      await inScope(db, system(id), (tx) => takeFinding(tx, id, { finding, at: at.toISOString() }));
    },

    /** Says whether something is still to be waited for, and ends the process where nothing is. */
    async followIdentityCheck(id: string): Promise<'waiting' | 'ended'> {
      return inScope(db, system(id), async (tx) => {
        const workflowId = workflowIds.identityCheck(id);
        const check = await readCheck(tx, id);
        const of = await readCase(tx, check.caseId);
        const isDecided = of.state === 'approved' || of.state === 'rejected';
        // What is near a listed name looks as if it were under way, here as well.
        const waits = isPending(check) || check.nearListed;
        if (waits && !isDecided && !(isPending(check) && Date.now() > Date.parse(check.dueAt))) {
          await setProcess(tx, workflowId, {
            state: 'sent',
            waitsFor: `the verifier ${check.provider}`,
            due: check.dueAt,
          });
          return 'waiting';
        }
        if (isPending(check)) {
          const why = isDecided ? 'the case was decided without it' : 'it did not answer in time';
          await giveUpCheck(tx, id, { state: 'unanswered', why });
        }
        await finishProcess(tx, workflowId, { state: 'ended', outcome: 'ended' });
        return 'ended';
      });
    },
  };
}

/** The person and the papers, opened for the verifier; every look at a paper is written down. */
async function orderOf(db: Database, check: IdentityCheck) {
  return inScope(db, systemScope(`workflow:${workflowIds.identityCheck(check.id)}`), async (tx) => {
    const { name, birth_date, nationality } = await readPersonalData(tx, check.partyId);
    const documents = [];
    for (const id of check.documents) {
      const document = await readDocument(tx, id);
      const { issuer } = await readDetails(tx, document);
      const { content, mediaType } = await readDocumentContent(tx, id);
      documents.push({
        kind: document.kind,
        mediaType,
        content,
        ...(issuer === undefined ? {} : { issuer }),
      });
    }
    return {
      reference: check.id,
      level: check.level,
      person: {
        name,
        ...(birth_date === undefined ? {} : { birthDate: birth_date }),
        ...(nationality === undefined ? {} : { nationality }),
      },
      documents,
    };
  });
}

export type IdentityCheckActivities = ReturnType<typeof createIdentityCheckActivities>;
