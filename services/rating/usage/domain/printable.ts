const most = 500;

/**
 * Some bytes as a text that any program can show: what is not UTF-8 becomes U+FFFD, control characters
 * become `\x00`, and a long text is cut.
 */
export function printable(bytes: Buffer, from: number, to: number): string {
  const cut = to - from > most;
  const text = bytes.toString('utf8', from, cut ? from + most : to);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const escaped = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return cut ? `${escaped}…` : escaped;
}
