/** Codes of the policy `deposit` that a client may be told, in words. What is not listed must not be told. */
const forClients: Readonly<Record<string, string>> = {
  BELOW_MINIMUM: 'This is less than the smallest deposit.',
  VERIFY_FIRST:
    'This is more than you may deposit before we have verified you. Complete your application first.',
};

/** Why a deposit is refused before it begins, as the client reads it: neutral where the reason is ours alone. */
export function depositRefusal(reasons: readonly string[], isVerified: boolean): string {
  const told = reasons.find((code) => Object.hasOwn(forClients, code));
  const otherwise = isVerified
    ? 'This deposit is not possible at the moment. Please contact support.'
    : 'We have to verify you before you can deposit this. Complete your application first.';
  return (told !== undefined && forClients[told]) || otherwise;
}
