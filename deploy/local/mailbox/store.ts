import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { writeDurably } from '../provider/durableFile.ts';
import { type Mail, readAttachments, readMail } from './mail.ts';

export interface StoredMail extends Mail {
  file: string;
  size: number;
  attachments: string[];
}

const hashLength = 12;

/** The mails as `.eml` files, their attachments beside them; one file for each Message-ID. */
export class MailStore {
  readonly folder: string;
  #byFile = new Map<string, StoredMail>();
  #byHash = new Map<string, string>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(folder: string): Promise<MailStore> {
    await mkdir(join(folder, 'attachments'), { recursive: true });
    const files = (await readdir(folder)).filter((file) => file.endsWith('.eml') && !file.startsWith('.'));
    const store = new MailStore(folder);
    for (const file of files) {
      const raw = await readFile(join(folder, file));
      store.#remember(file, await store.#describe(file, raw));
    }
    return store;
  }

  get mails(): StoredMail[] {
    return [...this.#byFile.values()];
  }

  has(file: string): boolean {
    return this.#byFile.has(file);
  }

  /** The mail is on disk when this returns; a second one with the same Message-ID changes nothing. */
  async store(raw: Buffer): Promise<{ file: string; isNew: boolean }> {
    const { messageId, subject } = readMail(raw);
    const hash = createHash('sha256')
      .update(messageId || raw)
      .digest('hex')
      .slice(0, hashLength);
    const file = `${slug(subject)}-${hash}.eml`;
    // By hash, not by file name: the same Message-ID may come under another subject.
    const known = this.#byHash.get(hash);
    if (known) return { file: known, isNew: false };
    const mail = await this.#describe(file, raw);
    const isNew = await writeDurably(join(this.folder, file), raw);
    this.#remember(file, mail);
    return { file, isNew };
  }

  #remember(file: string, mail: StoredMail): void {
    this.#byFile.set(file, mail);
    this.#byHash.set(file.slice(-'.eml'.length - hashLength, -'.eml'.length), file);
  }

  /** Attachments are written first: a mail that is there has them. */
  async #describe(file: string, raw: Buffer): Promise<StoredMail> {
    const base = file.replace(/\.eml$/, '');
    const attachments: string[] = [];
    for (const { name, content } of readAttachments(raw)) {
      const path = join(
        'attachments',
        `${base}-${slug(name.slice(0, name.length - extname(name).length))}${slug(extname(name), '.')}`,
      );
      if (!existsSync(join(this.folder, path))) await writeDurably(join(this.folder, path), content);
      attachments.push(path);
    }
    return { ...readMail(raw), file, size: raw.length, attachments };
  }
}

/** Letters and digits of any script, so that the name is readable and harmless. */
function slug(text: string, keep = ''): string {
  const words = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return `${keep && words ? keep : ''}${words.slice(0, 60)}` || (keep ? '' : 'mail');
}
