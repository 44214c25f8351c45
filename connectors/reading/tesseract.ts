import { code, gzip, langPath } from '@tesseract.js-data/eng';
import { createWorker, OEM, PSM, type Worker } from 'tesseract.js';
import { pictureSize } from '../../domain/onboarding/picture-size';
import type { PictureReader } from './port';

/** Dots of a picture that is unpacked: a small file may hold one that fills the memory. */
const dotsMax = 40_000_000;
const readMsMax = 45_000;

/** Letters of a machine-readable zone: whatever else is printed matters to people alone. */
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<';

/**
 * Tesseract, in a thread of its own with the English data that are installed with it: nothing is fetched. Each picture
 * has a thread to itself, which ends with it, so that one that breaks the reader breaks nothing else.
 */
export function createTesseractReader(): PictureReader {
  return {
    name: 'tesseract',
    async read({ mediaType, content }) {
      if (mediaType === 'application/pdf') return undefined;
      const size = pictureSize(content);
      if (size === undefined || size.width * size.height > dotsMax) return undefined;
      const worker = await openWorker();
      try {
        return await withinTime(recognise(worker, content));
      } finally {
        await worker.terminate();
      }
    },
  };
}

function openWorker(): Promise<Worker> {
  return createWorker(code, OEM.LSTM_ONLY, {
    langPath,
    gzip,
    cacheMethod: 'none',
    // Without it a picture that cannot be read would end the process.
    errorHandler: () => undefined,
  });
}

async function recognise(
  worker: Worker,
  content: Uint8Array,
): Promise<readonly string[] | undefined> {
  await worker.setParameters({
    tessedit_char_whitelist: letters,
    tessedit_pageseg_mode: PSM.SINGLE_BLOCK,
  });
  try {
    const { data } = await worker.recognize(Buffer.from(content));
    return data.text.split('\n');
  } catch {
    // What it says of the picture is for nobody's log.
    return undefined;
  }
}

/** A reader that does not come to an end has read nothing. */
async function withinTime<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), readMsMax);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
