/**
 * An id as one token of a NATS subject: dots, wildcards, blanks and whatever is not printable ASCII are percent-encoded.
 * Two ids never give the same token, because the percent sign is encoded too.
 */
export function subjectToken(id: string): string {
  if (id === '') throw new Error('an empty id cannot be part of a subject');
  return encodeBut(id, /[^!-$&-)+-\-/-=?-~]/gu);
}

/** Text as a header value, by the rule of CloudEvents: printable ASCII stays, the rest is percent-encoded. */
export function headerText(text: string): string {
  return encodeBut(text, /[^!#$&-~]/gu);
}

/** The text behind `headerText`. */
export function readHeaderText(value: string): string {
  return decodeURIComponent(value);
}

function encodeBut(text: string, forbidden: RegExp): string {
  return text.replace(forbidden, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
