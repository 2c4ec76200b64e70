/**
 * As much of XMLHttpRequest as the library grpc-web needs to run in Node, where there is none: text while it arrives, or
 * bytes at the end.
 */
export class NodeXhr {
  readyState = 0;
  status = 0;
  statusText = '';
  responseText = '';
  response: unknown = '';
  responseType = '';
  withCredentials = false;
  timeout = 0;
  onreadystatechange: (() => void) | null = null;
  readonly #abort = new AbortController();
  readonly #sent = new Headers();
  #received = new Headers();
  #method = '';
  #url = '';

  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
    this.#move(1);
  }

  setRequestHeader(name: string, value: string): void {
    this.#sent.append(name, value);
  }

  getResponseHeader(name: string): string | null {
    return this.#received.get(name);
  }

  getAllResponseHeaders(): string {
    return [...this.#received].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  abort(): void {
    this.#abort.abort();
  }

  send(body: string | Uint8Array | null): void {
    this.#run(body).catch(() => {
      this.status = 0;
      this.#move(4);
    });
  }

  async #run(body: string | Uint8Array | null): Promise<void> {
    const response = await fetch(this.#url, {
      method: this.#method,
      headers: this.#sent,
      body: body as string,
      signal: this.#abort.signal,
    });
    this.#received = response.headers;
    this.status = response.status;
    this.statusText = response.statusText;
    this.#move(2);
    if (this.responseType === 'arraybuffer') {
      this.response = await response.arrayBuffer();
    } else {
      for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        this.responseText += text;
        this.response = this.responseText;
        this.#move(3);
      }
    }
    this.#move(4);
  }

  #move(state: number): void {
    this.readyState = state;
    this.onreadystatechange?.();
  }
}
