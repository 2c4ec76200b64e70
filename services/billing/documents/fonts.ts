import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);
const family = '@expo-google-fonts/nanum-gothic';

/** Nanum Gothic draws Hangul and Latin. Only the glyphs that a document uses are embedded into it. */
export const fonts = {
  regular: readFont('400Regular/NanumGothic_400Regular.ttf'),
  bold: readFont('700Bold/NanumGothic_700Bold.ttf'),
};

/** The font's last glyphs are empty and lie at the end of the file, where fontkit still reads a header: zeros are one. */
function readFont(file: string): Buffer {
  return Buffer.concat([readFileSync(resolve(`${family}/${file}`)), Buffer.alloc(64)]);
}
