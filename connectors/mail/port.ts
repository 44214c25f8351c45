/** A mail ready to go. Rendering is `renderMail`'s. */
export interface OutgoingMail {
  /** Our id of the mail; its Message-ID is made of it, so that two copies are known to be one. */
  readonly id: string;
  readonly from: Mailbox;
  /** One bare address: a mail has one recipient, who sees no other. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/**
 * What became of a mail.
 * `refused`: the server did not take it; `notSent` says that the same mail may be tried again
 * (no connection, or a 4xx). `unknown`: the connection was lost after the text had begun to leave;
 * a second copy would carry the same Message-ID.
 */
export type MailOutcome =
  | { readonly kind: 'done'; readonly messageId: string }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly reason: string;
      readonly notSent: boolean;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface MailSender {
  send(mail: OutgoingMail): Promise<MailOutcome>;
}

/** The Message-ID (RFC 5322, 3.6.4) of the mail with our id. */
export function messageIdOf(mailId: string, domain: string): string {
  return `<${mailId}@${domain}>`;
}
