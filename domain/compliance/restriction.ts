/** What a restriction can bar a client from. */
export const restrictedScopes = ['login', 'deposit', 'trade', 'withdraw', 'marketing'] as const;
export type RestrictedScope = (typeof restrictedScopes)[number];
