#!/usr/bin/env node
/**
 * Verifies a bundle of `keelson audit export`, with nothing but Node.js (20 or newer):
 *
 *   node verify.mjs [BUNDLE] --key signing.pub
 *
 * The public key must come from the broker by another way than this bundle; so, for a strict check,
 * must this script (it is `db/audit/bundle/verify.mjs` of Keelson). Exit code 0 when everything holds,
 * 1 when something was changed, 2 for a wrong command line.
 *
 * What is checked: the manifest's signature; each file's hash; each event's hash over all its columns;
 * that every event follows the one before it and every chain ends where the manifest says; the
 * checkpoint's signature; that the Merkle root it signs holds the end of every chain as it stood then (RFC 6962's
 * tree, a proof for each chain in anchors.jsonl). Events after the checkpoint are vouched for by the manifest's signature alone: the unanchored tail.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/** `<bytes>:<text>`, `~` for null. */
function field(value) {
  if (value === null) return Buffer.from('~');
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes]);
}

function hashEvent(event) {
  const open = event.restricted ? 'restricted' : 'open';
  return createHash('sha256')
    .update(Buffer.from(event.prev, 'hex'))
    .update(
      Buffer.concat(
        [
          event.subject,
          event.seq,
          event.at,
          event.actor,
          event.entityId,
          event.clientId,
          event.type,
          open,
          event.payload,
        ].map(field),
      ),
    )
    .digest('hex');
}

/** The root that an anchor's proof leads to. */
function rootOf({ subject, seq, hash, path: steps }) {
  let node = sha256(Buffer.concat([field(subject), field(seq), Buffer.from(hash, 'hex')]));
  for (const step of steps) {
    const sibling = Buffer.from(step.slice(1), 'hex');
    const pair = step.startsWith('L') ? [sibling, node] : [node, sibling];
    node = sha256(Buffer.concat([Buffer.of(1), ...pair]));
  }
  return node.toString('hex');
}

function checkpointMessage(checkpoint) {
  const { format, number, id, at, subjects, lastOrder, headsHash, prev, keyId } = checkpoint;
  const lines = [
    `keelson checkpoint ${format}`,
    number,
    id,
    at,
    subjects,
    lastOrder,
    headsHash,
    prev,
    keyId,
    '',
  ];
  return Buffer.from(lines.join('\n'), 'utf8');
}

async function* linesOf(file) {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  for await (const line of lines) if (line !== '') yield line;
}

/**
 * @param {string} bundle folder of the bundle
 * @param {string} publicKeyPem the broker's public signing key
 */
export async function verifyBundle(bundle, publicKeyPem) {
  const faults = [];
  const key = createPublicKey(publicKeyPem);
  const isSigned = (bytes, signature) => verify(null, bytes, key, Buffer.from(signature, 'base64'));
  const at = (name) => path.join(bundle, path.basename(name));

  const manifestBytes = readFileSync(at('manifest.json'));
  const manifest = JSON.parse(manifestBytes.toString('utf8'));
  if (!isSigned(manifestBytes, readFileSync(at('manifest.sig'), 'utf8').trim())) {
    faults.push('manifest.json: the signature does not fit this key');
  }
  for (const [name, expected] of Object.entries(manifest.files)) {
    let found = 'missing';
    try {
      found = sha256(readFileSync(at(name))).toString('hex');
    } catch {
      // Said by the comparison.
    }
    if (found !== expected) faults.push(`${name}: its hash is not the one in the manifest`);
  }

  for (const fault of manifest.faults) faults.push(`when this bundle was written: ${fault}`);

  const { checkpoint } = manifest;
  const anchors = new Map();
  if (checkpoint) {
    if (!isSigned(checkpointMessage(checkpoint), checkpoint.signature)) {
      faults.push(`checkpoint ${checkpoint.number}: the signature does not fit this key`);
    }
    for await (const line of linesOf(at('anchors.jsonl'))) {
      const anchor = JSON.parse(line);
      if (rootOf(anchor) === checkpoint.headsHash) anchors.set(anchor.subject, anchor);
      else
        faults.push(
          `${anchor.subject} #${anchor.seq}: its proof does not lead to the state that checkpoint ${checkpoint.number} signed`,
        );
    }
  }

  const heads = new Map(manifest.heads.map((head) => [head.subject, head]));
  const counted = { events: 0, withheld: 0, anchored: 0 };
  const tail = [];
  let last;
  let lastAnchored;
  let seenAtAnchor;

  /** What is said to be older than the checkpoint must be what the checkpoint signed, no more and no less. */
  const checkAnchor = (subject) => {
    const anchor = anchors.get(subject);
    anchors.delete(subject);
    if (!anchor) {
      if (lastAnchored) {
        faults.push(
          `${subject} #${lastAnchored.seq}: nothing proves that checkpoint ${checkpoint.number} holds this chain`,
        );
      }
      return;
    }
    if (seenAtAnchor === undefined) {
      faults.push(
        `${subject} #${BigInt(last.seq) + 1n}: is missing, checkpoint ${checkpoint.number} signed the chain up to #${anchor.seq}`,
      );
    } else if (seenAtAnchor.hash !== anchor.hash) {
      faults.push(
        `${subject} #${anchor.seq}: checkpoint ${checkpoint.number} signed another chain up to here: it was re-hashed`,
      );
    }
    if (lastAnchored?.seq !== anchor.seq) {
      faults.push(
        `${subject} #${lastAnchored?.seq ?? '1'}: its place in the order of recording was moved: checkpoint ${checkpoint.number} signed the chain up to #${anchor.seq}`,
      );
    }
  };

  const endChain = () => {
    if (last === undefined) return;
    const head = heads.get(last.subject);
    heads.delete(last.subject);
    if (!head || head.seq !== last.seq || head.hash !== last.hash) {
      faults.push(`${last.subject} #${last.seq}: the manifest says that the chain ends elsewhere`);
    }
    checkAnchor(last.subject);
    last = undefined;
    seenAtAnchor = undefined;
    lastAnchored = undefined;
  };

  for await (const line of linesOf(at('events.jsonl'))) {
    const event = JSON.parse(line);
    if (last && last.subject !== event.subject) endChain();
    const name = `${event.subject} #${event.seq}`;
    const expected = last ? BigInt(last.seq) + 1n : 1n;
    const prev = last ? last.hash : sha256(Buffer.from(event.subject, 'utf8')).toString('hex');
    if (BigInt(event.seq) !== expected) {
      faults.push(`${event.subject} #${expected}: is missing, the chain goes on at #${event.seq}`);
    } else if (event.prev !== prev) {
      faults.push(`${name}: it does not follow the event before it`);
    }
    if (event.withheld) counted.withheld += 1;
    else if (hashEvent(event) !== event.hash) {
      faults.push(`${name}: its content is not what was hashed`);
    }
    if (last && BigInt(event.order) <= BigInt(last.order)) {
      faults.push(`${name}: it was recorded before its predecessor`);
    }
    if (anchors.get(event.subject)?.seq === event.seq) seenAtAnchor = event;
    counted.events += 1;
    if (checkpoint && BigInt(event.order) <= BigInt(checkpoint.lastOrder)) {
      counted.anchored += 1;
      lastAnchored = event;
    } else {
      tail.push(`${name} ${event.withheld ? '(withheld)' : `${event.at} ${event.type}`}`);
    }
    last = event;
  }
  endChain();
  const gone = new Set([...heads.keys(), ...anchors.keys()]);
  for (const subject of gone) faults.push(`${subject} #1: is missing, the whole chain is`);
  return { manifest, faults, tail, ...counted };
}

async function main(args) {
  const keyAt = args.indexOf('--key');
  const keyFile = keyAt < 0 ? undefined : args[keyAt + 1];
  const bundle = args.find((arg, index) => index !== keyAt && (keyAt < 0 || index !== keyAt + 1));
  if (keyFile === undefined) {
    process.stderr.write('usage: node verify.mjs [BUNDLE] --key signing.pub\n');
    return 2;
  }
  const folder = bundle ?? path.dirname(fileURLToPath(import.meta.url));
  const result = await verifyBundle(folder, readFileSync(keyFile, 'utf8'));
  const { manifest, faults, tail, events, withheld, anchored } = result;
  const say = (text) => process.stdout.write(`${text}\n`);
  say(
    `${manifest.client}: ${events} events in ${manifest.heads.length} chains, exported ${manifest.madeAt} by ${manifest.madeBy}`,
  );
  if (withheld > 0) say(`${withheld} events of others are withheld; their hashes stand for them`);
  const { checkpoint } = manifest;
  say(
    checkpoint
      ? `checkpoint ${checkpoint.number} of ${checkpoint.at}, signed by key ${checkpoint.keyId}, covers ${anchored} of them`
      : 'no checkpoint covers any of them',
  );
  say(`unanchored tail: ${tail.length} events`);
  for (const line of tail.slice(0, 50)) say(`  ${line}`);
  if (tail.length > 50) say(`  … and ${tail.length - 50} more`);
  for (const fault of faults) say(`FAULT  ${fault}`);
  say(faults.length === 0 ? 'everything holds' : `${faults.length} faults`);
  return faults.length === 0 ? 0 : 1;
}

const isRun = process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isRun) {
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      process.stderr.write(`the bundle cannot be read: ${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
