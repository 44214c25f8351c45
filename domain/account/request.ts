import { type PlatformKind } from '../trading/capabilities';

/** What can be asked of a living account. */
export const accountRequestKinds = [
  'set_password',
  'change_leverage',
  'change_type',
  'move_group',
  'migrate',
  'close',
  'override',
] as const;
export type AccountRequestKind = (typeof accountRequestKinds)[number];

/** What was asked, as the request's row keeps it. A password is not here: it is the holder's ciphertext. */
export type AccountAsk =
  | { readonly kind: 'set_password' }
  | { readonly kind: 'change_leverage'; readonly leverage: number }
  | { readonly kind: 'change_type'; readonly accountType: string }
  | { readonly kind: 'move_group'; readonly group: string }
  /** `server` where several serve the platform and one is wished for; policy has the last word. */
  | { readonly kind: 'migrate'; readonly platform: PlatformKind; readonly server?: string }
  | { readonly kind: 'close' }
  | { readonly kind: 'override'; readonly leverage?: number; readonly group?: string };

/** A move to a platform, and to one of its servers where one is named. */
export function migrationTo({
  platform,
  server,
}: {
  readonly platform: PlatformKind;
  readonly server?: string | undefined;
}): Extract<AccountAsk, { kind: 'migrate' }> {
  return { kind: 'migrate', platform, ...(server === undefined ? {} : { server }) };
}

/** Settings past the policy, with what is given alone. */
export function overrideOf({
  leverage,
  group,
}: {
  readonly leverage?: number | undefined;
  readonly group?: string | undefined;
}): Extract<AccountAsk, { kind: 'override' }> {
  return {
    kind: 'override',
    ...(leverage === undefined ? {} : { leverage }),
    ...(group === undefined ? {} : { group }),
  };
}

/**
 * `requested` not looked at yet; `in_review` a person decides; `working` allowed and being carried out;
 * `done` and `refused` are its ends, and a refusal has a reason that the client may read.
 */
export const accountRequestStates = [
  'requested',
  'in_review',
  'working',
  'done',
  'refused',
] as const;
export type AccountRequestState = (typeof accountRequestStates)[number];

/** What comes of looking at a request. */
export type Verdict =
  | { readonly kind: 'go' }
  /** It is carried out, and its holder is told so many days before. */
  | { readonly kind: 'notice'; readonly reasons: readonly string[]; readonly days: number }
  | { readonly kind: 'person'; readonly reasons: readonly string[] }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** Two people decide on these whatever the policy says: they step over it. */
export function needsSecondPerson(kind: AccountRequestKind): boolean {
  return kind === 'override' || kind === 'move_group';
}

/** What the log-in is to look like once the request is carried out; null when the request changes no settings. */
export interface AccountSettings {
  readonly group: string;
  readonly leverage: number;
  readonly accountType: string;
}
