import { createServer, type IncomingMessage } from 'node:http';
import type { WebhookMessage } from '../../connectors/psp/messages';
import type { VerifierMessage } from '../../connectors/verifier/port';
import { systemScope } from '../../domain/access/scope';
import { inScope } from '../../db/connection';
import { takeVerifierMessage } from '../../db/identity-checks';
import { normalise } from '../../db/message-facts';
import { takeProviderMessage } from '../../db/webhook-intake';
import type { Dependencies } from '../../workers/dependencies';

export interface Received {
  readonly provider: string;
  readonly type: string;
  readonly operationId: string | null;
  /** The provider's number of what it is about. */
  readonly providerRef: string | null;
}

/** Takes webhooks, verifies and stores them, and wakes the process they are about. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  use(deps: Dependencies): void;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let deps: Dependencies | undefined;
  const server = createServer((request, response) => {
    const target = request.url ?? '';
    const provider = target.split('?')[0]?.split('/').at(-1) ?? '';
    const answer = async () => {
      if (!deps) throw new Error('no database yet');
      const body = await bodyOf(request);
      const verifier = deps.verifiers.find(({ name }) => name === provider);
      if (verifier)
        return keepWord(deps, verifier.verifyWebhook(body, request.headers, target), body);
      const message = deps.providerFor(provider).verifyWebhook(body, request.headers, target);
      received.push(await keep(deps, message, body.toString('utf8')));
    };
    answer().then(
      () => response.writeHead(200).end(),
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return {
    url: `http://127.0.0.1:${address.port}/webhooks`,
    received,
    use: (given) => {
      deps = given;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A verifier's message, as the API takes it. */
async function keepWord(deps: Dependencies, word: VerifierMessage, body: Buffer): Promise<void> {
  const { provider, eventId, operationId, occurredAt } = word;
  await inScope(deps.db, systemScope(`verifier:${provider}`), (tx) =>
    takeVerifierMessage(tx, {
      ...{ provider, eventId, operationId, occurredAt: occurredAt.toISOString() },
      body: body.toString('utf8'),
      finding: word.type === 'check_answered' ? word.finding : undefined,
    }),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function keep(deps: Dependencies, message: WebhookMessage, body: string): Promise<Received> {
  const operationId = 'operationId' in message ? message.operationId : null;
  const { type, provider } = message;
  await inScope(deps.db, systemScope(`provider:${provider}`), (tx) =>
    takeProviderMessage(tx, {
      provider,
      eventId: message.eventId,
      type,
      operationId,
      occurredAt: message.occurredAt.toISOString(),
      body,
      normalised: normalise(message),
    }),
  );
  const providerRef = 'providerRef' in message ? message.providerRef : null;
  return { provider, type, operationId, providerRef };
}
