/**
 * What a settlement took, when it was computed, from what changes afterwards: computed again, it takes the same.
 */
export interface Basis {
  /** Settlements of the plan set's periods before that counted, each as its run had left it. */
  readonly earlier: readonly { readonly id: string; readonly run: number }[];
  /**
   * Settlements, of later periods as well, whose adjustments of closed ones stood, each as its run had left it; where it does not
   * say, those of `earlier`.
   */
  readonly adjusters?: Basis['earlier'];
  /** Ids of the closed settlements that it held against what they would come to. */
  readonly adjusts: readonly string[];
  /** What was known of the symbols that its deals were made in, and those of the closed settlements that it looked at. */
  readonly symbols: readonly BasisSymbol[];
}

/** A symbol as a run took it. The average spread moves on with every month of deals. */
export interface BasisSymbol {
  /** The closed settlement for whose deals it was taken; null for the settlement's own. */
  readonly of: string | null;
  readonly server: string;
  readonly name: string;
  readonly digits: number;
  readonly contractSize: string;
  readonly averageSpreadPoints: string | null;
}
