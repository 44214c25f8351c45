import { type Literal, type Operator } from './condition';
import { type FactValue } from './fact';
import { type Truth } from './truth';

/** One node of an evaluation that explains itself; always the whole tree, nothing is cut short. */
export type TraceNode =
  | { readonly type: 'all'; readonly result: Truth; readonly of: readonly TraceNode[] }
  | { readonly type: 'any'; readonly result: Truth; readonly of: readonly TraceNode[] }
  | { readonly type: 'not'; readonly result: Truth; readonly of: TraceNode }
  | ComparisonTrace;

export interface ComparisonTrace {
  readonly type: 'comparison';
  readonly fact: string;
  readonly label: string;
  readonly operator: Operator;
  readonly expected: Literal;
  /** The value seen; null when it was not known. */
  readonly seen: FactValue | null;
  readonly result: Truth;
  /** Why the value could not be compared. */
  readonly problem?: string;
}

export interface RuleTrace {
  readonly ruleId: string;
  readonly title: string;
  readonly reason: string;
  readonly source: string;
  readonly layer: string;
  readonly result: Truth;
  readonly tree: TraceNode;
}

/** Every comparison of a tree, left to right. */
export function comparisonsOf(node: TraceNode): ComparisonTrace[] {
  switch (node.type) {
    case 'all':
    case 'any':
      return node.of.flatMap(comparisonsOf);
    case 'not':
      return comparisonsOf(node.of);
    case 'comparison':
      return [node];
  }
}

/** The facts that keep a node undecided: only branches that are unknown themselves are followed. */
export function unknownFactsOf(node: TraceNode): string[] {
  if (node.result !== 'unknown') return [];
  switch (node.type) {
    case 'all':
    case 'any':
      return node.of.flatMap(unknownFactsOf);
    case 'not':
      return unknownFactsOf(node.of);
    case 'comparison':
      return [node.fact];
  }
}
