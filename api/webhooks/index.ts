import express, { type Express, type Request } from 'express';
import { systemScope } from '../../domain/access/scope';
import { Problem } from '../../domain/problem';
import {
  WebhookRejected,
  type WebhookHeaders,
  type WebhookMessage,
} from '../../connectors/psp/messages';
import type { PaymentProvider } from '../../connectors/psp/port';
import { Batcher } from '../../db/batcher';
import { inScope } from '../../db/connection';
import { normalise } from '../../db/message-facts';
import { takeVerifierMessage } from '../../db/identity-checks';
import type { IdentityVerifier } from '../../connectors/verifier/port';
import type { ProviderMessage } from '../../db/provider-events';
import { takeProviderMessage } from '../../db/webhook-intake';
import type { ApiDeps } from '../deps';
import { named, refuseMethod } from '../mount';

const bodyBytesMax = 1024 * 1024;

/** Messages of one transaction: none of them waits long for the others to be written. */
const messagesMax = 25;

/**
 * `POST /webhooks/<provider>`: the signature is checked over the raw bytes, the message stored and its process
 * woken in one transaction (with those that came meanwhile), and only then answered 200. A message that cannot be read is 400 and stored nowhere.
 */
export function mountWebhooks(app: Express, deps: ApiDeps): void {
  for (const provider of deps.providers) {
    const path = `/webhooks/${provider.name}`;
    const messages = intakeOf(deps, provider);
    app.post(
      path,
      named(path),
      express.raw({ type: () => true, limit: bodyBytesMax }),
      async (request, response) => {
        const raw: unknown = request.body;
        const body = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
        const message = verified(provider, body, request);
        await messages.add({
          provider: provider.name,
          eventId: message.eventId,
          type: message.type,
          operationId: operationIdOf(message),
          occurredAt: message.occurredAt.toISOString(),
          body: body.toString('utf8'),
          normalised: normalise(message),
        });
        response.json({ received: true });
      },
    );
    app.all(path, named(path), refuseMethod('POST, OPTIONS'));
  }
  for (const verifier of deps.verifiers) mountVerifier(app, deps, verifier);
}

/** As a payment provider's, but a verifier sends a handful of messages for each person: each is written by itself. */
function mountVerifier(app: Express, { db }: ApiDeps, verifier: IdentityVerifier): void {
  const path = `/webhooks/${verifier.name}`;
  const scope = systemScope(`verifier:${verifier.name}`);
  app.post(
    path,
    named(path),
    express.raw({ type: () => true, limit: bodyBytesMax }),
    async (request, response) => {
      const raw: unknown = request.body;
      const body = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
      const message = verified(verifier, body, request);
      await inScope(db, scope, (tx) =>
        takeVerifierMessage(tx, {
          provider: verifier.name,
          eventId: message.eventId,
          operationId: message.operationId,
          occurredAt: message.occurredAt.toISOString(),
          body: body.toString('utf8'),
          finding: message.type === 'check_answered' ? message.finding : undefined,
        }),
      );
      response.json({ received: true });
    },
  );
  app.all(path, named(path), refuseMethod('POST, OPTIONS'));
}

/**
 * Messages that come while others are written are written together after them, in the order in which they came: a storm
 * takes one connection of a provider, not all there are. Each is answered when it is kept, and for itself.
 */
function intakeOf({ db }: ApiDeps, provider: PaymentProvider): Batcher<ProviderMessage, undefined> {
  return new Batcher({
    itemsMax: messagesMax,
    write: (messages) =>
      inScope(db, systemScope(`provider:${provider.name}`), async (tx) => {
        for (const message of messages) await takeProviderMessage(tx, message);
        return messages.map(() => undefined);
      }),
  });
}

function verified<Message>(
  provider: { verifyWebhook(body: Buffer, headers: WebhookHeaders, target: string): Message },
  body: Buffer,
  { headers, originalUrl }: Pick<Request, 'headers' | 'originalUrl'>,
): Message {
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
