/** A single request, exactly as given: no patience, no keys, and the answer whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  /** The stable reason of an error. */
  readonly reason: string;
  /** The fields that an error names. */
  readonly fields: readonly string[];
}

export async function request(
  url: string,
  options: {
    method?: string;
    token?: string;
    body?: RequestInit['body'];
    headers?: Record<string, string>;
    signal?: AbortSignal;
  } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: options.method ?? 'GET',
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(typeof options.body === 'string' ? { 'content-type': 'application/json' } : {}),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: options.body, duplex: 'half' }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  } as RequestInit);
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString();
  const details = detailsOf(text);
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    text,
    reason: details.map(({ reason }) => reason).find((reason) => reason !== undefined) ?? '',
    fields: details.flatMap(({ fieldViolations }) => fieldViolations?.map(({ field }) => field) ?? []),
  };
}

function detailsOf(text: string): { reason?: string; fieldViolations?: { field: string }[] }[] {
  try {
    return (JSON.parse(text) as { details?: [] }).details ?? [];
  } catch {
    return [];
  }
}
