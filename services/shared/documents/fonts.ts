import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);
const family = '@expo-google-fonts/nanum-gothic';
let loaded: Promise<{ regular: Buffer; bold: Buffer }> | undefined;

/** Nanum Gothic draws Hangul and Latin; PDF's built-in fonts hold no Hangul. Read once, at the first document. */
export function loadFonts(): Promise<{ regular: Buffer; bold: Buffer }> {
  loaded ??= readFonts();
  return loaded;
}

async function readFonts() {
  const [regular, bold] = await Promise.all([
    readFont('400Regular/NanumGothic_400Regular.ttf'),
    readFont('700Bold/NanumGothic_700Bold.ttf'),
  ]);
  return { regular, bold };
}

/** The last glyph, the space, is empty and lies at the end of the file, where fontkit still reads a header: zeros are one. */
async function readFont(file: string): Promise<Buffer> {
  return Buffer.concat([await readFile(resolve(`${family}/${file}`)), Buffer.alloc(64)]);
}
