import { sleep } from './http';

/**
 * What happens at foreign servers, through the simulators' control ports alone: a payer pays, a reply is
 * lost, an administrator extends a range of log-ins, traders trade.
 */
export async function control(
  base: string,
  path: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<Readonly<Record<string, unknown>>> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(new URL(path, base), {
        method,
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      if (!response.ok)
        throw new ControlRefused(`${path}: ${response.status} ${text.slice(0, 300)}`);
      return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
    } catch (error) {
      // A killed simulator comes back as it was.
      if (error instanceof ControlRefused || attempt > 150) throw error;
      await sleep(200);
    }
  }
}

export class ControlRefused extends Error {
  override readonly name = 'ControlRefused';
}

/** The payer types a card number on the provider's page. */
export async function payByCard(page: string, card: { readonly number: string }): Promise<number> {
  const secret = new URL(page).searchParams.get('client_secret');
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(page, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({
          client_secret: secret,
          number: card.number,
          exp_month: 12,
          exp_year: 2031,
        }),
        signal: AbortSignal.timeout(10_000),
      });
      return response.status;
    } catch (error) {
      if (attempt > 150) throw error;
      await sleep(200);
    }
  }
}
