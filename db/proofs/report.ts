import { rows, type Tx } from '../connection';

export const proofNames = [
  'ledger',
  'servers',
  'processes',
  'settlement',
  'audit',
  'access',
] as const;
export type ProofName = (typeof proofNames)[number];

/** One thing that is not as it must be. */
export interface ProofFault {
  /** The rule that is broken, as a sentence. */
  readonly rule: string;
  /** What breaks it: an id a person can look up. */
  readonly thing: string;
  readonly detail: string;
}

/** What a proof looked at, and what it found. */
export interface ProofResult {
  readonly name: ProofName;
  /** Each rule with the number of things it was tried on. */
  readonly checks: readonly { readonly rule: string; readonly count: number }[];
  /** The first faults; `faultCount` counts all of them. */
  readonly faults: readonly ProofFault[];
  readonly faultCount: number;
  /** What a reader should know: what was not checked and why, figures. */
  readonly notes: readonly string[];
}

/** Faults listed for each rule; the rest is counted. */
export const faultsPerRuleMax = 20;

/** Collects what a proof did. */
export class Proof {
  readonly #name: ProofName;
  readonly #checks: { rule: string; count: number }[] = [];
  readonly #faults: ProofFault[] = [];
  readonly #notes: string[] = [];
  #faultCount = 0;

  constructor(name: ProofName) {
    this.#name = name;
  }

  /** A rule was tried on `count` things; `faults` are those that break it, `faultCount` if there are more. */
  check(
    rule: string,
    count: number,
    faults: readonly Omit<ProofFault, 'rule'>[],
    faultCount = faults.length,
  ): void {
    this.#checks.push({ rule, count });
    this.#faultCount += faultCount;
    for (const fault of faults.slice(0, faultsPerRuleMax)) this.#faults.push({ rule, ...fault });
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  result(): ProofResult {
    return {
      name: this.#name,
      checks: this.#checks,
      faults: this.#faults,
      faultCount: this.#faultCount,
      notes: this.#notes,
    };
  }
}

/** A rule that SQL can judge alone. */
export interface SqlRule {
  readonly rule: string;
  /** A statement that yields one number: how many things the rule is tried on. */
  readonly counted: string;
  /** A statement that yields `thing` and `detail` of every breach. */
  readonly breaches: string;
}

export async function checkRules(tx: Tx, proof: Proof, rules: readonly SqlRule[]): Promise<void> {
  for (const { rule, counted, breaches } of rules) {
    const [count] = await rows<{ n: string }>(
      tx,
      `select n::text as n from (${counted}) as counted(n)`,
    );
    const found = await rows<{ thing: string; detail: string; total: string }>(
      tx,
      `select thing, detail, count(*) over ()::text as total from (${breaches}) as breach(thing, detail)
       order by thing limit ${faultsPerRuleMax}`,
    );
    proof.check(
      rule,
      Number(count?.n ?? 0),
      found.map(({ thing, detail }) => ({ thing, detail })),
      Number(found[0]?.total ?? 0),
    );
  }
}

/** What a command prints, a line per check, faults last. */
export function describeProof(result: ProofResult): string {
  const verdict = result.faultCount === 0 ? 'holds' : `FAILS (${result.faultCount})`;
  return [
    `${result.name}: ${verdict}`,
    ...result.checks.map(({ rule, count }) => `  ${String(count).padStart(7)}  ${rule}`),
    ...result.notes.map((note) => `           ${note}`),
    ...result.faults.map(({ rule, thing, detail }) => `  FAULT  ${thing}: ${detail} (${rule})`),
    ...(result.faultCount > result.faults.length
      ? [`  FAULT  … and ${result.faultCount - result.faults.length} more`]
      : []),
  ].join('\n');
}
