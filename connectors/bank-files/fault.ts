/** A file that is not what it says it is: where, in which field, and why. */
export class BankFileFault extends Error {
  override readonly name = 'BankFileFault';

  constructor(
    /** From 1. */
    readonly line: number,
    /** As the format names it: `Stmt/Ntry/Amt`, `:61:`, `16 amount`. */
    readonly field: string,
    readonly reason: string,
  ) {
    super(`line ${line}: ${field}: ${reason}`);
  }

  /** One line for a person, in the form that editors follow. */
  inFile(file: string): string {
    return onOneLine(`${file}:${this.line}: ${this.field}: ${this.reason}`);
  }
}

/** A value of a file inside a message: short, printable and on one line. */
export function quote(value: string): string {
  const shown = onOneLine(value.slice(0, 60));
  return `"${shown}${value.length > 60 ? '…' : ''}"`;
}

function onOneLine(text: string): string {
  // Control characters of a file must not move a terminal's cursor.
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
