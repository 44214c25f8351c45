import type { AccountBook } from '../brokerage/account-book';
import { faultsFor, mistreatment, type Mistreatment } from '../brokerage/faults';
import { CtraderError } from './codes';

const COMMENT_CHARS = 200;

/** Finds the faults that strike this command and counts them down, durably: a restart does not make them strike twice. */
export function strike(book: AccountBook, command: string, login: number | null): Mistreatment {
  const striking = faultsFor(book.faults.values(), command, login);
  const counted = striking.filter((fault) => fault.times !== null);
  book.commit(
    counted.map((fault) => ({
      kind: 'fault',
      fault: { ...fault, times: (fault.times ?? 1) - 1 },
    })),
  );
  const treatment = mistreatment(striking);
  const cut = striking.find((fault) => fault.kind === 'cut_comment');
  const commentChars = cut?.chars ?? (cut ? 0 : COMMENT_CHARS);
  return { ...treatment, booking: { ...treatment.booking, commentChars } };
}

/** What a planted refusal says; one without a code is an error that tells nothing of what was done. */
export function plantedRefusal(treatment: Mistreatment): CtraderError | null {
  if (treatment.retcode === null) return null;
  if (treatment.code === null) return new CtraderError('UNKNOWN_ERROR', 'planted', 500);
  return new CtraderError(treatment.code, 'planted');
}
