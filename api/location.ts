/** The id in an answer's body, for `Location` of what was made; a repeated answer has it too. */
export function idIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'id' in body ? String(body.id) : '';
}
