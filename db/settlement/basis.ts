/**
 * What a settlement took, when it was computed, from what changes afterwards: computed again, it takes the same.
 */
export interface Basis {
  /** Settlements of the plan set's periods before that counted, each as its run had left it. */
  readonly earlier: readonly { readonly id: string; readonly run: number }[];
  /** Ids of the closed settlements that it held against what they would come to. */
  readonly adjusts: readonly string[];
}
