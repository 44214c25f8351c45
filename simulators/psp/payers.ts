import { escapeHtml, page, type Answer, type Routes } from '../http/server';
import { decodeForm, field } from './cards/form';
import { type Psp } from './psp';
import { CannotPay, closePayIn, payPayIn, type PayIn } from './rails/book';
import { sides } from './rails/sides';

const shownMax = 50;

/**
 * `/payers`: the payers' side of what has no page of its own, for somebody who tries the cashier by hand. A phone that
 * asks for its PIN, a code that is scanned, a number that is given at a shop, a transfer to an account.
 */
export function payerRoutes(routes: Routes, psp: Psp): void {
  routes
    .on('GET', '/payers', () => show(psp))
    .on('POST', '/payers', (call) => {
      const form = decodeForm(call.raw.toString('utf8'));
      const payin = psp.state.get('payins', field(form, 'id') ?? '');
      if (!payin) return show(psp, 'There is no such payment.');
      const { announce } = sides[payin.side];
      if (field(form, 'what') === 'decline') {
        closePayIn(psp, announce, payin, '1032');
        return show(psp, 'Declined.');
      }
      try {
        const payer = payin.payer || 'payer@wallet.example';
        payPayIn(psp, announce, payin, { amountMinor: BigInt(payin.amountMinor), payer });
        return show(psp, 'Paid.');
      } catch (error) {
        if (error instanceof CannotPay) return show(psp, `Not paid: ${error.message}.`);
        throw error;
      }
    });
}

function show(psp: Psp, told = ''): Answer {
  const open = psp.state
    .all('payins')
    .filter(({ status, expiresMs }) => status === 'open' && expiresMs > Date.now())
    .slice(-shownMax)
    .reverse();
  const lines = open.map(line).join('') || '<p class="hint">Nobody is asked to pay.</p>';
  const note = told === '' ? '' : `<p role="status">${escapeHtml(told)}</p>`;
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Payers</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/pay.css"></head>
<body><main><h1>Payers</h1>${note}${lines}<p><a href="/payers">Look again</a></p></main></body></html>`;
  return page(200, body, policy);
}

const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'";

function line({ id, side, reference, amountMinor, currency, payer }: PayIn): string {
  const minor = amountMinor.padStart(3, '0');
  const amount = `${minor.slice(0, -2)}.${minor.slice(-2)} ${currency}`;
  const title = [side, amount, payer].filter(Boolean).join(', ');
  return `<form method="post"><p>${escapeHtml(title)}<br><span class="hint">${escapeHtml(reference)}</span></p>
<input type="hidden" name="id" value="${escapeHtml(id)}">
<button class="button" name="what" value="pay">Pay</button>
<button class="button" name="what" value="decline">Decline</button></form>`;
}
