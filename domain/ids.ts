import { v7 as uuidv7 } from 'uuid';

/** Prefixes of every kind of id, so that an id names its kind wherever it turns up. */
export const idPrefixes = {
  client: 'cl',
  party: 'pty',
  user: 'usr',
  apiKey: 'key',
  kycCase: 'kyc',
  document: 'doc',
  identityCheck: 'idc',
  screening: 'scr',
  listVersion: 'lsv',
  rescreening: 'rsc',
  task: 'tsk',
  account: 'acc',
  accountRequest: 'arq',
  accountBulk: 'blk',
  negativeBalance: 'neg',
  leverageBreach: 'lvb',
  deposit: 'dep',
  withdrawal: 'wd',
  transfer: 'tr',
  refund: 'rf',
  chargeback: 'cb',
  fxQuote: 'fxq',
  exchange: 'fx',
  correction: 'cor',
  bonus: 'bon',
  intent: 'int',
  ledgerAccount: 'la',
  ledgerTransaction: 'ltx',
  hold: 'hold',
  policyVersion: 'pol',
  simulation: 'sim',
  evaluation: 'evl',
  command: 'cmd',
  mail: 'mail',
  link: 'lnk',
  restriction: 'rst',
  halt: 'hlt',
  declaration: 'dcl',
  partner: 'ptr',
  settlement: 'set',
  payout: 'po',
  settlementHold: 'shd',
  partnerInvoice: 'piv',
  partnerAdjustment: 'padj',
  commissionDispute: 'cdp',
  source: 'src',
  bankStatement: 'bst',
  receipt: 'rcp',
  providerEvent: 'pev',
  checkpoint: 'chk',
  planSet: 'ps',
  tracing: 'trc',
  savedFilter: 'flt',
  entityProposal: 'ent',
  agreement: 'agr',
  appropriatenessTest: 'apt',
  categoryRequest: 'cat',
  paper: 'pap',
  adverseMedia: 'adv',
  declaredSource: 'dsr',
  absence: 'abs',
  taskBulk: 'tbk',
  amlAlert: 'aml',
  suspicion: 'sar',
  legalHold: 'lgh',
  erasure: 'era',
  erasureRequest: 'erq',
} as const;

export type IdKind = keyof typeof idPrefixes;

/** A new id of the kind: `<prefix>_<UUIDv7>`, so that ids of one kind sort by time of creation. */
export function newId(kind: IdKind): string {
  return `${idPrefixes[kind]}_${uuidv7()}`;
}

/** Below every id of the kind that was made at the instant (RFC 3339) or later, and above those from before. */
export function firstIdAt(kind: IdKind, at: string): string {
  const ms = Date.parse(at).toString(16).padStart(12, '0');
  return `${idPrefixes[kind]}_${ms.slice(0, 8)}-${ms.slice(8)}`;
}

const shape = /^([a-z]{2,4})_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether the text is an id of the kind. */
export function isId(kind: IdKind, text: string): boolean {
  return shape.exec(text)?.[1] === idPrefixes[kind];
}
