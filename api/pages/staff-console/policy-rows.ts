import type { EffectivePolicy, PolicyProblem } from '../../../domain/policy/body';
import { thenSchemas } from '../../../domain/policy/body.schema';
import { fieldsOf } from '../../../domain/policy/edit/fields';
import { draftRows, type DraftRow } from '../../../domain/policy/edit/rows';
import { listOf, looseOf, textOf } from '../../../domain/policy/edit/loose';
import { speaksOf, tableOf } from '../../../domain/policy/edit/table';
import { draftReadsAs, thenWords } from '../../../domain/policy/edit/words';
import type { Tx } from '../../../db/connection';
import { factsOfVersion } from '../../../db/policy-questions';
import { layersInForce } from '../../../db/policy-layers';
import type { StoredPolicy } from '../../../db/policy-versions';
import { address } from './lists';

/** How a row stands to the layers below, in the words of the page. */
const standingWords = {
  own: '',
  inherited: 'inherited',
  override: 'overridden',
  off: 'off',
  added: 'added',
} as const satisfies Record<DraftRow['standing'], string>;

export interface ShownRow {
  readonly n: number;
  readonly id: string;
  readonly at: number | null;
  readonly title: string;
  readonly sentence: string;
  readonly reason: string;
  readonly source: string;
  readonly mandatory: boolean;
  readonly standing: string;
  readonly standingWords: string;
  /** The rule of the layers below, when this one replaces it. */
  readonly belowSentence: string | undefined;
  readonly why: string;
  readonly layer: string;
  /** What overlays make of it, for a row of the base. */
  readonly overlaid: readonly string[];
  readonly cells: readonly { readonly label: string; readonly text: string }[] | undefined;
  readonly also: string | undefined;
  readonly outcome: string;
  readonly problems: readonly PolicyProblem[];
  readonly href: string;
}

/** The rows of a version as the page shows them: as a table where they ask much the same, else as sentences. */
export async function showRows(
  tx: Tx,
  policy: StoredPolicy,
  of: {
    readonly below: EffectivePolicy<unknown, unknown> | undefined;
    readonly problems: readonly PolicyProblem[];
    readonly find: string | undefined;
  },
) {
  const facts = await factsOfVersion(tx, policy);
  const rows = draftRows(policy.scope.layer, policy.body, of.below?.rules ?? []);
  const table = tableOf(
    facts,
    rows.map((row) => row.rule),
    fieldsOf(thenSchemas[policy.kind]).map(({ name }) => name),
  );
  const overlays = policy.scope.layer === 'base' ? await overlaysOf(tx, policy) : new Map();
  const shown = rows.map((row, i): ShownRow => {
    const cells = table?.rows[i];
    return {
      n: i + 1,
      id: row.id,
      at: row.at,
      title: textOf(row.rule['title']) || row.id,
      sentence: draftReadsAs(facts, row.rule),
      reason: textOf(row.rule['reason']),
      source: textOf(row.rule['source']),
      mandatory: row.rule['mandatory'] === true,
      standing: row.standing,
      standingWords: standingWords[row.standing],
      belowSentence:
        row.standing === 'override' && row.below !== null
          ? draftReadsAs(facts, row.below)
          : undefined,
      why: row.reason,
      layer: row.layer,
      overlaid: overlays.get(row.id) ?? [],
      cells: cells && [
        ...(table?.facts ?? []).map(({ label }, at) => ({ label, text: cells.facts[at] ?? '' })),
        ...(table?.outcomes ?? []).map(({ label }, at) => ({
          label,
          text: cells.outcomes[at] ?? '',
        })),
      ],
      also: cells?.also,
      outcome: thenWords(row.rule['then']),
      problems: of.problems.filter((problem) => isAbout(policy, problem, row)),
      href: address(`/staff/policies/${policy.id}/row`, { rule: row.id }),
    };
  });
  const wanted = of.find;
  return {
    rowCount: shown.length,
    table: table && {
      facts: table.facts,
      outcomes: table.outcomes,
      hasAlso: table.rows.some((row) => row.also !== ''),
    },
    rows:
      wanted === undefined
        ? shown
        : shown.filter((_, i) => speaksOf(facts, rows[i]?.rule ?? {}, wanted)),
  };
}

/** Whether a problem is about the row: by the rule's id, or by its place in the draft's own text. */
export function isAbout(policy: StoredPolicy, problem: PolicyProblem, row: DraftRow): boolean {
  if (problem.rule !== undefined) return problem.rule === row.id;
  const name = policy.scope.layer === 'base' ? 'rules' : 'changes';
  return row.at !== null && `${problem.pointer}/`.startsWith(`/${name}/${row.at}/`);
}

/** What published overlays make of the base's rules, by rule. */
async function overlaysOf(tx: Tx, policy: StoredPolicy): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { layer, layerKey, body } of await layersInForce(tx, policy.kind)) {
    if (layer === 'base') continue;
    for (const change of listOf(looseOf(body)['changes']).map(looseOf)) {
      const mode = change['mode'];
      if (change['target'] !== 'rule' || (mode !== 'override' && mode !== 'off')) continue;
      const id = textOf(change['id']);
      const words = `${layer} ${layerKey}: ${mode === 'off' ? 'off' : 'overridden'}`;
      found.set(id, [...(found.get(id) ?? []), words]);
    }
  }
  return found;
}
