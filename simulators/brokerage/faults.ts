/** Faults that the control port plants; see `FAULT_KINDS` for what each does. */
export interface Fault {
  id: string;
  kind: FaultKind;
  /** As the platform calls it (`trade/balance`, `TradeTransaction`); `*` is every command but authentication. */
  command: string;
  login?: number | undefined;
  /** How often it still strikes; null is for ever. */
  times: number | null;
  /** How long: hang, slow, delay_deal, apply_late. */
  ms?: number | undefined;
  /** cut_comment: how many characters stay. */
  chars?: number | undefined;
  /** refuse: what is answered. */
  retcode?: number | undefined;
  /** refuse, at a bridge: its own error code and what it says about the outcome. */
  code?: string | undefined;
  outcome?: string | undefined;
  /** refuse, hang, half_open: whether the command is carried out all the same. */
  applied?: boolean | undefined;
  /** clock_offset: seconds that server time is ahead of UTC. */
  seconds?: number | undefined;
}

/** What each kind does, and what it strikes when no command is named: balance operations or every command. */
export const FAULT_KINDS = {
  lose_reply_after_apply: {
    strikes: 'balance',
    does: 'carries out, then cuts the connection',
  },
  lose_reply_before_apply: { strikes: 'balance', does: 'cuts the connection, does nothing' },
  apply_late: {
    strikes: 'balance',
    does: 'cuts the connection, books the operation after ms',
  },
  delay_deal: { strikes: 'balance', does: 'books now, shows the deal after ms' },
  cut_comment: { strikes: 'balance', does: 'keeps only the first chars of the comment' },
  duplicate_deal: { strikes: 'balance', does: 'books the operation twice' },
  garble_reply: { strikes: 'balance', does: 'carries out, answers half a body' },
  refuse: { strikes: 'balance', does: 'answers retcode; applied: carries out first' },
  hang: { strikes: 'every', does: 'waits ms, then carries out; applied: carries out, then waits' },
  half_open: {
    strikes: 'every',
    does: 'never answers and keeps the connection; applied: carries out first',
  },
  slow: { strikes: 'every', does: 'waits ms before each command until removed' },
  drop_connection: {
    strikes: 'every',
    does: 'cuts every connection now, and the next `times` commands',
  },
  maintenance: { strikes: 'every', does: 'cuts every connection, refuses log-in until removed' },
  deliver_twice: {
    strikes: 'every',
    does: 'every deal of a list, and at cTrader every event, comes twice until removed',
  },
  weak_password: { strikes: 'every', does: 'finds every password too weak until removed' },
  clock_offset: { strikes: 'every', does: 'server time is UTC + seconds until removed' },
} as const satisfies Record<string, { strikes: 'balance' | 'every'; does: string }>;

export type FaultKind = keyof typeof FAULT_KINDS;

/** Kinds that are a condition of the server and not something that strikes a command. */
const CONDITIONS: readonly FaultKind[] = [
  'maintenance',
  'clock_offset',
  'deliver_twice',
  'weak_password',
];
const STAYS: readonly FaultKind[] = ['slow', ...CONDITIONS];

export function defaultTimes(kind: FaultKind): number | null {
  if (kind === 'drop_connection') return 0;
  return STAYS.includes(kind) ? null : 1;
}

/** Whether a condition of the server lasts now. */
export function lasts(faults: ReadonlyMap<string, Fault>, kind: FaultKind): boolean {
  return [...faults.values()].some((fault) => fault.kind === kind);
}

/** The faults that strike this command. */
export function faultsFor(faults: Iterable<Fault>, command: string, login: number | null): Fault[] {
  return [...faults].filter(
    (fault) =>
      !CONDITIONS.includes(fault.kind) &&
      fault.times !== 0 &&
      (fault.command === command || (fault.command === '*' && !command.startsWith('auth/'))) &&
      (fault.login === undefined || fault.login === login),
  );
}

/** How a command is to be mistreated: all the faults that strike it, taken together. */
export interface Mistreatment {
  cutBefore: boolean;
  cutAfter: boolean;
  /** Never answers, and the connection stays open. */
  silent: boolean;
  lateMs: number | null;
  waitBeforeMs: number;
  waitAfterMs: number;
  retcode: number | null;
  code: string | null;
  outcome: string | null;
  applies: boolean;
  garbled: boolean;
  booking: { commentChars: number; hiddenMs: number; copies: number };
}

const COMMENT_CHARS = 31;

export function mistreatment(faults: readonly Fault[]): Mistreatment {
  const of = (kind: FaultKind): Fault | undefined => faults.find((fault) => fault.kind === kind);
  const hang = of('hang');
  const hangMs = hang?.ms ?? 0;
  const refusal = of('refuse');
  const late = of('apply_late');
  const halfOpen = of('half_open');
  return {
    cutBefore: Boolean(of('lose_reply_before_apply') ?? of('drop_connection')),
    cutAfter: Boolean(of('lose_reply_after_apply')),
    silent: halfOpen !== undefined,
    lateMs: late ? (late.ms ?? 0) : null,
    waitBeforeMs: (of('slow')?.ms ?? 0) + (hang?.applied ? 0 : hangMs),
    waitAfterMs: hang?.applied ? hangMs : 0,
    retcode: refusal ? (refusal.retcode ?? 2) : null,
    code: refusal?.code ?? null,
    outcome: refusal?.outcome ?? null,
    applies: (!refusal || refusal.applied === true) && (!halfOpen || halfOpen.applied === true),
    garbled: Boolean(of('garble_reply')),
    booking: {
      commentChars: Math.min(COMMENT_CHARS, of('cut_comment')?.chars ?? COMMENT_CHARS),
      hiddenMs: of('delay_deal')?.ms ?? 0,
      copies: of('duplicate_deal') ? 2 : 1,
    },
  };
}

export const NO_MISTREATMENT = mistreatment([]);
