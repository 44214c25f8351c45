import fc from 'fast-check';
import { MalformedAnswer } from '../fields';
import { encodeFrame, FrameReader } from './frames';
import { decodeMessage, payloadName } from './messages';

const authentication =
  '0000003b08ad0212331205706c616e741a046c69766520b0ea012a20' +
  '35663464636333623561613736356436316438333237646562383832636639391a0131';
const changeBalanceAnswer = '00000010088804120810c19fab0318ea071a0178';

describe('frames of the Manager API', () => {
  it('writes a heartbeat: four bytes of length, the highest first, then the envelope', () => {
    expect(encodeFrame('Heartbeat', {}).toString('hex')).toBe('0000000408331200');
  });

  it('writes an authentication byte for byte as an encoder written apart from ours does', () => {
    const frame = encodeFrame(
      'ManagerAuthReq',
      {
        plantId: 'plant',
        environmentName: 'live',
        login: '30000',
        passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99',
      },
      '1',
    );
    expect(frame.toString('hex')).toBe(authentication);
  });

  it('reads an envelope and whose answer it is', () => {
    const [envelope, ...others] = new FrameReader().push(Buffer.from(changeBalanceAnswer, 'hex'));
    expect(others).toEqual([]);
    expect(envelope).toMatchObject({ payloadType: 520, clientMsgId: 'x' });
    // ChangeBalanceRes is none of ours: it is known by its number alone and skipped.
    expect(payloadName(520)).toBeNull();
  });

  it('reads the same envelopes whatever the pieces in which the bytes come', () => {
    const frames = Array.from({ length: 5 }, (_, at) =>
      encodeFrame('ServerTimeRes', { timeInMillis: String(1_700_000_000_000 + at) }, String(at)),
    );
    const bytes = Buffer.concat(frames);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }), (sizes) => {
        const reader = new FrameReader();
        const read: string[] = [];
        let at = 0;
        for (const size of [...sizes, bytes.length]) {
          for (const { payload } of reader.push(bytes.subarray(at, at + size))) {
            read.push(String(decodeMessage('ServerTimeRes', payload).timeInMillis));
          }
          at = Math.min(bytes.length, at + size);
        }
        expect(read).toEqual([0, 1, 2, 3, 4].map((at) => String(1_700_000_000_000 + at)));
      }),
    );
  });

  it('keeps integers that no double holds', () => {
    const fields = { dealId: '9007199254740993' };
    const frame = encodeFrame('DealListRes', { deal: [fields], hasMore: false });
    const [envelope] = new FrameReader().push(frame);
    expect(decodeMessage('DealListRes', envelope?.payload ?? new Uint8Array())).toMatchObject({
      deal: [fields],
      hasMore: false,
    });
  });

  it('refuses a length that nobody sends, and bytes that are no envelope', () => {
    expect(() => new FrameReader().push(Buffer.from('ffffffff00', 'hex'))).toThrow(MalformedAnswer);
    expect(() => new FrameReader().push(Buffer.from('00000002ffff', 'hex'))).toThrow(
      MalformedAnswer,
    );
    expect(() => new FrameReader().push(Buffer.from('000000021a00', 'hex'))).toThrow(
      MalformedAnswer,
    );
  });
});
