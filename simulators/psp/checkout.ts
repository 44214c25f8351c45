import { timingSafeEqual } from 'node:crypto';
import { integer, readJson, text } from '../http/control';
import { escapeHtml, json, page, type Answer, type Call, type Routes } from '../http/server';
import { type CardInput } from './cards/card';
import { ApiError } from './cards/errors';
import { decodeForm, field } from './cards/form';
import { intentOf, pay, type Paid } from './cards/intents';
import { type PaymentIntent } from './cards/objects';
import { perform } from './perform';
import { commit, type Psp } from './psp';

/**
 * The provider's own payment page: `/pay/<intent>?client_secret=…&return_url=…`.
 * `POST` takes the page's form, or JSON `{client_secret, number, exp_month, exp_year, name?}`.
 */
export function checkoutRoutes(routes: Routes, psp: Psp): void {
  routes
    .on('GET', '/pay.css', () => ({
      status: 200,
      headers: { 'content-type': 'text/css' },
      body: styles,
    }))
    .on('GET', '/pay/:id', (call) => {
      const intent = openIntent(psp, call, call.query.get('client_secret'));
      return intent ? show(intent, call.query.get('return_url')) : unknownPayment();
    })
    .on('POST', '/pay/:id', async (call) => {
      const wantsJson = (call.headers['content-type'] ?? '').startsWith('application/json');
      const order = wantsJson ? readJsonOrder(call) : readFormOrder(call);
      const intent = openIntent(psp, call, order.clientSecret);
      if (!intent) return wantsJson ? json(404, { error: 'no such payment' }) : unknownPayment();
      const answer = (paid: Paid) =>
        wantsJson ? paidJson(paid) : show(paid.intent, order.returnUrl, paid.error?.message);
      try {
        return await perform(psp, 'pay', call, (instead) => {
          const paid = pay(psp, intentOf(psp, intent.id), order.card);
          commit(psp, paid.changes);
          return instead ?? answer(paid);
        });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return wantsJson ? error.answer() : show(intent, order.returnUrl, error.message);
      }
    });
}

interface Order {
  readonly clientSecret: string | null;
  readonly returnUrl: string | null;
  readonly card: CardInput;
}

function readJsonOrder(call: Call): Order {
  const body = readJson(call.raw) ?? {};
  return {
    clientSecret: text(body, 'client_secret') ?? null,
    returnUrl: null,
    card: {
      number: text(body, 'number') ?? '',
      expMonth: integer(body, 'exp_month') ?? 0,
      expYear: integer(body, 'exp_year') ?? 0,
      name: text(body, 'name') ?? undefined,
    },
  };
}

function readFormOrder(call: Call): Order {
  const form = decodeForm(call.raw.toString('utf8'));
  const [month = '', year = ''] = (field(form, 'expiry') ?? '').split('/');
  return {
    clientSecret: field(form, 'client_secret') ?? null,
    returnUrl: field(form, 'return_url') ?? null,
    card: {
      number: field(form, 'number') ?? '',
      expMonth: Number(month.trim()),
      expYear: Number(year.trim()),
      name: field(form, 'name') || undefined,
    },
  };
}

function openIntent(psp: Psp, call: Call, secret: string | null): PaymentIntent | undefined {
  const intent = psp.state.get('intents', call.params.id ?? '');
  if (!intent || secret === null) return undefined;
  const given = Buffer.from(secret);
  const expected = Buffer.from(intent.client_secret);
  return given.length === expected.length && timingSafeEqual(given, expected) ? intent : undefined;
}

function paidJson(paid: Paid): Answer {
  const { id, status } = paid.intent;
  if (!paid.error) return json(200, { id, status });
  const { code, decline_code: declineCode, message } = paid.error;
  return json(402, { id, status, error: { code, decline_code: declineCode, message } });
}

function unknownPayment(): Answer {
  return page(404, layout('Payment not found', '<p>This payment link is not valid.</p>'), policy);
}

function show(intent: PaymentIntent, returnUrl: string | null, error?: string): Answer {
  const amount = escapeHtml(displayAmount(intent.amount, intent.currency));
  const back =
    returnUrl !== null && /^https?:\/\//.test(returnUrl)
      ? `<p><a class="button" href="${escapeHtml(returnUrl)}">Return to the merchant</a></p>`
      : '';
  if (intent.status === 'succeeded') {
    return page(200, layout('Payment received', `<p>You paid ${amount}.</p>${back}`), policy);
  }
  if (intent.status === 'canceled') {
    return page(200, layout('Payment cancelled', `<p>Nothing was charged.</p>${back}`), policy);
  }
  const alert = error ? `<p class="error" role="alert">${escapeHtml(error)}</p>` : '';
  const form = `${alert}<form method="post">
<input type="hidden" name="client_secret" value="${escapeHtml(intent.client_secret)}">
<input type="hidden" name="return_url" value="${escapeHtml(returnUrl ?? '')}">
<label>Card number <input name="number" inputmode="numeric" autocomplete="cc-number" required></label>
<label>Expiry (MM/YY) <input name="expiry" autocomplete="cc-exp" placeholder="12/34" required></label>
<label>Name on the card <input name="name" autocomplete="cc-name"></label>
<label>Security code <input name="cvc" inputmode="numeric" autocomplete="cc-csc"></label>
<button class="button">Pay ${amount}</button></form>
<p class="hint">Test provider: 4242 4242 4242 4242 is paid, 4000 0000 0000 0002 is declined.</p>`;
  return page(error ? 402 : 200, layout(`Pay ${amount}`, form), policy);
}

const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'";

const zeroDecimal = new Set(['jpy', 'krw', 'vnd', 'clp']);

function displayAmount(amount: number, currency: string): string {
  const code = currency.toUpperCase();
  if (zeroDecimal.has(currency)) return `${amount} ${code}`;
  const digits = String(amount).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)} ${code}`;
}

function layout(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/pay.css"></head>
<body><main><h1>${title}</h1>${body}</main></body></html>`;
}

const styles = `body{font:16px/1.5 system-ui,sans-serif;background:#f4f6f8;color:#1d2733;margin:0}
main{max-width:24rem;margin:8vh auto;padding:2rem;background:#fff;border-radius:.75rem;box-shadow:0 1px 8px #0002}
h1{font-size:1.4rem;margin:0 0 1rem}label{display:block;margin:0 0 1rem}
input{display:block;width:100%;box-sizing:border-box;padding:.6rem;font:inherit;border:1px solid #b6c2cf;border-radius:.4rem}
.button{display:inline-block;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#2f4bd8;color:#fff;font:inherit;text-decoration:none;cursor:pointer}
.error{padding:.6rem;background:#fdecec;color:#8a1f1f;border-radius:.4rem}.hint{color:#5b6875;font-size:.85rem}
`;
