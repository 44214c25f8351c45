import {
  type FiledPartner,
  type FileFault,
  isPartnerId,
  type NetworkFile,
} from '../domain/partners/network-file';
import { Problem } from '../domain/problem';
import { inSavepoint, type Tx } from './connection';
import { createPartner, type Partner } from './partners';
import { readPlanSet } from './plan-sets';

export interface NetworkImport {
  /** As they were made, or would be. */
  readonly made: readonly { readonly filed: FiledPartner; readonly partner: Partner }[];
  readonly faults: readonly FileFault[];
}

/** Thrown to undo what was tried. */
class Undone extends Error {
  constructor(readonly result: NetworkImport) {
    super('the import is undone');
  }
}

/**
 * Takes the partners of a file into a plan set, each as `createPartner` does, with its mail: all of them, or none where any
 * has a fault. `try` does the same and undoes it, so that it finds what the import would find. 404 for a plan set that is
 * not the caller's.
 */
export async function importNetwork(
  tx: Tx,
  { planSet, file, mode }: { planSet: string; file: NetworkFile; mode: 'try' | 'import' },
): Promise<NetworkImport> {
  await readPlanSet(tx, planSet);
  try {
    return await inSavepoint(tx, async (within) => {
      const result = await makeEach(within, planSet, file);
      if (mode === 'try' || result.faults.length > 0) throw new Undone(result);
      return result;
    });
  } catch (error) {
    if (error instanceof Undone) return error.result;
    throw error;
  }
}

async function makeEach(tx: Tx, planSet: string, file: NetworkFile): Promise<NetworkImport> {
  const made = new Map<string, { filed: FiledPartner; partner: Partner }>();
  const faults = [...file.faults];
  for (const filed of file.partners) {
    const above = filed.parent === null ? undefined : made.get(filed.parent);
    // Where the partner above has a fault, that one alone is told.
    if (filed.parent !== null && above === undefined && !isPartnerId(filed.parent)) continue;
    const parentId = above?.partner.id ?? filed.parent ?? undefined;
    try {
      const partner = await inSavepoint(tx, (within) =>
        createPartner(within, {
          ...{ name: filed.name, email: filed.email, planSet },
          ...(parentId === undefined ? {} : { parentId }),
        }),
      );
      made.set(filed.ref, { filed, partner });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      faults.push(faultOf(filed, error));
    }
  }
  return { made: [...made.values()], faults: faults.sort((a, b) => a.line - b.line) };
}

function faultOf({ line }: FiledPartner, { code, detail }: Problem): FileFault {
  if (code === 'email_taken') return { line, field: 'email', reason: 'is another user’s already' };
  return { line, field: 'parent', reason: detail };
}
