const id = /^([a-z]{2,3})_([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;
const reference =
  /^([a-z]{2,3})([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/**
 * One of our ids as a bank takes it: at most 35 characters, no underscore. Nothing of it is lost, so that it leads
 * back when it comes on a statement. Undefined for what is no id of ours.
 */
export function bankReferenceOf(ourId: string): string | undefined {
  return id.exec(ourId)?.slice(1).join('');
}

/** The id of ours that stands in a bank's reference; banks change the case of letters. */
export function idOfBankReference(text: string): string | undefined {
  const [, prefix, ...parts] = reference.exec(text.trim().toLowerCase()) ?? [];
  return prefix === undefined ? undefined : `${prefix}_${parts.join('-')}`;
}
