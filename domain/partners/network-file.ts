import { CsvFault, readCsvTable } from '../csv-table';
import { emailLengthMax, emailPattern, linePattern } from '../typed-text';

/** A partner as a file tells of it. */
export interface FiledPartner {
  /** From 1; the header is line 1. */
  readonly line: number;
  /** What the file calls it; of no meaning elsewhere. */
  readonly ref: string;
  readonly name: string;
  readonly email: string;
  /** The `ref` of another row, the id of a partner that is there already, or null for a root. */
  readonly parent: string | null;
}

/** What is wrong with a file, and where. Never what stands there. */
export interface FileFault {
  readonly line: number;
  readonly field: string;
  readonly reason: string;
}

export interface NetworkFile {
  /** Parents before the partners below them; those with a fault are left out. */
  readonly partners: readonly FiledPartner[];
  readonly faults: readonly FileFault[];
}

export const filedPartnersMax = 500;
const columns = ['ref', 'name', 'email', 'parent'] as const;

/** Of a partner that is there already. */
export const isPartnerId = (text: string): boolean => /^ptr_[0-9a-f-]{36}$/.test(text);

/** Reads a network from CSV with the columns `ref`, `name`, `email` and `parent`, and finds every fault of it. */
export function readNetworkFile(text: string): NetworkFile {
  let filed: FiledPartner[];
  try {
    filed = readCsvTable(text, { required: columns }).map(({ line, cells }) => ({
      line,
      ref: cells['ref'] ?? '',
      name: cells['name'] ?? '',
      email: (cells['email'] ?? '').toLowerCase(),
      parent: cells['parent'] === '' ? null : (cells['parent'] ?? null),
    }));
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    const { line, field, reason } = error;
    return { partners: [], faults: [{ line, field, reason }] };
  }
  if (filed.length === 0 || filed.length > filedPartnersMax) {
    const reason = `has ${filed.length} partners, and 1 to ${filedPartnersMax} are taken at once`;
    return { partners: [], faults: [{ line: 1, field: 'file', reason }] };
  }
  const faults = filed.flatMap((partner) => faultsOf(partner, filed));
  const { order, circular } = parentsFirst(filed);
  for (const { line } of circular)
    faults.push({ line, field: 'parent', reason: 'is below itself, or below such a partner' });
  const broken = new Set(faults.map(({ line }) => line));
  return {
    partners: order.filter(({ line }) => !broken.has(line)),
    faults: faults.sort((a, b) => a.line - b.line),
  };
}

function faultsOf(partner: FiledPartner, filed: readonly FiledPartner[]): FileFault[] {
  const { line, ref, name, email, parent } = partner;
  const first = (has: (other: FiledPartner) => boolean) => filed.find(has)?.line ?? line;
  const fault = (field: string, reason: string): FileFault[] => [{ line, field, reason }];
  const firstRef = first((other) => other.ref === ref);
  const firstEmail = first((other) => other.email === email);
  return [
    ...(/^[A-Za-z0-9._-]{1,60}$/.test(ref) && !isPartnerId(ref)
      ? []
      : fault('ref', 'has 1 to 60 letters, digits, ., _ or -, and is no id of a partner')),
    ...(firstRef < line ? fault('ref', `stands in line ${firstRef} as well`) : []),
    ...(name.length >= 1 && name.length <= 200 ? [] : fault('name', 'has 1 to 200 characters')),
    ...(linePattern.test(name) ? [] : fault('name', 'holds a control character')),
    ...(emailPattern.test(email) && email.length <= emailLengthMax
      ? []
      : fault('email', 'is no e-mail address')),
    ...(firstEmail < line ? fault('email', `stands in line ${firstEmail} as well`) : []),
    ...(parent === null || isPartnerId(parent) || filed.some((other) => other.ref === parent)
      ? []
      : fault('parent', 'is no ref of the file and no id of a partner')),
  ];
}

/** Rows of a circle, and what is below one, are in no order. */
function parentsFirst(filed: readonly FiledPartner[]): {
  readonly order: FiledPartner[];
  readonly circular: readonly FiledPartner[];
} {
  const refs = new Set(filed.map(({ ref }) => ref));
  const placed = new Set<string>();
  const order: FiledPartner[] = [];
  let left = [...filed];
  for (;;) {
    const next = left.filter(
      ({ parent }) => parent === null || !refs.has(parent) || placed.has(parent),
    );
    if (next.length === 0) return { order, circular: left };
    order.push(...next);
    for (const { ref } of next) placed.add(ref);
    left = left.filter((partner) => !next.includes(partner));
  }
}
