import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Records, one JSON object a line, on disk before anyone is told of them. Those that come while others are being written go
 * to disk together.
 */
export class Journal<T> implements AsyncDisposable {
  readonly #file: FileHandle;
  #waiting: { line: string; done: () => void; failed: (cause: unknown) => void }[] = [];
  #writing: Promise<void> | undefined;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open<T>(path: string): Promise<{ journal: Journal<T>; records: T[] }> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a+', 0o600);
    const text = await file.readFile('utf8');
    const end = text.lastIndexOf('\n') + 1;
    // A process that was killed while it wrote leaves half a line, which nobody was told about.
    if (end < text.length) await file.truncate(Buffer.byteLength(text.slice(0, end)));
    const lines = text.slice(0, end).split('\n').filter(Boolean);
    return { journal: new Journal<T>(file), records: lines.map((line) => JSON.parse(line) as T) };
  }

  write(record: T): Promise<void> {
    const { promise, resolve: done, reject: failed } = Promise.withResolvers<void>();
    this.#waiting.push({ line: `${JSON.stringify(record)}\n`, done, failed });
    this.#writing ??= this.#flush();
    return promise;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#file.appendFile(group.map(({ line }) => line).join(''));
        await this.#file.datasync();
        for (const { done } of group) done();
      } catch (cause) {
        for (const { failed } of group) failed(cause);
      }
    }
    this.#writing = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }
}
