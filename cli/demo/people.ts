import { UnexpectedAnswer, until } from './http';
import type { Letter } from './mailbox';
import type { Person, World } from './world';

/** Every made-up person of the demonstration sets this password through the link in their mail. */
export const demoPassword = 'correct-horse-battery-42';
export const platformPassword = 'Demo-pw1!x';

/** Opens the link of a letter and sets a password there. A link whose first answer was lost is used up: then the log-in shows it. */
export async function setPasswordByLetter(
  world: World,
  letter: Letter,
  password = demoPassword,
): Promise<void> {
  await world.anonymous(
    'POST',
    `/api/v1/links/${passwordLinkOf(letter)}/password`,
    { password },
    [200, 404],
  );
}

/** The owner of a trading account chooses its platform password through the link in the mail. */
export async function setPlatformPassword(
  owner: Person,
  letter: Letter,
  password = platformPassword,
): Promise<void> {
  try {
    await owner.post(`/api/v1/links/${passwordLinkOf(letter)}/platform-password`, { password });
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer) || error.answer.status !== 404) throw error;
  }
}

/** What stands in the letter's link and opens it once. */
export function passwordLinkOf(letter: Letter): string {
  const token = letter.links
    .map((link) => /\/links\/([A-Za-z0-9_-]{20,})/.exec(link)?.[1])
    .find((found) => found);
  if (!token)
    throw new Error(
      `there is no link in the letter "${letter.subject}": ${letter.links.join(' ')}`,
    );
  return token;
}

/** Logs in, as soon as the password that was set through the link counts. */
export async function logIn(
  world: World,
  kind: 'staff' | 'client' | 'partner',
  email: string,
  password = demoPassword,
): Promise<Person> {
  return until(`the log-in of a ${kind}`, () => world.logIn(kind, email, password), 20_000);
}
