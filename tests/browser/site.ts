import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import pino from 'pino';
import { createApp } from '../../api/app';
import { shippedBankAccounts } from '../../db/shipped-bank-accounts';
import { openStage, type Stage } from '../processes/stage';
import { until } from '../processes/until';

/** The product's pages in this process, over workers and simulators that are really there. */
export interface Site {
  readonly url: string;
  readonly stage: Stage;
  /** What the app logged as failed. */
  readonly failures: readonly string[];
  /** The link of the newest mail to the address whose subject says this. */
  mailedLink(address: string, subject: RegExp): Promise<string>;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stage = await openStage({ publicUrl: url });
  const sessionPool = new Pool({ connectionString: stage.database.appUrl, max: 2 });
  sessionPool.on('error', () => undefined);
  const failures: string[] = [];
  const app = createApp({
    db: stage.db,
    sessionPool,
    sessionSecret: 'a secret of this test only',
    publicUrl: url,
    providers: stage.deps.providers,
    verifiers: stage.deps.verifiers,
    bankAccounts: shippedBankAccounts,
    log: pino({ level: 'error' }, { write: (line: string) => void failures.push(line) }),
  });
  server.on('request', app.express);
  return {
    url,
    stage,
    failures,
    mailedLink: (address, subject) =>
      until(`mail ${String(subject)} to ${address}`, async () => {
        const mails = (await stage.mail.to(address)).filter((mail) => subject.test(mail.subject));
        const newest = mails.at(0);
        if (!newest) return false;
        return (
          (await stage.mail.read(newest.id)).links.find((link) => link.startsWith(url)) ?? false
        );
      }),
    close: async () => {
      app.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await sessionPool.end();
      await stage.close();
    },
  };
}
