import { json, Routes, serve, type Call } from './server';

/** A webhook as it arrived. */
export interface Received {
  readonly raw: Buffer;
  readonly headers: Call['headers'];
  /** Path and query. */
  readonly target: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

/** Something to receive webhooks with: answers 200, or what `verdict` says. For tests. */
export async function startReceiver(
  verdict: (webhook: Received) => number = () => 200,
): Promise<Receiver> {
  const received: Received[] = [];
  const handler = (call: Call) => {
    const webhook = { raw: call.raw, headers: call.headers, target: call.target };
    received.push(webhook);
    return json(verdict(webhook), {});
  };
  const routes = new Routes().on('POST', '/:side', handler);
  const server = await serve(routes, 0);
  return { url: server.url, received, close: () => server.close() };
}

/** Sends JSON and reads JSON. For control ports and tests. */
export async function postJson(url: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  return { ...(answer as object), httpStatus: response.status };
}

/** Waits until the condition holds; throws when it does not within ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not happen within ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
