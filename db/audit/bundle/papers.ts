import type { BundledEvent, ExportedEvent, OpenedPersonal } from './client-events';

/** What a person reads of a bundle: a table for a spreadsheet, and a page to print. */

const csvColumns = [
  'order',
  'at',
  'subject',
  'seq',
  'type',
  'actor',
  'entityId',
  'clientId',
  'payload',
  'hash',
] as const satisfies readonly (keyof BundledEvent)[];

/** RFC 4180, every field quoted; what a spreadsheet would take for a formula is made text. */
export function eventsCsv(events: readonly ExportedEvent[]): string {
  const lines = readable(events).map((event) =>
    csvColumns.map((name) => quote(event[name])).join(','),
  );
  return [csvColumns.join(','), ...lines, ''].join('\r\n');
}

function quote(value: string | null): string {
  const text = value ?? '';
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

export interface PageFacts {
  readonly clientId: string;
  readonly madeAt: string;
  readonly madeBy: string;
  readonly checkpoint: string;
  readonly personal: readonly OpenedPersonal[];
}

/** One page without any script or outside reference, for the screen and the printer. */
export function eventsPage(events: readonly ExportedEvent[], facts: PageFacts): string {
  const personal = new Map(
    facts.personal.map((opened) => [`${opened.subject} ${opened.seq}`, opened.personal]),
  );
  const lines = readable(events)
    .map((event) => {
      const opened = personal.get(`${event.subject} ${event.seq}`);
      const clear = opened === undefined ? '' : `<br><b>${escape(JSON.stringify(opened))}</b>`;
      return `<tr><td>${escape(event.at)}</td><td>${escape(event.type)}</td><td>${escape(event.actor)}</td><td>${escape(
        event.subject,
      )}<br>#${escape(event.seq)}</td><td>${escape(event.payload)}${clear}</td></tr>`;
    })
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Audit trail of ${escape(facts.clientId)}</title>
<style>
body { font: 13px/1.4 system-ui, sans-serif; margin: 2rem; color: #111; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #bbb; padding: 4px 6px; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
@media print { body { margin: 0; font-size: 10px; } }
</style>
</head>
<body>
<h1>Audit trail of ${escape(facts.clientId)}</h1>
<p>${events.length} events, exported ${escape(facts.madeAt)} by ${escape(facts.madeBy)}. ${escape(facts.checkpoint)}
Proof: <code>node verify.mjs --key signing.pub</code>.</p>
<table>
<thead><tr><th>Time (UTC)</th><th>Event</th><th>By</th><th>Subject</th><th>Details</th></tr></thead>
<tbody>
${lines}
</tbody>
</table>
</body>
</html>
`;
}

/** In the order in which things happened. */
function readable(events: readonly ExportedEvent[]): BundledEvent[] {
  return events
    .filter((event): event is BundledEvent => !('withheld' in event))
    .sort((a, b) => (BigInt(a.order) < BigInt(b.order) ? -1 : 1));
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
