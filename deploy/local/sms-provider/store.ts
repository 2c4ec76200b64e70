import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface StoredMessage {
  id: string;
  key: string;
  to: string;
  text: string;
  time: string;
}

/** The messages, one JSON object a line, on disk before anyone is told so; one message a key. */
export class MessageStore implements AsyncDisposable {
  #file: FileHandle;
  #byKey: Map<string, StoredMessage>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(file: FileHandle, messages: StoredMessage[]) {
    this.#file = file;
    this.#byKey = new Map(messages.map((message) => [message.key, message]));
  }

  static async open(path: string): Promise<MessageStore> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a+');
    const text = await file.readFile('utf8');
    const end = text.lastIndexOf('\n') + 1;
    // A process that was killed while it wrote leaves half a line, which nobody was told about.
    if (end < text.length) await file.truncate(Buffer.byteLength(text.slice(0, end)));
    const lines = text.slice(0, end).split('\n').filter(Boolean);
    return new MessageStore(
      file,
      lines.map((line) => JSON.parse(line) as StoredMessage),
    );
  }

  get messages(): StoredMessage[] {
    return [...this.#byKey.values()];
  }

  /** Stores a message, or finds the one that its key names; `undefined` if that one says something else. */
  store(key: string, to: string, text: string): Promise<{ message: StoredMessage; isNew: boolean } | undefined> {
    const next = this.#last.then(async () => {
      const known = this.#byKey.get(key);
      if (known) return known.to === to && known.text === text ? { message: known, isNew: false } : undefined;
      const id = createHash('sha256').update(key).digest('hex').slice(0, 24);
      const message = { id, key, to, text, time: new Date().toISOString() };
      await this.#file.appendFile(`${JSON.stringify(message)}\n`);
      await this.#file.datasync();
      this.#byKey.set(key, message);
      return { message, isNew: true };
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}
