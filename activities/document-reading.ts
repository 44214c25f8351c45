import { systemScope } from '../domain/access/scope';
import { zoneIn } from '../domain/kyc/zone-reading';
import type { PictureReader } from '../connectors/reading/port';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Database } from '../db/connection';
import { recordPrint, unreadOf } from '../db/document-readings';
import { currentDocuments, readDocumentContent } from '../db/documents';
import { readCase } from '../db/kyc';
import { readApplication, readRequirements } from '../db/kyc-requirements';

export interface DocumentReadingDeps {
  readonly db: Database;
  readonly reader: PictureReader;
}

/** Reads pictures, which takes a processor for seconds; it may be called again and goes on where it was. */
export function createDocumentReadingActivities({ db, reader }: DocumentReadingDeps) {
  return {
    /** Reads the machine-readable zone of every document of the case that bears one and is not decided. */
    async readPictures(caseId: string): Promise<void> {
      const scope = systemScope(`workflow:${workflowIds.kyc(caseId)}`);
      const unread = await inScope(db, scope, async (tx) => {
        const of = await readCase(tx, caseId);
        if (of.state !== 'checking') return [];
        const { kinds } = await readRequirements(tx, await readApplication(tx, of));
        const bearing = new Set(kinds.filter(({ mrz }) => mrz).map(({ code }) => code));
        const documents = await currentDocuments(tx, caseId);
        return unreadOf(
          tx,
          documents.filter(({ kind, state }) => state === 'new' && bearing.has(kind)),
        );
      });
      for (const document of unread) {
        const { mediaType } = document;
        const { content } = await inScope(db, scope, (tx) => readDocumentContent(tx, document.id));
        const lines = await reader.read({ mediaType, content });
        const found = lines && zoneIn(lines, new Date().toISOString().slice(0, 10));
        await inScope(db, scope, (tx) =>
          recordPrint(tx, document, {
            reader: reader.name,
            zone: found?.text ?? null,
            isNumberMended: found?.isNumberMended ?? false,
          }),
        );
      }
    },
  };
}

export type DocumentReadingActivities = ReturnType<typeof createDocumentReadingActivities>;
