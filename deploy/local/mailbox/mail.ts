/** What can be read of a mail without a mail program. */
export interface Mail {
  messageId: string;
  from: string;
  to: string;
  subject: string;
  date: string;
}

export interface Attachment {
  name: string;
  contentType: string;
  content: Buffer;
}

export function readMail(raw: Buffer): Mail {
  const { headers } = split(raw.toString('latin1'));
  const text = (name: string) => decodeWords(headers.get(name) ?? '');
  return {
    messageId: text('message-id'),
    from: text('from'),
    to: text('to'),
    subject: text('subject'),
    date: text('date'),
  };
}

/** The attachments of a multipart mail, any depth. */
export function readAttachments(raw: Buffer | string): Attachment[] {
  const { headers, body } = split(typeof raw === 'string' ? raw : raw.toString('latin1'));
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = parameter(type, 'boundary');
  if (boundary !== undefined) {
    const parts = `\r\n${body}`.split(`\r\n--${boundary}`).slice(1);
    return parts
      .filter((part) => !part.startsWith('--'))
      .flatMap((part) => readAttachments(part.replace(/^[ \t]*\r\n/, '')));
  }
  const disposition = headers.get('content-disposition') ?? '';
  const name = parameter(disposition, 'filename') ?? parameter(type, 'name');
  if (name === undefined) return [];
  const contentType = type.split(';')[0]?.trim().toLowerCase() ?? '';
  return [
    { name: decodeWords(name), contentType, content: decodeBody(body, headers.get('content-transfer-encoding')) },
  ];
}

function split(text: string): { headers: Map<string, string>; body: string } {
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { headers, body: end < 0 ? '' : text.slice(end + 4) };
}

function parameter(header: string, name: string): string | undefined {
  const plain = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(header);
  if (plain) return plain[1] ?? plain[2];
  // RFC 2231: one or several encoded pieces, `filename*0*=utf-8''…; filename*1*=…`.
  const pieces = [...header.matchAll(new RegExp(`;\\s*${name}\\*(?:\\d+\\*?)?\\s*=\\s*"?([^";\\s]+)"?`, 'gi'))];
  if (pieces.length === 0) return undefined;
  const joined = pieces.map(([, piece]) => piece).join('');
  return decodeURIComponent(joined.replace(/^[\w-]+'[\w-]*'/, ''));
}

function decodeBody(body: string, encoding = '7bit'): Buffer {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64');
    case 'quoted-printable':
      return Buffer.from(unquote(body.replace(/[ \t]*=\r\n/g, '')), 'latin1');
    default:
      return Buffer.from(body, 'latin1');
  }
}

function unquote(text: string): string {
  return text.replace(/=([0-9A-F]{2})/gi, (_whole, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** RFC 2047: `=?UTF-8?B?…?=` and `=?UTF-8?Q?…?=`. */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?([\w-]+)\?([BQ])\?([^?]*)\?=/gi, (_whole, charset: string, kind: string, data: string) => {
      const bytes =
        kind.toUpperCase() === 'B'
          ? Buffer.from(data, 'base64')
          : Buffer.from(unquote(data.replaceAll('_', ' ')), 'latin1');
      return bytes.toString(/^utf-?8$/i.test(charset) ? 'utf8' : 'latin1');
    });
}
