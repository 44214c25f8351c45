import express, { type Express, type Request } from 'express';
import { systemScope } from '../../domain/access/scope';
import { Problem } from '../../domain/problem';
import { WebhookRejected, type WebhookMessage } from '../../connectors/psp/messages';
import type { PaymentProvider } from '../../connectors/psp/port';
import { inScope } from '../../db/connection';
import { normalise } from '../../db/message-facts';
import { takeProviderMessage } from '../../db/webhook-intake';
import type { ApiDeps } from '../deps';
import { named, refuseMethod } from '../mount';

const bodyBytesMax = 1024 * 1024;

/**
 * `POST /webhooks/<provider>`: the signature is checked over the raw bytes, the message stored and its process
 * woken in one transaction, and only then answered 200. A message that cannot be read is 400 and stored nowhere.
 */
export function mountWebhooks(app: Express, deps: ApiDeps): void {
  for (const provider of deps.providers) {
    const path = `/webhooks/${provider.name}`;
    app.post(
      path,
      named(path),
      express.raw({ type: () => true, limit: bodyBytesMax }),
      async (request, response) => {
        const raw: unknown = request.body;
        const body = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
        const message = verified(provider, body, request);
        await inScope(deps.db, systemScope(`provider:${provider.name}`), (tx) =>
          takeProviderMessage(tx, {
            provider: provider.name,
            eventId: message.eventId,
            type: message.type,
            operationId: operationIdOf(message),
            occurredAt: message.occurredAt.toISOString(),
            body: body.toString('utf8'),
            normalised: normalise(message),
          }),
        );
        response.json({ received: true });
      },
    );
    app.all(path, named(path), refuseMethod('POST, OPTIONS'));
  }
}

function verified(
  provider: PaymentProvider,
  body: Buffer,
  { headers, originalUrl }: Pick<Request, 'headers' | 'originalUrl'>,
): WebhookMessage {
  try {
    return provider.verifyWebhook(body, headers, originalUrl);
  } catch (error) {
    if (!(error instanceof WebhookRejected)) throw error;
    throw new Problem({ status: 400, code: error.code, detail: 'This message is not taken.' });
  }
}

function operationIdOf(message: WebhookMessage): string | null {
  return 'operationId' in message ? message.operationId : null;
}
