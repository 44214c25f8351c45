import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { messageIdOf, type MailOutcome, type MailSender, type OutgoingMail } from './port';

export interface SmtpConfig {
  /** `smtp://host:port` or `smtps://host:port`, with `user:password@` where the server asks for it. */
  readonly url: string;
  /** The part after the @ of each Message-ID. */
  readonly messageIdDomain: string;
  /** Refuse to send when the server offers no STARTTLS. Set it wherever the server is not on this machine. */
  readonly requireTls?: boolean;
  readonly timeoutMs?: number;
}

/** Sends mail by SMTP with nodemailer, one connection for each mail. */
export function createSmtpSender(config: SmtpConfig): MailSender {
  const options = connectionOptions(config);
  return {
    send: async (mail) => {
      const bad = faultOf(mail);
      if (bad) return { kind: 'refused', code: 'invalid_mail', reason: bad, notSent: true };
      const messageId = messageIdOf(mail.id, config.messageIdDomain);
      const raw = await compose(mail, messageId);
      return transmit(options, mail, messageId, raw);
    },
  };
}

interface Connection {
  readonly smtp: SMTPConnection.Options;
  readonly credentials: SMTPConnection.Credentials | undefined;
}

function connectionOptions(config: SmtpConfig): Connection {
  const url = new URL(config.url);
  const timeoutMs = config.timeoutMs ?? 20_000;
  const secure = url.protocol === 'smtps:';
  return {
    smtp: {
      host: url.hostname,
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      ...(config.requireTls === true ? { requireTLS: true } : {}),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    },
    credentials:
      url.username === ''
        ? undefined
        : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
  };
}

const bareAddress = /^[^\s<>,;:"()[\]\\]+@[^\s<>,;:"()[\]\\]+$/;

/** What stands against sending the mail: a line break in a header would let data write headers. */
function faultOf(mail: OutgoingMail): string | undefined {
  if (!bareAddress.test(mail.to) || !bareAddress.test(mail.from.address)) {
    return 'not one bare address';
  }
  const inHeaders = [mail.subject, mail.from.name, mail.id, ...Object.values(mail.headers ?? {})];
  return inHeaders.some((value) => /[\r\n]/.test(value)) ? 'a header with a line break' : undefined;
}

function compose(mail: OutgoingMail, messageId: string): Promise<Buffer> {
  const { from, to, subject, text, html, headers = {} } = mail;
  return new MailComposer({
    from,
    to,
    subject,
    text,
    html,
    messageId,
    headers: { 'Auto-Submitted': 'auto-generated', ...headers },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}

function transmit(
  { smtp, credentials }: Connection,
  mail: OutgoingMail,
  messageId: string,
  raw: Buffer,
): Promise<MailOutcome> {
  return new Promise((resolve) => {
    let textLeft = false;
    const connection = new SMTPConnection(smtp);
    const fail = (error: SMTPConnection.SMTPError) => {
      resolve(classify(error, textLeft));
      connection.close();
    };
    // The text is read only after the server's 354, so that reading marks the point of no return.
    const text = new Readable({
      read() {
        textLeft = true;
        this.push(raw);
        this.push(null);
      },
    });
    const send = () =>
      connection.send({ from: mail.from.address, to: mail.to }, text, (error) => {
        if (error) {
          fail(error);
          return;
        }
        resolve({ kind: 'done', messageId });
        connection.quit();
      });
    connection.on('error', fail);
    connection.connect(() => {
      if (!credentials) {
        send();
        return;
      }
      connection.login(credentials, (error) => (error ? fail(error) : send()));
    });
  });
}

function classify(error: SMTPConnection.SMTPError, textLeft: boolean): MailOutcome {
  const { responseCode } = error;
  if (responseCode !== undefined) {
    const code = String(responseCode);
    const notSent = responseCode < 500 || error.code === 'EAUTH';
    return { kind: 'refused', code, reason: `the mail server answered ${code}`, notSent };
  }
  const code = error.code ?? 'UNKNOWN';
  if (textLeft) return { kind: 'unknown', reason: `no answer to the text (${code})` };
  return {
    kind: 'refused',
    code,
    reason: `no connection to the mail server (${code})`,
    notSent: true,
  };
}
