import { FaultBook, faultRoutes } from '../faults/faults';
import { Routes, serve } from '../http/server';
import { Catcher } from './catcher';
import { mailRoutes } from './pages';
import { createSmtpServer, mailFaults } from './smtp';

export interface MailOptions {
  readonly data: string;
  readonly smtpPort?: number;
  readonly webPort?: number;
  readonly controlPort?: number;
}

/** What the simulator prints when it is up. */
export interface MailAddresses {
  readonly smtp: string;
  readonly web: string;
  readonly control: string;
}

export interface MailSimulator {
  readonly addresses: MailAddresses;
  close(): Promise<void>;
}

/** Starts the mail catcher; mail of an earlier run with the same data is still there. */
export async function startMail(options: MailOptions): Promise<MailSimulator> {
  const catcher = new Catcher(options.data);
  const faults = new FaultBook(catcher.journal, mailFaults);
  const smtp = createSmtpServer(catcher, faults);
  const smtpPort = await new Promise<number>((resolve, reject) => {
    smtp.server.once('error', reject);
    smtp.listen(options.smtpPort ?? 0, '127.0.0.1', () => {
      const address = smtp.server.address();
      if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
      else resolve(address.port);
    });
  });
  const pages = new Routes();
  mailRoutes(pages, catcher);
  const controls = new Routes();
  faultRoutes(controls, faults);
  const web = await serve(pages, options.webPort ?? 0);
  const control = await serve(controls, options.controlPort ?? 0);
  return {
    addresses: { smtp: `smtp://127.0.0.1:${smtpPort}`, web: web.url, control: control.url },
    close: async () => {
      await Promise.all([
        new Promise<void>((resolve) => smtp.close(resolve)),
        web.close(),
        control.close(),
      ]);
      catcher.close();
    },
  };
}
