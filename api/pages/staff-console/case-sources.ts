import { may, type Scope } from '../../../domain/access/scope';
import { nameOfKind } from '../../../domain/kyc/document';
import { missingDeclarations } from '../../../domain/kyc/sources';
import type { CaseFile } from '../../../db/case-file';
import type { Tx } from '../../../db/connection';
import { acceptedFor, listDeclaredSources, openSource } from '../../../db/declared-sources';
import { inTurn } from '../../../db/in-turn';
import {
  readAllRequirements,
  readRequirements,
  wantedDeclarations,
} from '../../../db/kyc-requirements';
import { actorWords } from './actors';

const sourcesShown = 40;

/** What was declared of the client's money, the papers of each, and what this officer may do about it. */
export async function showSources(tx: Tx, scope: Scope, file: CaseFile) {
  const of = file.case;
  const declared = await listDeclaredSources(tx, of.id, { limit: sourcesShown });
  const opened = await inTurn(declared, async (source) => ({
    ...source,
    ...(await openSource(tx, source)),
  }));
  const who = await actorWords(
    tx,
    opened.flatMap(({ declaredBy, review }) => [declaredBy, review?.by ?? null]),
  );
  const outcome = await readRequirements(tx, file);
  const asked = await readAllRequirements(tx, file);
  const wanted = wantedDeclarations(outcome);
  const missing = new Set(missingDeclarations(wanted, file.sources));
  const isDecidable = of.state === 'in_review' || of.state === 'approved';
  const mayDecide = may(scope, 'kyc.decide');
  return {
    wanted: outcome.declarations.map(({ slot, count, ageMonthsMax }) => ({
      ...{ slot, count, ageMonthsMax, isMissing: missing.has(slot) },
    })),
    mayDeclare: mayDecide && of.state !== 'rejected',
    list: opened.map((source) => ({
      ...source,
      by: who(source.declaredBy),
      reviewedBy: source.review && who(source.review.by),
      isRange: source.details && source.details.amountFrom !== source.details.amountTo,
      isOpen: source.state === 'declared',
      mayDecide:
        mayDecide &&
        isDecidable &&
        source.state === 'declared' &&
        source.declaredBy !== scope.actor,
      mayAdd: mayDecide && source.state === 'declared' && of.state !== 'rejected',
      papers: source.papers.map((paper) => ({
        ...paper,
        label: nameOfKind(outcome.kinds, paper.purpose),
      })),
      paperKinds:
        mayDecide && source.state === 'declared'
          ? acceptedFor(asked, source.basis).map((value) => ({
              ...{ value, label: nameOfKind(outcome.kinds, value) },
            }))
          : [],
    })),
  };
}
