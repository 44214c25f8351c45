/** The brand of the legal entity that a mail comes from. */
export interface Brand {
  readonly name: string;
  /** `#rrggbb` */
  readonly colour: string;
  readonly postalAddress: string;
  readonly supportEmail: string;
}

interface Greeting {
  /** How the mail addresses its reader. */
  readonly name: string;
}

interface WithLink extends Greeting {
  /** An absolute http(s) address. */
  readonly link: string;
}

interface WithAmount extends Greeting {
  /** A decimal string, as `Money` has it on the wire: "12.34". */
  readonly amount: string;
  readonly currency: string;
}

/** What each kind of mail is made of. Nothing is optional: a template throws on what is missing. */
export interface MailData {
  verify_email: WithLink & { readonly expires: string };
  /** `reasons`: one sentence for the client each; never a restricted reason. */
  documents_requested: WithLink & { readonly reasons: readonly string[] };
  application_approved: WithLink;
  application_rejected: Greeting & { readonly reason: string };
  /** `link` sets the platform password, once; a password is never mailed. */
  account_ready: WithLink & {
    readonly platform: string;
    readonly server: string;
    readonly login: string;
    readonly accountType: string;
    readonly currency: string;
    readonly leverage: string;
    readonly expires: string;
  };
  /** `answer`: what came of it, in a sentence for the client; never a restricted reason. */
  account_request_answered: Greeting & {
    readonly platform: string;
    readonly login: string;
    readonly asked: string;
    readonly answer: string;
  };
  /** `link` sets the platform password, once; an older link stops working. */
  account_password_link: WithLink & {
    readonly platform: string;
    readonly login: string;
    readonly expires: string;
  };
  account_dormancy_notice: Greeting & {
    readonly platform: string;
    readonly login: string;
    readonly date: string;
    /** A decimal string in `currency`. */
    readonly fee: string;
    readonly currency: string;
    readonly everyDays: string;
  };
  /** The house has brought it back to zero. */
  account_made_good: WithAmount & { readonly platform: string; readonly login: string };
  /** From `date` on the wallet pays for what is missing on the account. */
  account_offset: WithAmount & {
    readonly platform: string;
    readonly login: string;
    readonly date: string;
  };
  /** The notice of an entity that takes no fee. */
  account_dormant_soon: Greeting & {
    readonly platform: string;
    readonly login: string;
    readonly date: string;
  };
  /** Money that nobody has come for. */
  account_unclaimed: WithAmount & { readonly platform: string; readonly login: string };
  /** From `date` on the account has this leverage, and its positions too little margin. */
  account_leverage_notice: Greeting & {
    readonly platform: string;
    readonly login: string;
    readonly leverage: string;
    readonly date: string;
  };
  account_fee: WithAmount & { readonly platform: string; readonly login: string };
  /** `date`: until when the client has to be verified. */
  verification_due: Greeting & { readonly date: string };
  verification_over: Greeting & { readonly date: string };
  /** `date`: its last good day. */
  document_expiring: WithLink & { readonly document: string; readonly date: string };
  document_expired: WithLink & { readonly document: string; readonly date: string };
  /** `reasons` as in `documents_requested`. */
  document_refused: WithLink & { readonly document: string; readonly reasons: readonly string[] };
  deposit_received: WithAmount & { readonly reference: string; readonly method: string };
  withdrawal_requested: WithAmount & { readonly reference: string };
  /** `parts`: where the money went, such as "100.00 EUR to card ending 4242". */
  withdrawal_paid: WithAmount & { readonly reference: string; readonly parts: readonly string[] };
  withdrawal_refused: WithAmount & { readonly reference: string; readonly reason: string };
  transfer_done: WithAmount & {
    readonly reference: string;
    readonly from: string;
    readonly to: string;
  };
  partner_statement: WithLink &
    WithAmount & {
      readonly period: string;
      /** Numbers of what was written in the partner's name; empty where nothing was. */
      readonly invoices: readonly string[];
      readonly lines: readonly {
        readonly description: string;
        readonly amount: string;
      }[];
    };
  /** `outcome`: accepted or declined; `answer`: an officer's own words. */
  commission_dispute_answered: WithLink & {
    readonly about: string;
    readonly outcome: string;
    readonly answer: string;
  };
  staff_invitation: WithLink & { readonly roles: string; readonly expires: string };
  password_reset: WithLink & { readonly expires: string };
  /** Goes to the old address too. `change`: "The e-mail address", "A payout card ending 4242". */
  instrument_changed: Greeting & { readonly change: string; readonly at: string };
}

export type MailKind = keyof MailData;

export const mailKinds = [
  'verify_email',
  'documents_requested',
  'application_approved',
  'application_rejected',
  'account_ready',
  'account_request_answered',
  'account_password_link',
  'account_dormancy_notice',
  'account_made_good',
  'account_offset',
  'account_dormant_soon',
  'account_leverage_notice',
  'account_fee',
  'account_unclaimed',
  'verification_due',
  'verification_over',
  'document_expiring',
  'document_expired',
  'document_refused',
  'deposit_received',
  'withdrawal_requested',
  'withdrawal_paid',
  'withdrawal_refused',
  'transfer_done',
  'partner_statement',
  'commission_dispute_answered',
  'staff_invitation',
  'password_reset',
  'instrument_changed',
] as const satisfies readonly MailKind[];
