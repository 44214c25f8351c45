import { type Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { type Fault, type FaultBook } from '../faults/faults';
import { type Catcher } from './catcher';

export const mailFaults = {
  kinds: [
    'refuse',
    'refuse_recipient',
    'temp_fail',
    'lose_reply_after_accept',
    'lose_request',
    'slow',
  ],
  operations: ['send'],
  quiet: [],
  lasting: [],
};

const bytesMax = 10_000_000;

/** An SMTP server that takes every mail and delivers none. 250 is said when the mail is on disk. */
export function createSmtpServer(catcher: Catcher, faults: FaultBook): SMTPServer {
  const sockets = new Map<number, Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: bytesMax,
    closeTimeout: 1_000,
    logger: false,
    onRcptTo: (address, _session, callback) => {
      const occasion = { operation: 'send', content: address.address };
      const fault = faults.take(['refuse_recipient'], occasion);
      callback(fault ? reply(fault, 550, '5.1.1 No such user here') : null);
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (stream.sizeExceeded) {
          callback(smtpError(552, '5.3.4 Message too big'));
          return;
        }
        receive(catcher, faults, Buffer.concat(chunks), session).then(
          (verdict) => {
            if (verdict === 'drop') sockets.get(session.remotePort)?.destroy();
            else callback(verdict);
          },
          () => callback(smtpError(451, '4.3.0 The mail could not be kept')),
        );
      });
    },
  });
  server.server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.on('close', () => sockets.delete(port));
  });
  server.on('error', (error) => process.stderr.write(`${error.message}\n`));
  return server;
}

async function receive(
  catcher: Catcher,
  faults: FaultBook,
  raw: Buffer,
  session: SMTPServerSession,
): Promise<Error | null | 'drop'> {
  const { mailFrom, rcptTo } = session.envelope;
  const to = rcptTo.map((address) => address.address);
  const content = `${to.join('\n')}\n${raw.toString('utf8')}`;
  const kinds = mailFaults.kinds.filter((kind) => kind !== 'refuse_recipient');
  const fault = faults.take(kinds, { operation: 'send', content });
  if (fault?.kind === 'refuse') return reply(fault, 554, '5.7.1 Refused');
  if (fault?.kind === 'temp_fail') return reply(fault, 451, '4.3.2 Try again later');
  if (fault?.kind === 'lose_request') return 'drop';
  if (fault?.kind === 'slow') await new Promise((done) => setTimeout(done, fault.ms ?? 2_000));
  await catcher.keep(raw, { from: mailFrom === false ? '' : mailFrom.address, to });
  return fault?.kind === 'lose_reply_after_accept' ? 'drop' : null;
}

function reply(fault: Fault, code: number, message: string): Error {
  return smtpError(Number(fault.code ?? code), fault.message ?? message);
}

function smtpError(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code });
}
