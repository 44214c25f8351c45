import type { Stack } from './start-stack';

/** A log-in of demonstration data, printed so that one can look around at once. */
export interface DemoLogin {
  /** `Compliance officer`, `Client`, `Partner` … */
  readonly role: string;
  readonly email: string;
  readonly password: string;
}

/** The addresses and log-ins that `npm start` prints. */
export function describeAddresses(
  stack: Pick<Stack, 'apiUrl' | 'temporalUiUrl' | 'mailUrl' | 'ownerUrl' | 'simulators' | 'folder'>,
  logins: readonly DemoLogin[],
): string {
  const rows: (readonly [string, string | undefined])[] = [
    ['Keelson', stack.apiUrl],
    ['API documentation', stack.apiUrl && `${stack.apiUrl}/api/docs`],
    ['Mail', stack.mailUrl],
    ['Temporal', stack.temporalUiUrl],
    ['MetaTrader 5 control', text(stack.simulators.mt5?.['control'])],
    ['MetaTrader 4 control', text(stack.simulators.mt4?.['control'])],
    ['cTrader control', text(stack.simulators.ctrader?.['control'])],
    ['Payment provider control', text(stack.simulators.psp?.['control'])],
    ['Payers (phones, codes)', text(stack.simulators.psp?.['payers'])],
    ['Chain control', text(stack.simulators.chain?.['control'])],
    ['PostgreSQL', withoutPassword(stack.ownerUrl)],
    ['Data and logs', stack.folder.root],
  ];
  const lines = rows.flatMap(([what, where]) =>
    where === undefined ? [] : [`  ${what.padEnd(24)} ${where}`],
  );
  if (logins.length > 0) {
    const roleWidth = Math.max(...logins.map((login) => login.role.length));
    const mailWidth = Math.max(...logins.map((login) => login.email.length));
    lines.push('', '  Log-ins of the demonstration (made up, on this machine only):');
    for (const { role, email, password } of logins) {
      lines.push(`  ${role.padEnd(roleWidth)}  ${email.padEnd(mailWidth)}  ${password}`);
    }
  }
  return lines.join('\n');
}

function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '';
  return url.href;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
