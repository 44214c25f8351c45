import { escapeHtml, json, page, type Answer, type Routes } from '../http/server';
import { type Catcher, type Caught, type CaughtWhole } from './catcher';

const policy =
  "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A mail's own HTML: no scripts, no forms, nothing fetched from anywhere, an origin of its own. */
const mailPolicy =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/** The pages to read mail, and the same as JSON: `/messages?to=&since=&subject=&limit=`, `/messages/:id`. */
export function mailRoutes(routes: Routes, catcher: Catcher): void {
  routes
    .on('GET', '/style.css', () => ({
      status: 200,
      headers: { 'content-type': 'text/css' },
      body: styles,
    }))
    .on('GET', '/', (call) => {
      const to = call.query.get('to')?.trim() ?? '';
      return listPage(catcher.list({ limit: 200, ...(to === '' ? {} : { to }) }), to);
    })
    .on('GET', '/mail/:id', async (call) => {
      const mail = await catcher.whole(call.params.id ?? '');
      return mail ? mailPage(mail) : page(404, layout('Not found', ''), policy);
    })
    .on('GET', '/mail/:id/html', async (call) => {
      const mail = await catcher.whole(call.params.id ?? '');
      return mail ? page(200, mail.html, mailPolicy) : page(404, '', mailPolicy);
    })
    .on('GET', '/mail/:id/raw', (call) => {
      const raw = catcher.raw(call.params.id ?? '');
      return raw ? plain(raw) : page(404, '', policy);
    })
    .on('GET', '/messages', (call) => {
      const limit = Number(call.query.get('limit') ?? '50');
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
        return json(400, { error: 'limit must be from 1 to 1000' });
      }
      const to = call.query.get('to');
      const since = call.query.get('since');
      const subject = call.query.get('subject');
      const messages = catcher.list({
        limit,
        ...(to === null ? {} : { to }),
        ...(since === null ? {} : { since }),
        ...(subject === null ? {} : { subject }),
      });
      return json(200, { messages });
    })
    .on('GET', '/messages/:id', async (call) => {
      const mail = await catcher.whole(call.params.id ?? '');
      return mail ? json(200, mail) : json(404, { error: 'no such message' });
    });
}

function plain(raw: Buffer): Answer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    },
    body: raw,
  };
}

function listPage(mails: readonly Caught[], to: string): Answer {
  const rows = mails
    .map(
      (mail) =>
        `<tr><td><time>${escapeHtml(mail.receivedAt.slice(0, 19).replace('T', ' '))}</time></td><td>${escapeHtml(mail.to.join(', '))}</td><td><a href="/mail/${mail.id}">${escapeHtml(mail.subject || '(no subject)')}</a></td></tr>`,
    )
    .join('\n');
  const body =
    mails.length === 0
      ? '<p>No mail yet. Mail sent by the product appears here.</p>'
      : `<table><thead><tr><th>Received (UTC)</th><th>To</th><th>Subject</th></tr></thead><tbody>${rows}</tbody></table>`;
  const search = `<form><label>To <input type="search" name="to" value="${escapeHtml(to)}" placeholder="someone@example.com"></label> <button>Filter</button></form>`;
  return page(200, layout('Mail', `${search}${body}`), policy);
}

function mailPage(mail: CaughtWhole): Answer {
  const facts = [
    ['From', mail.headers.from ?? mail.from],
    ['To', mail.to.join(', ')],
    ['Received', mail.receivedAt],
    ['Message-ID', mail.messageId],
  ].map(([name = '', value = '']) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`);
  const links = mail.links.map(
    (link) => `<li><a href="${escapeHtml(link)}" rel="noreferrer">${escapeHtml(link)}</a></li>`,
  );
  const rendered =
    mail.html === ''
      ? ''
      : `<iframe sandbox title="The mail as a reader shows it" src="/mail/${mail.id}/html"></iframe>`;
  const body = `<p><a href="/">All mail</a> · <a href="/mail/${mail.id}/raw">Source</a></p>
<dl>${facts.join('')}</dl>${rendered}
${links.length > 0 ? `<h2>Links</h2><ul>${links.join('')}</ul>` : ''}
<h2>Text</h2><pre>${escapeHtml(mail.text)}</pre>`;
  return page(200, layout(escapeHtml(mail.subject || '(no subject)'), body), policy);
}

/** The title is HTML already. */
function layout(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>${title}</h1>${body}</main></body></html>`;
}

const styles = `body{font:16px/1.5 system-ui,sans-serif;background:#f4f6f8;color:#1d2733;margin:0}
main{max-width:60rem;margin:2rem auto;padding:1.5rem;background:#fff;border-radius:.75rem;box-shadow:0 1px 8px #0002}
h1{font-size:1.4rem;margin:0 0 1rem}h2{font-size:1rem;margin:1.5rem 0 .5rem}
table{width:100%;border-collapse:collapse}th,td{text-align:left;padding:.5rem .6rem;border-bottom:1px solid #e3e8ee;vertical-align:top}
form{margin:0 0 1rem}input,button{font:inherit;padding:.35rem .6rem;border:1px solid #b6c2cf;border-radius:.4rem;background:#fff}
dl{display:grid;grid-template-columns:8rem 1fr;gap:.2rem 1rem;margin:0 0 1rem}dt{color:#5b6875}dd{margin:0;overflow-wrap:anywhere}
iframe{width:100%;height:32rem;border:1px solid #e3e8ee;border-radius:.5rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f6f8;padding:1rem;border-radius:.5rem}
li{overflow-wrap:anywhere}a{color:#2f4bd8}
@media(max-width:600px){main{margin:0;border-radius:0;padding:1rem}dl{grid-template-columns:1fr}th:nth-child(2),td:nth-child(2){display:none}}
`;
