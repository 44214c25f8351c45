import type { z } from 'zod';

/** So long a case is kept waiting: no answer is an answer, and people look. */
const answerMsMax = 2_000;
const answerBytesMax = 4 * 1024 * 1024;

/** The answer as the schema reads it; undefined for anything else. Nothing of it or of the question is told on. */
export async function askJson<T>(
  url: URL,
  request: RequestInit,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  try {
    const response = await fetch(url, {
      ...request,
      redirect: 'error',
      signal: AbortSignal.timeout(answerMsMax),
    });
    const text = await response.text();
    if (!response.ok || text.length > answerBytesMax) return undefined;
    const read = schema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    // Refused, late, cut off or no JSON: whichever it is, the matcher has not said that nobody is near.
    return undefined;
  }
}
