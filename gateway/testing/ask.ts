/** What a REST request was answered with. */
export interface Asked {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely.
  json: any;
}

/** Sends `GET /path` and its like; a text that is no JSON leaves `json` undefined. */
export async function ask(url: string, line: string, init: RequestInit = {}): Promise<Asked> {
  const [method = '', path = ''] = line.split(/ (.*)/s);
  const response = await fetch(url + path, { method, ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

export function sendJson(url: string, line: string, body: string | Buffer): Promise<Asked> {
  return ask(url, line, { body: body as string, headers: { 'content-type': 'application/json' } });
}

/** The fields that an error names. */
export function violations({ json }: Asked): string[] {
  const details: { fieldViolations?: { field: string }[] }[] = json?.details ?? [];
  return details.flatMap((detail) => detail.fieldViolations?.map(({ field }) => field) ?? []);
}

/** Words of parsers and libraries, which no caller may get to read. */
export const innards =
  /cannot decode|JSON at|Unexpected (token|end)|in JSON|lab\.|google\.protobuf|at position|node_modules|\.ts:|Error:|undefined|\[object|bufbuild|grpc-js|ECONN|127\.0\.0\.1/;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
