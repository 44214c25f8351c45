import { asSystem, rows, type Tx } from './connection';

/** A text of an entity that its clients agree to. */
export interface LegalText {
  readonly entityId: string;
  readonly title: string;
  readonly body: string;
}

/** Of every entity, or of one, in its order: they are public. */
export async function legalTexts(tx: Tx, entityId?: string): Promise<LegalText[]> {
  return asSystem(tx, (system) =>
    rows<LegalText>(
      system,
      `select entity_id as "entityId", title, body from legal_text
       where :entityId::text is null or entity_id = :entityId order by entity_id, position limit 2000`,
      { entityId: entityId ?? null },
    ),
  );
}

export async function addLegalTexts(
  system: Tx,
  entityId: string,
  texts: readonly { readonly title: string; readonly text: string }[],
): Promise<void> {
  for (const [position, { title, text }] of texts.entries()) {
    await rows(
      system,
      'insert into legal_text (entity_id, position, title, body) values (:entityId, :position, :title, :text)',
      { entityId, position, title, text },
    );
  }
}
