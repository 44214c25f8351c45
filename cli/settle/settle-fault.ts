/** A file of a settlement says something that cannot be used; the message names file, place and field. */
export class SettleFault extends Error {
  override readonly name = 'SettleFault';
  constructor(
    readonly file: string,
    /** `line 7`, or a JSON pointer. */
    readonly place: string,
    readonly field: string,
    readonly reason: string,
  ) {
    super(`${file}: ${place}, ${field}: ${reason}`);
  }
}
