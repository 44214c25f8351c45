/** A text as it is shown: a blank line begins another paragraph. */
export function paragraphsOf(body: string): string[] {
  return body.split(/\r?\n\s*\r?\n/);
}
