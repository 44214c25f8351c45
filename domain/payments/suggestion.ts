/** What speaks for a client as the owner of money that has arrived, and how loudly. */
const weights = { REFERENCE: 8, ACCOUNT: 6, NAME: 5, NAME_ALIKE: 2, AMOUNT: 1 } as const;

export interface SuggestionSign {
  readonly clientId: string;
  readonly why: keyof typeof weights;
}

export interface Suggestion {
  readonly clientId: string;
  readonly why: readonly SuggestionSign['why'][];
}

const suggestionsMax = 5;

/** The clients that most speaks for, each once. Equal ones stand in the order of their ids. */
export function rankSuggestions(signs: readonly SuggestionSign[]): readonly Suggestion[] {
  const byClient = new Map<string, Set<SuggestionSign['why']>>();
  for (const { clientId, why } of signs) {
    byClient.set(clientId, (byClient.get(clientId) ?? new Set()).add(why));
  }
  const weightOf = (whys: Iterable<SuggestionSign['why']>) =>
    [...whys].reduce((sum, why) => sum + weights[why], 0);
  return [...byClient]
    .sort(([a, ofA], [b, ofB]) => weightOf(ofB) - weightOf(ofA) || a.localeCompare(b))
    .slice(0, suggestionsMax)
    .map(([clientId, whys]) => ({
      clientId,
      why: [...whys].sort((a, b) => weights[b] - weights[a]),
    }));
}
